import { describe, expect, test } from '@jest/globals';
import { buildSchema, execute, extendSchema, GraphQLError, isObjectType, parse } from 'graphql';
import { protectSchema } from '../../../src/graphql/directives/protect.js';
import { ask, clock, directiveSdl, expired, guarded, ROLES, roleSdl, unguarded, viewer } from './support.js';

const admin = viewer('1', ['ADMIN']);

/** Remembers which resolvers ran. */
function recorder(): { ran: string[]; resolve: (name: string, value?: unknown) => () => unknown } {
  const ran: string[] = [];
  return {
    ran,
    resolve:
      (name, value = name) =>
      () => {
        ran.push(name);
        return value;
      },
  };
}

describe('a query answers what it may', () => {
  test('a refused field is null, with an error at its path, and its resolver never ran', async () => {
    const { ran, resolve } = recorder();
    const schema = guarded('type Query { open: String secret: String @hasRole(anyOf: ADMIN) }', {
      Query: { open: resolve('open'), secret: resolve('secret') },
    });
    const query = '{ open secret alias: secret }';
    expect(await ask(schema, query, { credential: viewer('1') })).toEqual({
      data: { open: 'open', secret: null, alias: null },
      errors: { secret: 'FORBIDDEN', alias: 'FORBIDDEN' },
    });
    expect(ran).toEqual(['open']);
    expect((await ask(schema, query)).errors).toEqual({ secret: 'UNAUTHENTICATED', alias: 'UNAUTHENTICATED' });
    expect(await ask(schema, query, { credential: admin })).toEqual({
      data: { open: 'open', secret: 'secret', alias: 'secret' },
      errors: {},
    });
  });

  test('in nested lists, each at its own path', async () => {
    const schema = guarded('type Cell { id: Int note: String @owner(field: "by") } type Query { rows: [[Cell]] }', {
      Query: { rows: () => [[{ id: 1, by: 'a', note: 'x' }], [{ id: 2, by: 'b', note: 'y' }, null]] },
    });
    expect(await ask(schema, '{ rows { id note } }', { credential: viewer('b') })).toEqual({
      data: { rows: [[{ id: 1, note: null }], [{ id: 2, note: 'y' }, null]] },
      errors: { 'rows.0.0.note': 'FORBIDDEN' },
    });
  });

  test('a refused field that cannot be null takes its parent with it', async () => {
    const schema = guarded('type A { b: String! @auth c: Int } type Query { a: A }', {
      Query: { a: () => ({ b: 'b', c: 1 }) },
    });
    expect(await ask(schema, '{ a { b c } }')).toEqual({ data: { a: null }, errors: { 'a.b': 'UNAUTHENTICATED' } });
  });

  test('through default resolvers: properties, and methods of a model with their `this`', async () => {
    class Post {
      readonly title = 'title';
      readonly #body = 'body';
      calls = 0;
      body(args: { upper: boolean }, context: { clock: unknown }): string {
        this.calls += 1;
        return context.clock === clock && args.upper ? this.#body.toUpperCase() : this.#body;
      }
    }
    const post = new Post();
    const schema = guarded(
      'type Post { title: String @auth body(upper: Boolean): String @auth } type Query { post: Post }',
      {
        Query: { post: () => post },
      },
    );
    const query = '{ post { title body(upper: true) } }';
    expect(await ask(schema, query)).toEqual({
      data: { post: { title: null, body: null } },
      errors: { 'post.title': 'UNAUTHENTICATED', 'post.body': 'UNAUTHENTICATED' },
    });
    expect(post.calls).toBe(0);
    expect((await ask(schema, query, { credential: viewer('1') })).data).toEqual({
      post: { title: 'title', body: 'BODY' },
    });
  });

  test('on the root value', async () => {
    const schema = guarded('type Query { a: String @auth }');
    const rootValue = { a: () => 'a' };
    expect((await ask(schema, '{ a }', { rootValue })).errors).toEqual({ a: 'UNAUTHENTICATED' });
    expect((await ask(schema, '{ a }', { rootValue, credential: viewer('1') })).data).toEqual({ a: 'a' });
  });

  test('without a context, nothing that is protected', async () => {
    const { ran, resolve } = recorder();
    const schema = guarded('type Query { a: String @auth }', { Query: { a: resolve('a') } });
    const result = await execute({ schema, document: parse('{ a }') });
    expect(result.data).toEqual({ a: null });
    expect(result.errors?.[0]).toBeInstanceOf(GraphQLError);
    expect(ran).toEqual([]);
  });
});

describe('the requirement of a field is the conjunction of', () => {
  const sdl = `
    interface Base @hasRole(anyOf: ADMIN) { id: ID }
    interface Named implements Base { id: ID name: String @hasRole(anyOf: MODERATOR) }
    type Plain { id: ID name: String }
    type Item implements Named & Base { id: ID name: String @hasRole(anyOf: EDITOR) }
    type Query { item: Item named: Named plain: Plain }
  `;
  const schema = guarded(sdl, {
    Query: {
      item: () => ({ id: 1, name: 'n' }),
      named: () => ({ id: 1, name: 'n' }),
      plain: () => ({ id: 1, name: 'n' }),
    },
    Named: { __resolveType: () => 'Item' },
  });

  test('its own rules, those of its type and of every interface, transitively, with fields and type', async () => {
    const query = '{ item { id name } }';
    const codesOf = async (...roles: string[]): Promise<unknown> =>
      (await ask(schema, query, { credential: viewer('1', roles) })).errors;
    expect(await codesOf('ADMIN', 'MODERATOR', 'EDITOR')).toEqual({});
    expect(await codesOf('ADMIN', 'MODERATOR')).toEqual({ 'item.name': 'FORBIDDEN' });
    expect(await codesOf('ADMIN', 'EDITOR')).toEqual({ 'item.name': 'FORBIDDEN' });
    expect(await codesOf('MODERATOR', 'EDITOR')).toEqual({ item: 'FORBIDDEN' });
  });

  test('those of the type that it returns: nothing of a refused type is resolved, `__typename` included', async () => {
    const query = '{ item { __typename } named { __typename } plain { __typename } }';
    expect(await ask(schema, query, { credential: viewer('1') })).toEqual({
      data: { item: null, named: null, plain: { __typename: 'Plain' } },
      errors: { item: 'FORBIDDEN', named: 'FORBIDDEN' },
    });
  });

  test('those of a list’s items', async () => {
    const list = guarded('type Secret @auth { id: ID } type Query { all: [[Secret!]!]! one: [Secret] }', {
      Query: { all: () => [[{ id: 1 }]], one: () => [{ id: 1 }] },
    });
    expect((await ask(list, '{ one { __typename } }')).errors).toEqual({ one: 'UNAUTHENTICATED' });
    expect(await ask(list, '{ all { __typename } }')).toEqual({ data: null, errors: { all: 'UNAUTHENTICATED' } });
  });

  test('those of the runtime type, reached by an interface or a union without rules', async () => {
    const open = guarded(
      `interface Node { id: ID } type Free implements Node { id: ID }
       type Secret implements Node @hasRole(anyOf: ADMIN) { id: ID deep: String }
       union Any = Free | Secret
       type Query { nodes: [Node] any: [Any] }`,
      {
        Query: {
          nodes: () => [
            { t: 'Free', id: 1 },
            { t: 'Secret', id: 2 },
          ],
          any: () => [
            { t: 'Free', id: 1 },
            { t: 'Secret', id: 2, deep: 'd' },
          ],
        },
        Node: { __resolveType: ({ t }: { t: string }) => t },
        Any: { __resolveType: ({ t }: { t: string }) => t },
      },
    );
    const query = `{ nodes { ...N } any { ... on Node { id } ...S } } fragment N on Node { id } fragment S on Secret { deep }`;
    expect(await ask(open, query, { credential: viewer('1') })).toEqual({
      data: { nodes: [{ id: '1' }, { id: null }], any: [{ id: '1' }, { id: null, deep: null }] },
      errors: { 'nodes.1.id': 'FORBIDDEN', 'any.1.id': 'FORBIDDEN', 'any.1.deep': 'FORBIDDEN' },
    });
    expect((await ask(open, query, { credential: admin })).errors).toEqual({});
  });

  test('what extensions add: a rule of a type, an interface, a field with a rule', async () => {
    const extended = guarded(
      `type Query { a: A } type A { x: String } type B { x: String }
       extend type A { y: String @hasRole(anyOf: EDITOR) }
       interface Owned @hasRole(anyOf: ADMIN) { x: String }
       extend type B implements Owned
       extend type Query { b: B }
       extend type A @auth`,
      { Query: { a: () => ({ x: 'x', y: 'y' }), b: () => ({ x: 'x' }) } },
    );
    expect((await ask(extended, '{ a { x } b { x } }')).errors).toEqual({ a: 'UNAUTHENTICATED', b: 'UNAUTHENTICATED' });
    expect(await ask(extended, '{ a { x y } b { x } }', { credential: viewer('1') })).toEqual({
      data: { a: { x: 'x', y: null }, b: null },
      errors: { 'a.y': 'FORBIDDEN', b: 'FORBIDDEN' },
    });
  });

  test('what extensions add, where GraphQL keeps them as nodes of their own', async () => {
    const base = buildSchema(`${directiveSdl} ${roleSdl} type Query { a: A } type A { x: String } extend type A @auth`);
    const schemaOf = protectSchema({
      schema: extendSchema(base, parse('extend type A @hasRole(anyOf: ADMIN)')),
      roles: ROLES,
    });
    const rootValue = { a: { x: 'x' } };
    expect((await ask(schemaOf, '{ a { x } }', { rootValue })).errors).toEqual({ a: 'UNAUTHENTICATED' });
    expect((await ask(schemaOf, '{ a { x } }', { rootValue, credential: viewer('1') })).errors).toEqual({
      a: 'FORBIDDEN',
    });
    expect((await ask(schemaOf, '{ a { x } }', { rootValue, credential: admin })).errors).toEqual({});
  });
});

test('`anyOf: ADMIN` stands for a list of it', async () => {
  const schema = guarded('type Query { a: Int @hasRole(anyOf: ADMIN) }', { Query: { a: () => 1 } });
  expect((await ask(schema, '{ a }', { credential: viewer('1') })).errors).toEqual({ a: 'FORBIDDEN' });
  expect((await ask(schema, '{ a }', { credential: admin })).data).toEqual({ a: 1 });
});

describe('@public', () => {
  const schema = guarded(
    `interface Api @hasRole(anyOf: MODERATOR) { id: ID }
     type Secret @hasRole(anyOf: ADMIN) { id: ID }
     type Wrapped { query: Query }
     type Query implements Api @auth { id: ID open: Int @public closed: Int secret: Secret @public wrapped: Wrapped @public }`,
    {
      Query: {
        open: () => 1,
        closed: () => 2,
        id: () => '1',
        secret: () => ({ id: 1 }),
        wrapped: () => ({ query: {} }),
      },
    },
  );

  test('lifts the rules of the root type and of its interfaces, for its own field alone', async () => {
    expect(await ask(schema, '{ open closed }')).toEqual({
      data: { open: 1, closed: null },
      errors: { closed: 'UNAUTHENTICATED' },
    });
    expect((await ask(schema, '{ closed }', { credential: viewer('1') })).errors).toEqual({ closed: 'FORBIDDEN' });
    expect((await ask(schema, '{ closed }', { credential: viewer('1', ['MODERATOR']) })).data).toEqual({ closed: 2 });
  });

  test('does not lift the rules of the type that its field returns', async () => {
    expect((await ask(schema, '{ secret { id } }')).errors).toEqual({ secret: 'UNAUTHENTICATED' });
  });

  test('does not lift those of a root type that a field returns', async () => {
    expect((await ask(schema, '{ wrapped { query { open } } }')).errors).toEqual({
      'wrapped.query': 'UNAUTHENTICATED',
    });
  });
});

describe('@owner', () => {
  const schema = guarded(
    `type Post @owner(field: "authorId", orRole: [MODERATOR]) { id: ID draft: String @owner(field: "editorId") }
     type Query { posts: [Post] }`,
    {
      Query: {
        posts: () => [
          { id: 1, authorId: 'a', editorId: 'b', draft: 'd' },
          { id: 2, authorId: 'a', editorId: 'a', draft: 'd' },
        ],
      },
    },
  );

  test('on a type is judged on the object for each of its fields, beside the field’s own', async () => {
    expect(await ask(schema, '{ posts { id draft } }', { credential: viewer('a') })).toEqual({
      data: {
        posts: [
          { id: '1', draft: null },
          { id: '2', draft: 'd' },
        ],
      },
      errors: { 'posts.0.draft': 'FORBIDDEN' },
    });
    expect((await ask(schema, '{ posts { id } }', { credential: viewer('b') })).errors).toEqual({
      'posts.0.id': 'FORBIDDEN',
      'posts.1.id': 'FORBIDDEN',
    });
  });

  test('lets a role in where it says so, and only there', async () => {
    expect((await ask(schema, '{ posts { id draft } }', { credential: viewer('c', ['MODERATOR']) })).errors).toEqual({
      'posts.0.draft': 'FORBIDDEN',
      'posts.1.draft': 'FORBIDDEN',
    });
  });
});

describe('a credential that is not usable', () => {
  const { ran, resolve } = recorder();
  const schema = guarded(
    'type Deep { x: String @auth } type Query { open: String @public bare: String closed: String @auth deep: Deep @public }',
    {
      Query: {
        open: resolve('open'),
        bare: resolve('bare'),
        closed: resolve('closed'),
        deep: resolve('deep', { x: 'x' }),
      },
    },
  );
  const refused = { data: undefined, errors: { '': 'TOKEN_EXPIRED' } };
  const answerTo = (source: string, variables = {}): Promise<unknown> =>
    ask(schema, source, { credential: expired, variables });

  test('refuses the whole operation, also where the root field has no rule at all', async () => {
    for (const source of [
      '{ bare }',
      '{ open bare }',
      '{ closed }',
      '{ ...F } fragment F on Query { o: open b: bare }',
    ]) {
      expect(await answerTo(source)).toEqual(refused);
    }
    expect(ran).toEqual([]);
  });

  test('with the code that it came with', async () => {
    const credential = { kind: 'unusable', code: 'SESSION_EXPIRED', sessionId: null } as const;
    expect((await ask(schema, '{ bare }', { credential })).errors).toEqual({ '': 'SESSION_EXPIRED' });
  });

  test('counts as none where every root field is @public, and below them', async () => {
    expect(await answerTo('{ open deep { x } }')).toEqual({
      data: { open: 'open', deep: { x: null } },
      errors: { 'deep.x': 'UNAUTHENTICATED' },
    });
  });

  test('leaves introspection alone', async () => {
    const source = '{ __typename __schema { queryType { name } } __type(name: "Deep") { name } open }';
    expect(await answerTo(source)).toMatchObject({
      data: { __typename: 'Query', __type: { name: 'Deep' } },
      errors: {},
    });
    expect(await answerTo('{ __typename bare }')).toEqual(refused);
  });

  test('is judged by what would run', async () => {
    const source =
      'query ($skip: Boolean = true, $on: Boolean!) { open bare @skip(if: $skip) ... @include(if: $on) { closed } }';
    expect(await answerTo(source, { on: false })).toMatchObject({ data: { open: 'open' } });
    expect(await answerTo(source, { on: true })).toEqual(refused);
    expect(await answerTo(source, { on: false, skip: false })).toEqual(refused);
    expect(await answerTo('{ open bare @skip(if: true) closed @include(if: false) }')).toMatchObject({
      data: { open: 'open' },
    });
  });

  test('is refused by the guard of a root field with its own code, where nothing judged before', async () => {
    const result = await execute({
      schema,
      document: parse('{ closed }'),
      contextValue: { credential: expired, clock },
    });
    expect(result.errors?.[0]?.originalError).toMatchObject({ code: 'TOKEN_EXPIRED' });
  });
});

test('fields without rules are not wrapped', () => {
  const sdl = 'type A { x: Int y: Int @auth } type Query { a: A b: Int @auth c: Int @public }';
  const before = unguarded(sdl, { Query: { a: () => ({}), b: () => 1, c: () => 1 }, A: { x: () => 1 } });
  const after = protectSchema({ schema: before, roles: ROLES });
  const isWrapped = (typeName: string, fieldName: string): boolean => {
    const [was, is] = [before, after].map((schema) => {
      const type = schema.getType(typeName);
      return isObjectType(type) ? type.getFields()[fieldName]?.resolve : null;
    });
    return was !== is;
  };
  expect(['a', 'b', 'c'].filter((field) => isWrapped('Query', field))).toEqual(['b']);
  expect(['x', 'y'].filter((field) => isWrapped('A', field))).toEqual(['y']);
});
