import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { GraphQLContext } from '../../src/index.js';
import { signIn, signUp, type Person } from '../http/support/people.js';
import { createTestAuthServer, type TestAuthServer } from '../support/auth-server.js';
import { createClient, type Answer } from '../support/client.js';

/** The schema is the page's own: an example that changes there is asked here as it is then. */
const PAGE = readFileSync(new URL('../../docs/directives.md', import.meta.url), 'utf8');
const examples = [...PAGE.matchAll(/```graphql\n(?<sdl>[^]*?)```/g)].map(({ groups }) => groups?.['sdl'] ?? '');
const BESIDE = `
  extend enum Role { EDITOR }
  type Post { id: ID! }
  extend type Mutation { signInAs(userId: String!): SignInPayload @public }`;

describe('the examples of docs/directives.md answer what it says', () => {
  const ran: string[] = [];
  const run =
    <Value>(name: string, value: Value) =>
    (): Value => {
      ran.push(name);
      return value;
    };
  let latchkey: TestAuthServer;
  const people: Record<string, Person> = {};
  const asked = { client: () => createClient(origin) };
  let origin: string;

  beforeAll(async () => {
    latchkey = await createTestAuthServer({
      typeDefs: [...examples, BESIDE],
      resolvers: {
        Query: {
          draft: run('draft', { id: '1', notes: 'n' }),
          posts: run('posts', [{ id: '1' }]),
          orders: run('orders', [
            { id: '1', customerId: 7, total: 1 },
            { id: '2', customerId: 8, total: 2 },
          ]),
        },
        Mutation: {
          ...{ count: run('count', 1), wipe: run('wipe', 1) },
          signInAs: (_source: unknown, { userId }: { userId: string }, { auth }: GraphQLContext) => auth.signIn(userId),
        },
      },
    });
    ({ origin } = new URL((await latchkey.server.listen()).url));
    const admin = await signUp(asked, { setupCode: latchkey.server.setUpCode ?? '' });
    const withEditor = async (person: Person): Promise<Person> => {
      const grant = `mutation { grantRole(userId: "${person.id}", role: EDITOR) { user { id } } }`;
      (await asked.client().ask(grant, { token: admin.token })).text('grantRole.user.id');
      return signIn(asked, person);
    };
    people['viewer'] = await signUp(asked);
    people['editor'] = await withEditor(await signUp(asked));
    people['admin and editor'] = await withEditor({ ...admin });
  });
  afterAll(() => latchkey.close());

  const ask = async (query: string, who: string, variables: Record<string, unknown> = {}): Promise<Answer> => {
    ran.length = 0;
    return asked.client().ask(query, { token: people[who]?.token ?? null, variables });
  };
  const codesByPath = ({ body }: Answer): object =>
    Object.fromEntries(
      (body.errors ?? []).map(({ path, extensions }) => [path?.join('.') ?? '', extensions['code']] as const),
    );

  test('the page has its examples', () => expect(examples).toHaveLength(4));

  test.each<[string, unknown, object]>([
    ['nobody', undefined, { draft: 'UNAUTHENTICATED' }],
    ['viewer', undefined, { draft: 'FORBIDDEN' }],
    ['editor', { draft: { id: '1', notes: null } }, { 'draft.notes': 'FORBIDDEN' }],
    ['admin and editor', { draft: { id: '1', notes: 'n' } }, {}],
  ])('what a field asks for, of %s', async (who, data, codes) => {
    const answer = await ask('{ draft { id notes } }', who);
    expect([answer.body.data, codesByPath(answer)]).toEqual([data, codes]);
  });

  test('a mutation of a viewer is refused whole', async () => {
    const answer = await ask('mutation { count wipe }', 'viewer');
    expect([answer.status, answer.code, answer.body.data, ran]).toEqual([403, 'FORBIDDEN', undefined, []]);
  });

  test.each<[string, string | undefined]>([
    ['{ posts(filter: { text: "a" }) { id } }', undefined],
    ['{ posts(filter: { drafts: false }) { id } }', 'UNAUTHENTICATED'],
    ['{ posts(filter: { drafts: null }) { id } }', 'UNAUTHENTICATED'],
    ['{ posts(filter: { and: [{ drafts: true }] }) { id } }', 'UNAUTHENTICATED'],
    ['query ($hidden: Boolean) { posts(hidden: $hidden) { id } }', undefined],
    ['query ($hidden: Boolean = false) { posts(hidden: $hidden) { id } }', 'UNAUTHENTICATED'],
  ])('arguments and input fields, asked by anyone: %s', async (query, code) => {
    const answer = await ask(query, 'nobody');
    expect([answer.code, ran]).toEqual([code, code === undefined ? ['posts'] : []]);
  });

  test('a type that only runtime can tell: the orders of customer 7', async () => {
    const signedIn = await ask('mutation { signInAs(userId: "7") { accessToken } }', 'nobody');
    const token = signedIn.text('signInAs.accessToken');
    const answer = await asked.client().ask('{ orders { __typename } }', { token });
    expect(answer.body.data).toEqual({ orders: [{ __typename: 'Order' }, null] });
    expect(codesByPath(answer)).toEqual({ 'orders.1': 'FORBIDDEN' });
  });

  test('a token that is not usable refuses all but @public root fields', async () => {
    const person = await signUp(asked);
    await asked.client().ask('mutation { signOut { signedOut } }', { token: person.token });
    people['signed out'] = person;
    expect(await ask('{ posts { id } draft { id } }', 'signed out')).toMatchObject({ code: 'SESSION_EXPIRED' });
    expect(ran).toEqual([]);
    expect((await ask('{ posts { id } }', 'signed out')).body).toEqual({ data: { posts: [{ id: '1' }] } });
  });
});
