import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { GraphQLContext } from '../../src/graphql/context.js';
import { readAnswer, type Answer } from '../support/client.js';
import { createBlog } from './support/blog.js';
import { startDirectiveServer, type DirectiveServer } from './support/directive-server.js';
import {
  codesOf,
  expectRefused,
  get,
  post,
  tokenOf,
  type Attack,
  type Send,
  type Target,
  type Who,
} from './support/attack.js';
import { describeOnEachBackend } from '../support/stores.js';

const contexts: GraphQLContext[] = [];
const blog = createBlog();
blog.resolvers['Query'] = {
  ...(blog.resolvers['Query'] as object),
  loaded: (_source: unknown, _args: unknown, context: GraphQLContext) => {
    contexts.push(context);
    return context.principal?.userId ?? null;
  },
} as never;
const typeDefs = [...blog.typeDefs, 'extend type Query { loaded: ID @auth }'];

let target: Target;
let batching: Target;
const servers: DirectiveServer[] = [];
beforeAll(async () => {
  for (const isApplications of [false, true])
    servers.push(await startDirectiveServer({ ...blog, typeDefs, isApplications }));
  target = { server: servers[0]!, blog };
  batching = { server: servers[1]!, blog };
});
afterAll(() => Promise.all(servers.map((each) => each.close())));

const SECRET: Attack = {
  query: 'query S { secret }',
  code: 'FORBIDDEN',
  as: 'user',
  after: 'Query.secret',
  hidden: /the-secret/,
};
const headersOf = (who: Who, at = target): Record<string, string> => {
  const token = tokenOf(at, who);
  return { 'content-type': 'application/json', ...(token !== null && { authorization: `Bearer ${token}` }) };
};

describe('GET', () => {
  test('gets nothing that POST does not', () => expectRefused(target, SECRET, get));

  test.each(['mutation { wipe }', 'query Q { page { id } } mutation M { wipe }', 'mutation { count }'])(
    'runs no mutation, whoever asks: %s',
    async (query) => {
      for (const who of ['anonymous', 'user', 'admin'] as const) {
        blog.ran.length = 0;
        const attack = { query, code: '', ...(query.includes(' M ') && { operationName: 'M' }) };
        const answer = await get(target, attack, who);
        expect([answer.status, blog.ran]).toEqual([405, []]);
      }
    },
  );
});

describe('batches', () => {
  const batch = async (at: Target, who: Who, ...queries: string[]): Promise<Response> =>
    at.server.client().fetch('/graphql', {
      method: 'POST',
      headers: headersOf(who, at),
      body: JSON.stringify(queries.map((query) => ({ query }))),
    });

  test('are not taken by a server of ours', async () => {
    blog.ran.length = 0;
    expect((await batch(target, 'admin', '{ page { id } }', '{ secret }')).status).toBe(400);
    expect(blog.ran).toEqual([]);
  });

  test('of an application’s server are judged one by one', async () => {
    const queries = ['{ page { id } }', '{ secret }', 'mutation { count wipe }', '{ secret }', 'mutation { count }'];
    blog.ran.length = 0;
    const answers = (await (await batch(batching, 'user', ...queries)).json()) as Answer['body'][];
    expect(answers.map(({ errors }) => errors?.[0]?.extensions['code'])).toEqual([
      ...[undefined, 'FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN', undefined],
    ]);
    expect(blog.ran.sort()).toEqual(['Mutation.count', 'Query.page']);
    blog.ran.length = 0;
    await batch(batching, 'admin', ...queries);
    expect(blog.ran).toEqual(expect.arrayContaining(['Query.secret', 'Mutation.wipe']));
  });
});

describe('automatic persisted queries', () => {
  const hashOf = (query: string): string => createHash('sha256').update(query).digest('hex');
  const persisted =
    (withDocument: boolean): Send =>
    async (at, { query, variables }, who) => {
      const extensions = { persistedQuery: { version: 1, sha256Hash: hashOf(query) } };
      const body = JSON.stringify({ ...(withDocument && { query }), variables, extensions });
      return readAnswer(
        await at.server.client().fetch('/graphql', { method: 'POST', headers: headersOf(who, at), body }),
      );
    };
  const byHash = persisted(false);
  const register = persisted(true);

  test('registered by an administrator give an anonymous nothing', async () => {
    for (const query of ['query P { secret }', 'mutation P { count wipe }']) {
      const attack: Attack = { query, code: 'UNAUTHENTICATED', hidden: /secret"|wipe/, isWhole: true };
      expect(codesOf(await register(batching, attack, 'admin'))).toEqual([]);
      await expectRefused(batching, attack, byHash);
    }
  });

  test('registered by an anonymous do not give it back what an administrator then gets', async () => {
    const attack: Attack = { ...SECRET, query: 'query R { r: secret }', code: 'UNAUTHENTICATED', as: 'anonymous' };
    expect(codesOf(await register(batching, attack, 'anonymous'))).toEqual(['UNAUTHENTICATED']);
    await expectRefused(batching, attack, byHash);
    await expectRefused(batching, attack, byHash);
  });

  test('are not kept by a server of ours', async () => {
    blog.ran.length = 0;
    expect(codesOf(await register(target, SECRET, 'admin'))).toEqual(['PERSISTED_QUERY_NOT_SUPPORTED']);
    expect(codesOf(await byHash(target, SECRET, 'admin'))).toEqual(['PERSISTED_QUERY_NOT_SUPPORTED']);
    expect(blog.ran).toEqual([]);
  });
});

describeOnEachBackend('one document for everybody', (backendName) => {
  let target: Target;
  beforeAll(async () => {
    target = { server: await startDirectiveServer({ ...blog, typeDefs, backendName }), blog };
  });
  afterAll(() => target.server.close());

  const order: readonly Who[] = ['admin', 'anonymous', 'editor', 'user', 'admin', 'anonymous', 'user', 'admin'];
  const expected = (who: Who): unknown[] =>
    who === 'admin' ? [] : [who === 'anonymous' ? 'UNAUTHENTICATED' : 'FORBIDDEN'];

  test.each(['query Same { secret }', 'mutation Same { count wipe }'])(
    'answers each in their own way, whoever came first: %s',
    async (query) => {
      for (const who of order) {
        blog.ran.length = 0;
        expect(codesOf(await post(target, { query, code: '' }, who))).toEqual(expected(who));
        expect(blog.ran.some((each) => /secret|wipe/.test(each))).toBe(who === 'admin');
      }
    },
  );

  test('a thousand times at once', async () => {
    blog.ran.length = 0;
    const query = 'query Mixed ($f: PostFilter) { secret posts(filter: $f) { __typename } }';
    const requests = Array.from({ length: 1_000 }, (_, index) => order[(index * 7) % order.length] ?? 'user');
    const answers = await Promise.all(
      requests.map(async (who, index) => {
        const variables = { f: index % 3 === 0 ? { drafts: true } : { text: '' } };
        return { who, index, answer: await post(target, { query, variables, code: '' }, who) };
      }),
    );
    for (const { who, index, answer } of answers) {
      // Posts are for signed-in viewers, and drafts for administrators.
      const times = who === 'anonymous' || index % 3 === 0 ? 2 : 1;
      expect(codesOf(answer)).toEqual(Array.from({ length: times }, () => expected(who)).flat());
    }
    const admins = requests.filter((who) => who === 'admin').length;
    expect(admins).toBeGreaterThan(200);
    expect(blog.ran.filter((each) => each === 'Query.secret')).toHaveLength(admins);
    const filtered = requests.filter(
      (who, index) => who === 'admin' || (who !== 'anonymous' && index % 3 !== 0),
    ).length;
    expect(blog.ran.filter((each) => each === 'Query.posts')).toHaveLength(filtered);
  }, 120_000);
});

test('each request has a context and loaders of its own', async () => {
  contexts.length = 0;
  const answers = await Promise.all(
    (['admin', 'user', 'admin', 'editor'] as const).map((who) => post(target, { query: '{ loaded }', code: '' }, who)),
  );
  const { admin, user, editor } = target.server.people;
  expect(answers.map((answer) => answer.text('loaded'))).toEqual([admin.id, user.id, admin.id, editor.id]);
  expect(new Set(contexts).size).toBe(4);
  expect(new Set(contexts.flatMap(({ loaders }) => [loaders, loaders.user, loaders.sessionsOfUser])).size).toBe(12);
});

test('what the one loaded, the other does not get: a user’s address', async () => {
  const { admin, user } = target.server.people;
  const query = 'query ($id: ID) { user(id: $id) { email } }';
  const variables = { id: admin.id };
  const [allowed, refused] = await Promise.all(
    [admin, user].map(({ token }) => target.server.client().ask(query, { token, variables })),
  );
  expect(allowed?.text('user.email')).toBe(admin.email);
  expect([refused?.body.data, refused?.code]).toEqual([undefined, 'FORBIDDEN']);
});
