import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cacheExchange, Client, fetchExchange, type OperationResult } from '@urql/core';
import type { AuthClient } from 'latchkey/client';
import { createAuthExchange, type AuthExchangeOptions } from 'latchkey/client/urql';
import { eventually } from '../http/support/eventually.js';
import { freshEmail, PASSWORD } from '../http/support/people.js';
import { startHttpProxy } from '../support/http-proxy.js';
import { ask, BAN, startNotes, type Notes } from './support/notes.js';

const NOTE = 'query Note { note { id owner } }';
const WRITE = 'mutation Write { write }';

describe('urql with createAuthExchange', () => {
  let notes: Notes;
  beforeAll(async () => {
    notes = await startNotes();
  });
  afterAll(() => notes.close());

  const urql = (auth: AuthClient, fetchOptions: RequestInit = {}): Client =>
    new Client({
      ...{ url: notes.url, preferGetMethod: false, fetchOptions },
      exchanges: [cacheExchange, createAuthExchange(auth), fetchExchange],
    });
  const query = (client: Client, text: string, variables = {}): Promise<OperationResult> =>
    client.query(text, variables, { requestPolicy: 'network-only' }).toPromise();
  const userOf = (auth: AuthClient): string | undefined => auth.session()?.userId;
  const codesOf = ({ error }: OperationResult): unknown[] =>
    error?.graphQLErrors.map(({ extensions }) => extensions['code']) ?? [];
  const networkCode = ({ error }: OperationResult): unknown =>
    (error?.networkError as { code?: unknown } | undefined)?.code;
  const expire = (): void => notes.clock.advance(700_000);

  test('authenticates operations, keeps their headers, and sends those of nobody as they are', async () => {
    const ann = await notes.signedIn();
    const client = urql(ann, { headers: new Headers({ 'x-session-transport': 'header' }) });
    expect((await query(client, NOTE)).data).toMatchObject({ note: { owner: userOf(ann) } });
    const nobody = urql(notes.client());
    expect((await query(nobody, '{ news }')).data).toEqual({ news: 'news' });
    expect(codesOf(await query(nobody, NOTE))).toEqual(['UNAUTHENTICATED']);
  });

  test('refreshes once for 50 queries that are refused, and all are answered', async () => {
    const ann = await notes.signedIn();
    const client = urql(ann);
    const before = notes.refreshes();
    expire();
    const texts = Array.from({ length: 50 }, (_none, index) => `query Note${index} { note { id owner } }`);
    const results = await Promise.all(texts.map((text) => query(client, text)));
    expect(results.map(({ data }) => (data as { note: { owner: string } }).note.owner)).toEqual(
      texts.map(() => userOf(ann)),
    );
    expect(notes.refreshes() - before).toBe(1);
  });

  test('sends a mutation once more that was refused as a whole, which then ran once', async () => {
    const client = urql(await notes.signedIn());
    const before = notes.writes();
    expire();
    expect((await client.mutation(WRITE, {}).toPromise()).data).toEqual({ write: before + 1 });
    expect(notes.writes()).toBe(before + 1);
  });

  test('never sends a mutation once more of which something ran', async () => {
    const client = urql(await notes.signedIn());
    const before = notes.writes();
    const result = await client.mutation('mutation Both { write refuse }', {}).toPromise();
    expect([result.data, codesOf(result)]).toEqual([{ write: before + 1, refuse: null }, ['TOKEN_EXPIRED']]);
    expect(notes.writes()).toBe(before + 1);
  });

  test('says clearly that a fresh access token was refused too, after one refresh', async () => {
    const client = urql(await notes.signedIn());
    const before = notes.refreshes();
    expect(networkCode(await query(client, '{ stubborn }'))).toBe('TOKEN_REFUSED');
    expect(notes.refreshes() - before).toBe(1);
  });

  test('sends no access token to another address than the client’s, unless it is listed', async () => {
    const other = await startHttpProxy(new URL(notes.url).origin);
    const url = `${other.origin}/graphql`;
    const auth = await notes.signedIn();
    const ownerAt = async (options?: AuthExchangeOptions): Promise<unknown> => {
      const exchanges = [createAuthExchange(auth, options), fetchExchange];
      const client = new Client({ url: notes.url, preferGetMethod: false, exchanges });
      return (await client.query(NOTE, {}, { url }).toPromise()).data;
    };
    expect(await ownerAt()).toBeUndefined();
    expect(await ownerAt({ endpoints: [notes.url] })).toBeUndefined();
    expect(other.credentials).toEqual(['/graphql  ', '/graphql  ']);
    expect(await ownerAt({ endpoints: [url] })).toEqual({
      note: { id: 'note', owner: userOf(auth) },
    });
    await other.close();
  });

  test('lets the refusal stand where the session is over, and the client knows why', async () => {
    const ann = await notes.signedIn();
    await ask(notes.admin, notes.url, BAN, { userId: userOf(ann) });
    expect(codesOf(await query(urql(ann), NOTE))).toEqual(['SESSION_EXPIRED']);
    expect(ann.signedOut()).toMatchObject({ reason: 'banned', publicReason: 'Spam' });
  });

  test('gives no answer to who signed in after the question', async () => {
    const auth = await notes.signedIn();
    const client = urql(auth);
    const mutation = client.mutation('mutation { slowWrite }', {}).toPromise();
    await eventually(() => notes.waiting() === 1);
    await auth.signUp({ email: freshEmail(), password: PASSWORD });
    notes.release();
    expect(networkCode(await mutation)).toBe('SESSION_CHANGED');
  });

  test('asks for nothing that nobody waits for any more', async () => {
    const auth = await notes.signedIn();
    const sent: unknown[] = [];
    const client = new Client({
      ...{ url: notes.url, preferGetMethod: false },
      fetch: async (input, init) => {
        sent.push(init?.body);
        return fetch(input, init);
      },
      exchanges: [createAuthExchange(auth), fetchExchange],
    });
    const { unsubscribe } = client.query('query Left { note { id } }', {}).subscribe(() => undefined);
    unsubscribe();
    expect((await query(client, 'query Wanted { note { id } }')).data).toEqual({
      note: { id: 'note' },
    });
    expect(sent).toEqual([expect.stringContaining('Wanted')]);
  });
});
