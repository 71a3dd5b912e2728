import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { buildClientSchema, getIntrospectionQuery, type IntrospectionQuery } from 'graphql';
import { createBlog } from './support/blog.js';
import { startDirectiveServer, type DirectiveServer, type DirectiveServerOptions } from './support/directive-server.js';
import { codesOf, expectRefused, post, type Attack, type Target } from './support/attack.js';

const INTROSPECTION: readonly (readonly [string, string])[] = [
  ['plainly', '{ __schema { types { name } } }'],
  ['fragment first', 'fragment F on Query { __schema { types { name } } } query Q { ...F }'],
  ['under an alias', '{ page: __schema { types { name } } }'],
  ['of one type, under an alias', '{ x: __type(name: "Vault") { fields { name } } }'],
  ['in an inline fragment behind an open field', '{ page { id } ... on Query { a: __type(name: "Vault") { name } } }'],
  [
    'in nested fragments',
    'fragment A on Query { ...B } fragment B on Query { ... { t: __type(name: "Vault") { name } } } { ...A }',
  ],
  ['in a mutation’s payload', 'mutation { count __typename ... on Mutation { __schema { types { name } } } }'],
];

describe('with introspection off', () => {
  const blog = createBlog();
  let target: Target;
  beforeAll(async () => {
    target = { server: await startDirectiveServer({ ...blog, introspection: false }), blog };
  });
  afterAll(() => target.server.close());

  test.each(INTROSPECTION)('nobody gets it: %s', async (_, query) => {
    for (const who of ['anonymous', 'admin'] as const) {
      blog.ran.length = 0;
      const answer = await post(target, { query, code: '' }, who);
      expect([answer.body.data, codesOf(answer)[0]]).toEqual([undefined, 'GRAPHQL_VALIDATION_FAILED']);
      expect(blog.ran).toEqual([]);
    }
  });

  test.each([
    ['{ secret }'],
    ['mutation { count wipe }'],
    ['mutation { publish { ... on Vault { note } } }'],
    ['mutation { page { comments { ip } } }'],
    ['mutation ($f: PostFilter) { purge(filter: $f) }'],
    ['{ nodes { __typename } }'],
    ['{ author { email } }'],
    ['{ page { body(raw: true) } }'],
  ])('an error names nothing but what was asked: %s', async (query) => {
    const variables = query.includes('$f') ? { f: { drafts: true } } : {};
    const { errors = [] } = (await post(target, { query, variables, code: '' }, 'user')).body;
    expect(errors.length).toBeGreaterThan(0);
    const asked = new Set(query.match(/\w+/g));
    const names = ['ADMIN', 'EDITOR', 'MODERATOR', 'Page', 'Comment', 'Vault', 'Author', 'Confidential', 'PostFilter'];
    for (const { message, extensions } of errors) {
      for (const name of names.filter((each) => !asked.has(each))) {
        expect(`${message} ${JSON.stringify(extensions)}`).not.toContain(name);
      }
    }
  });

  test('a name that is nearly right is not put right', async () => {
    const { errors = [] } = (await post(target, { query: '{ secre page { bodi } }', code: '' }, 'user')).body;
    expect(JSON.stringify(errors)).not.toMatch(/Did you mean|"secret"|"body"/);
  });

  test('what a resolver says when it fails is not told, nor does it run for who may not', async () => {
    blog.ran.length = 0;
    expect(codesOf(await post(target, { query: '{ broken }', code: '' }, 'anonymous'))).toEqual(['UNAUTHENTICATED']);
    expect(blog.ran).toEqual([]);
    const { body } = await post(target, { query: '{ broken }', code: '' }, 'user');
    expect(body.errors?.[0]?.extensions['code']).toBe('INTERNAL_SERVER_ERROR');
    expect(JSON.stringify(body)).not.toMatch(/hunter2|srv/);
  });
});

describe('with introspection on', () => {
  const blog = createBlog();
  let target: Target;
  beforeAll(async () => {
    target = { server: await startDirectiveServer(blog), blog };
  });
  afterAll(() => target.server.close());

  test('it tells the schema and runs nothing, whoever asks', async () => {
    blog.ran.length = 0;
    const answer = await post(target, { query: getIntrospectionQuery(), code: '' }, 'anonymous');
    const schema = buildClientSchema(answer.body.data as unknown as IntrospectionQuery);
    expect(schema.getDirective('hasPermission')?.locations).toContain('INPUT_FIELD_DEFINITION');
    expect(blog.ran).toEqual([]);
  });

  test.each(INTROSPECTION.slice(0, 3))('beside a secret it does not let the secret out: %s', async (_, query) => {
    const attack: Attack = {
      query: query.replace(/\{ (?=(?:page: )?__schema)/, '{ secret '),
      code: 'FORBIDDEN',
      as: 'user',
      after: 'Query.secret',
    };
    await expectRefused(target, attack);
  });
});

describe('definitions that are merged', () => {
  let server: DirectiveServer | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  async function start(
    typeDefs: readonly string[],
  ): Promise<{ codes: (who: 'admin' | 'editor' | 'user') => Promise<unknown[]>; ran: string[] }> {
    const ran: string[] = [];
    const resolvers = { Query: { both: () => ran.push('both') } } as never;
    server = await startDirectiveServer({ typeDefs, resolvers });
    const { people } = server;
    const client = server.client();
    return { ran, codes: async (who) => codesOf(await client.ask('{ both }', { token: people[who].token })) };
  }

  test.each([
    [
      'ADMIN first',
      [
        'extend type Query { both: Int @hasRole(anyOf: [ADMIN]) }',
        'extend type Query { both: Int @hasRole(anyOf: [EDITOR]) }',
      ],
    ],
    [
      'EDITOR first',
      [
        'extend type Query { both: Int @hasRole(anyOf: [EDITOR]) }',
        'extend type Query { both: Int @hasRole(anyOf: [ADMIN]) }',
      ],
    ],
  ])('hold both: %s', async (_, typeDefs) => {
    const { codes, ran } = await start(typeDefs);
    expect(await codes('editor')).toEqual(['FORBIDDEN']);
    expect(await codes('user')).toEqual(['FORBIDDEN']);
    expect(ran).toEqual([]);
    expect(await codes('admin')).toEqual([]);
    expect(ran).toEqual(['both']);
  });

  test('a rule that an extension leaves out is not lifted by it', async () => {
    const { codes, ran } = await start([
      'extend type Query { both: Int @hasRole(anyOf: [ADMIN]) }',
      'extend type Query { both: Int }',
    ]);
    expect(await codes('user')).toEqual(['FORBIDDEN']);
    expect(ran).toEqual([]);
    expect(await codes('admin')).toEqual([]);
  });

  const REFUSED: readonly (readonly [string, string, RegExp])[] = [
    [
      '@auth redefined with another argument',
      'directive @auth(requires: Role) repeatable on FIELD_DEFINITION extend type Query { both: Int @auth }',
      /@auth: is declared differently/,
    ],
    ['@hasRole as a scalar', 'scalar hasRole extend type Query { both: Int @hasRole(anyOf: ADMIN) }', /hasRole/],
    [
      'a directive that is none',
      'extend type Query { both: Int @hasrole(anyOf: ADMIN) }',
      /Unknown directive "@hasrole"/,
    ],
    ['a role that is none', 'extend type Query { both: Int @hasRole(anyOf: [ADMIN, ROOT]) }', /Query\.both/],
    ['@public beside a rule', 'extend type Query { both: Int @public @auth }', /Query\.both: @public stands beside/],
    [
      '@public beside a rule of another source',
      'extend type Query { both: Int @auth } extend type Query { both: Int @public }',
      /Query\.both/,
    ],
    ['a default where a rule stands', 'extend type Query { both(a: Int = 1 @auth): Int }', /Query\.both\(a:\)/],
    ['an empty list of roles', 'extend type Query { both: Int @hasRole(anyOf: []) }', /Query\.both: @hasRole needs/],
    [
      'a permission that is none',
      'extend type Query { both: Int @hasPermission(anyOf: "post:*") }',
      /Query\.both: @hasPermission/,
    ],
  ];
  test.each(REFUSED)('stop the start: %s', async (_, typeDefs, message) => {
    const options: DirectiveServerOptions = { typeDefs: [typeDefs], resolvers: {} };
    await expect(startDirectiveServer(options)).rejects.toThrow(message);
  });
});
