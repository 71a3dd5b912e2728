import {
  ApolloClient,
  gql,
  HttpLink,
  InMemoryCache,
  type OperationVariables,
  type TypedDocumentNode,
} from '@apollo/client';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AuthClient } from 'latchkey/client';
import { createAuthLink, type AuthLinkOptions } from 'latchkey/client/apollo';
import { freshEmail, PASSWORD } from '../http/support/people.js';
import { eventually } from '../http/support/eventually.js';
import { startHttpProxy } from '../support/http-proxy.js';
import { createMemory } from './support/memory.js';
import { ask, BAN, startNotes, type Notes } from './support/notes.js';

type Document<Data> = TypedDocumentNode<Data, OperationVariables>;
const NOTE: Document<{ note: { owner: string } }> = gql`
  query Note {
    note {
      id
      owner
    }
  }
`;
const NEWS: Document<{ news: string }> = gql`
  query News {
    news
  }
`;
const WRITE: Document<{ write: number }> = gql`
  mutation Write {
    write
  }
`;

describe('Apollo Client with createAuthLink', () => {
  let notes: Notes;
  const clients: ApolloClient[] = [];
  beforeAll(async () => {
    notes = await startNotes();
  });
  afterAll(async () => {
    clients.forEach((client) => client.stop());
    await notes.close();
  });

  function apollo(auth: AuthClient, headers: Record<string, string> = {}, options?: AuthLinkOptions): ApolloClient {
    const link = createAuthLink(auth, options).concat(new HttpLink({ uri: notes.url, headers }));
    const client = new ApolloClient({ cache: new InMemoryCache(), link, queryDeduplication: false });
    clients.push(client);
    return client;
  }
  const ownerOf = async (client: ApolloClient): Promise<string | undefined> =>
    (await client.query({ query: NOTE, fetchPolicy: 'network-only' })).data?.note.owner;
  const userOf = (auth: AuthClient): string | undefined => auth.session()?.userId;
  const expire = (): void => notes.clock.advance(700_000);
  const signUpAs = (auth: AuthClient): Promise<unknown> => auth.signUp({ email: freshEmail(), password: PASSWORD });

  test('authenticates operations, and sends those of nobody as they are', async () => {
    const ann = await notes.signedIn();
    expect(await ownerOf(apollo(ann))).toBe(userOf(ann));
    const nobody = apollo(notes.client());
    expect((await nobody.query({ query: NEWS })).data).toEqual({ news: 'news' });
    await expect(nobody.query({ query: NOTE })).rejects.toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
  });

  test.each([
    ['as an answer of GraphQL', {}],
    ['as a failure of HTTP', { accept: 'application/json' }],
  ])('refreshes once for 50 queries that are refused %s, and all are answered', async (_name, headers) => {
    const ann = await notes.signedIn();
    const client = apollo(ann, headers);
    const before = notes.refreshes();
    expire();
    const owners = await Promise.all(Array.from({ length: 50 }, () => ownerOf(client)));
    expect(new Set(owners)).toEqual(new Set([userOf(ann)]));
    expect(notes.refreshes() - before).toBe(1);
  });

  test('sends a mutation once more that was refused as a whole, which then ran once', async () => {
    const client = apollo(await notes.signedIn());
    const before = notes.writes();
    expire();
    expect((await client.mutate({ mutation: WRITE })).data).toEqual({ write: before + 1 });
    expect(notes.writes()).toBe(before + 1);
  });

  test('never sends a mutation once more of which something ran', async () => {
    const client = apollo(await notes.signedIn());
    const before = notes.writes();
    const both: Document<object> = gql`
      mutation Both {
        write
        refuse
      }
    `;
    const { data, error } = await client.mutate({ mutation: both, errorPolicy: 'all' });
    expect([data, error]).toMatchObject([
      { write: before + 1, refuse: null },
      { errors: [{ extensions: { code: 'TOKEN_EXPIRED' } }] },
    ]);
    expect(notes.writes()).toBe(before + 1);
  });

  test('says clearly that a fresh access token was refused too, after one refresh', async () => {
    const client = apollo(await notes.signedIn());
    const before = notes.refreshes();
    await expect(
      client.query({
        query: gql`
          {
            stubborn
          }
        `,
      }),
    ).rejects.toMatchObject({ code: 'TOKEN_REFUSED' });
    expect(notes.refreshes() - before).toBe(1);
  });

  test('refreshes once for an UNAUTHENTICATED of the application’s own, and not again', async () => {
    const client = apollo(await notes.signedIn());
    const before = notes.refreshes();
    const query = gql`
      {
        news
        foreign
      }
    `;
    const queryAll = () => client.query({ query, errorPolicy: 'all', fetchPolicy: 'network-only' });
    expect((await queryAll()).data).toEqual({ news: 'news', foreign: null });
    expect((await queryAll()).data).toEqual({ news: 'news', foreign: null });
    expect(notes.refreshes() - before).toBe(1);
  });

  test('refreshes once in each of two tabs that poll what the application refuses so, and never for each other', async () => {
    const storage = createMemory();
    const auths = [notes.client(storage), notes.client(storage)];
    await signUpAs(auths[0]!);
    await auths[1]!.ready();
    const clients = auths.map((auth) => apollo(auth));
    const before = notes.refreshes();
    const query = gql`
      {
        news
        foreign
      }
    `;
    for (let poll = 0; poll < 5; poll += 1) {
      for (const client of clients) {
        const { data } = await client.query({ query, errorPolicy: 'all', fetchPolicy: 'network-only' });
        expect(data).toEqual({ news: 'news', foreign: null });
      }
    }
    expect(notes.refreshes() - before).toBe(2);
  });

  test('sends no access token to another address than the client’s, unless it is listed', async () => {
    const other = await startHttpProxy(new URL(notes.url).origin);
    const url = `${other.origin}/graphql`;
    const auth = await notes.signedIn();
    const newsAt = (uri: string | URL, options?: AuthLinkOptions): Promise<unknown> =>
      apollo(auth, {}, options).query({ query: NEWS, fetchPolicy: 'network-only', context: { uri } });
    await newsAt(url);
    await newsAt(url, { endpoints: [`${other.origin}/other`] });
    expect(other.credentials).toEqual(['/graphql  ', '/graphql  ']);
    await newsAt(`${url}?op=News`, { endpoints: [new URL(url)] });
    expect(other.credentials[2]).toMatch(/^\/graphql Bearer ey/);
    await other.close();
  });

  test('fails where the session is over, and the client knows why', async () => {
    const ann = await notes.signedIn();
    const client = apollo(ann);
    await ask(notes.admin, notes.url, BAN, { userId: userOf(ann) });
    // By the refusal, or by Apollo itself, which gives up what is on its way when the store is reset.
    await expect(client.query({ query: NOTE })).rejects.toThrow();
    expect(ann.session()).toBeNull();
    expect(ann.signedOut()).toMatchObject({ reason: 'banned', publicReason: 'Spam' });
  });

  test('keeps the session, and fails by the network, where no refresh comes through', async () => {
    const ann = await notes.signedIn();
    const client = apollo(ann);
    const { fetch } = globalThis;
    expire();
    try {
      globalThis.fetch = async (input, init) => {
        if (typeof init?.body === 'string' && init.body.includes('refreshSession')) throw new TypeError('down');
        return fetch(input, init);
      };
      await expect(client.query({ query: NOTE })).rejects.toMatchObject({ code: 'NETWORK_ERROR' });
    } finally {
      globalThis.fetch = fetch;
    }
    expect(userOf(ann)).toBeDefined();
  });

  test('empties the cache when somebody else signs in, before React hears of it, and fetches for them', async () => {
    const auth = await notes.signedIn();
    const client = apollo(auth);
    const first = userOf(auth);
    const seen: unknown[] = [];
    const subscription = client.watchQuery({ query: NOTE }).subscribe(({ data }) => seen.push(data?.note?.owner));
    await eventually(() => seen.includes(first));
    const cached: unknown[] = [];
    // As the store of React does: it goes on a moment after the event.
    auth.subscribe(() => queueMicrotask(() => cached.push(client.readQuery({ query: NOTE }))));
    await signUpAs(auth);
    const second = userOf(auth);
    expect(second).not.toBe(first);
    await eventually(() => seen.at(-1) === second);
    expect(cached).toEqual([null]);
    expect(seen.slice(seen.lastIndexOf(first) + 1)).not.toContain(first);
    subscription.unsubscribe();
  });

  test('empties the cache at sign-out, and keeps it over a refresh', async () => {
    const auth = await notes.signedIn();
    const client = apollo(auth);
    await client.query({ query: NOTE });
    expire();
    await auth.refresh({ newerThan: auth.version() });
    expect(client.readQuery({ query: NOTE })).not.toBeNull();
    await auth.signOut();
    await eventually(() => client.readQuery({ query: NOTE }) === null);
  });

  test('gives no answer to who signed in after the question', async () => {
    const auth = await notes.signedIn();
    const client = apollo(auth);
    const mutation = client.mutate({
      mutation: gql`
        mutation {
          slowWrite
        }
      `,
    });
    const query = client.query({
      query: gql`
        {
          slow
        }
      `,
    });
    const failed = Promise.allSettled([mutation, query]);
    await eventually(() => notes.waiting() === 2);
    await signUpAs(auth);
    notes.release();
    expect(await failed).toMatchObject([
      { status: 'rejected', reason: { code: 'SESSION_CHANGED' } },
      // Apollo itself gives up what was on its way when the store was reset.
      { status: 'rejected' },
    ]);
    expect(client.extract()).toEqual({});
  });
});
