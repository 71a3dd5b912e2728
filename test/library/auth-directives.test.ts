import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { graphql, parse, type GraphQLSchema } from 'graphql';
import { createYoga } from 'graphql-yoga';
import { authDirectives, authTypeDefs, getServerSession, refuseOperation, useAuthDirectives } from '../../src/index.js';
import type { Principal } from '../../src/index.js';
import { signUp, type Person } from '../http/support/people.js';
import { createTestAuthServer, type TestAuthServer } from '../support/auth-server.js';
import { createClient, readAnswer, type Answer } from '../support/client.js';
import { listen, startExpress, type Host } from './support/hosts.js';

const typeDefs = `
  extend enum Role { EDITOR }
  type Query { open: String mine: String @auth drafts: [String!] @hasRole(anyOf: [EDITOR]) }
  type Mutation { touch: String @auth publish: String @hasRole(anyOf: [EDITOR]) }
  type Subscription { ticks: Int @auth }
`;

let ran: string[] = [];
const run = (name: string) => (): string => {
  ran.push(name);
  return name;
};

const schema = authDirectives(
  makeExecutableSchema({
    typeDefs: [authTypeDefs, typeDefs],
    resolvers: {
      Query: { open: run('open'), mine: run('mine'), drafts: () => [run('drafts')()] },
      Mutation: { touch: run('touch'), publish: run('publish') },
      Subscription: {
        ticks: {
          async *subscribe() {
            ran.push('ticks');
            yield { ticks: 1 };
          },
        },
      },
    },
  }),
);

const principal = (roles: readonly string[] = []): Principal =>
  ({
    userId: 'ann',
    sessionId: 's',
    roles,
    permissions: [],
    authenticatedAt: new Date(),
    claims: {},
  }) as unknown as Principal;

describe('a schema of the application’s own, by plain graphql()', () => {
  const ask = async (source: string, contextValue: unknown) => {
    ran = [];
    const { data, errors = [] } = await graphql({ schema, source, contextValue });
    return { data: { ...data }, codes: errors.map(({ extensions }) => extensions['code']), ran };
  };

  test('a query answers what it may, and a refused resolver never ran', async () => {
    expect(await ask('{ open mine drafts }', { principal: null })).toEqual({
      data: { open: 'open', mine: null, drafts: null },
      codes: ['UNAUTHENTICATED', 'UNAUTHENTICATED'],
      ran: ['open'],
    });
    const asEditor = await ask('{ open mine drafts }', { principal: principal(['EDITOR']) });
    expect(asEditor).toEqual({
      data: { open: 'open', mine: 'mine', drafts: ['drafts'] },
      ...{ codes: [], ran: ['open', 'mine', 'drafts'] },
    });
    expect((await ask('{ drafts }', { principal: principal() })).codes).toEqual(['FORBIDDEN']);
  });

  test('a context without a principal lets nobody in', async () => {
    expect((await ask('{ mine }', {})).ran).toEqual([]);
  });

  test('refuseOperation judges a mutation whole, before anything runs', () => {
    const document = parse('mutation A { touch publish } mutation B { touch } query C { mine }');
    const refuse = (operationName: string, roles: string[] | null) =>
      refuseOperation({ schema, document, operationName, context: { principal: roles && principal(roles) } });
    expect(refuse('A', ['EDITOR'])).toBeNull();
    expect(refuse('A', [])?.extensions).toEqual({ code: 'FORBIDDEN' });
    expect(refuse('B', [])).toBeNull();
    expect(refuse('B', null)?.extensions).toEqual({ code: 'UNAUTHENTICATED' });
    expect(refuse('C', null)).toBeNull();
    expect(refuse('D', null)).toBeNull();
  });

  test.each<[string, () => GraphQLSchema, RegExp]>([
    ['without authTypeDefs', () => makeExecutableSchema({ typeDefs: 'type Query { a: String }' }), /authTypeDefs/],
    [
      'with an unknown role',
      () => makeExecutableSchema({ typeDefs: [authTypeDefs, 'type Query { a: String @hasRole(anyOf: [EDITOR]) }'] }),
      /EDITOR/,
    ],
  ])('a schema %s is refused at start', (_name, make, message) => {
    expect(() => authDirectives(make())).toThrow(TypeError);
    expect(() => authDirectives(make())).toThrow(message);
  });

  test('coverage can be required here too', () => {
    expect(() => authDirectives(schemaOf('type Query { a: String }'), { coverage: 'required' })).toThrow(/Query\.a/);
  });
});

const schemaOf = (sdl: string): GraphQLSchema => makeExecutableSchema({ typeDefs: [authTypeDefs, sdl] });

describe('a schema of the application’s own, by GraphQL Yoga, with sessions of ours', () => {
  let latchkey: TestAuthServer;
  let sessions: Host;
  let host: Host;
  let ann: Person;

  beforeAll(async () => {
    latchkey = await createTestAuthServer();
    sessions = await startExpress((app) => void app.use(latchkey.server.handler));
    ann = await signUp({ client: () => createClient(sessions.origin) });
    const yoga = createYoga({
      schema,
      logging: false,
      plugins: [useAuthDirectives()],
      context: async ({ request }) => ({ principal: await getServerSession(request, { server: latchkey.server }) }),
    });
    host = await listen((request, response) => void yoga(request, response));
  });

  afterAll(async () => {
    await host.close();
    await sessions.close();
    await latchkey.close();
  });

  const ask = async (query: string, token?: string): Promise<Answer & { ran: string[] }> => {
    ran = [];
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
    const init = { method: 'POST', headers, body: JSON.stringify({ query }) };
    return { ...(await readAnswer(await fetch(`${host.origin}/graphql`, init))), ran };
  };

  test('a query answers what it may, with codes that are not masked', async () => {
    const anonymous = await ask('{ open mine }');
    expect([anonymous.body.data, anonymous.code, anonymous.ran]).toEqual([
      ...[{ open: 'open', mine: null }, 'UNAUTHENTICATED', ['open']],
    ]);
    expect((await ask('{ open mine }', ann.token)).body).toEqual({ data: { open: 'open', mine: 'mine' } });
  });

  test('a mutation is judged whole: nothing of it runs', async () => {
    const answer = await ask('mutation { touch publish }', ann.token);
    expect([answer.body.data ?? null, answer.code, answer.ran]).toEqual([null, 'FORBIDDEN', []]);
    expect((await ask('mutation { touch }', ann.token)).body.data).toEqual({ touch: 'touch' });
  });

  test('a subscription is judged before it begins', async () => {
    const subscribe = async (token?: string): Promise<string> => {
      ran = [];
      const headers = { accept: 'text/event-stream', ...(token && { authorization: `Bearer ${token}` }) };
      const url = `${host.origin}/graphql?query=${encodeURIComponent('subscription { ticks }')}`;
      return (await fetch(url, { headers })).text();
    };
    expect(await subscribe()).toContain('UNAUTHENTICATED');
    expect(ran).toEqual([]);
    expect(await subscribe(ann.token)).toContain('"ticks":1');
  });

  test('errors that are none of ours stay masked', async () => {
    const broken = authDirectives(
      makeExecutableSchema({
        typeDefs: [authTypeDefs, 'type Query { a: String }'],
        resolvers: {
          Query: {
            a: () => {
              throw new Error('a secret of the database');
            },
          },
        },
      }),
    );
    const yoga = createYoga({
      schema: broken,
      logging: false,
      plugins: [useAuthDirectives()],
      context: { principal: null },
    });
    const response = await yoga.fetch('http://localhost/graphql?query={a}');
    expect(await response.text()).not.toContain('secret');
  });
});
