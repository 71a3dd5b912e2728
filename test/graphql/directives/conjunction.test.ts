import { describe, expect, test } from '@jest/globals';
import { buildSchema, extendSchema, parse } from 'graphql';
import { protectSchema } from '../../../src/graphql/directives/protect.js';
import { ask, directiveSdl, guarded, ROLES, roleSdl, viewer } from './support.js';

const admin = viewer('1', ['ADMIN']);

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
      data: { nodes: [{ id: '1' }, null], any: [{ id: '1' }, null] },
      errors: { 'nodes.1': 'FORBIDDEN', 'any.1': 'FORBIDDEN' },
    });
    expect((await ask(open, query, { credential: admin })).errors).toEqual({});
  });

  test('those of the union that it returns; the members have none of them', async () => {
    const open = guarded(
      `type A { x: Int } type B { x: Int } union Closed @hasRole(anyOf: ADMIN) @auth = A | B union Open = A | B
       extend union Closed @hasRole(anyOf: EDITOR)
       type Query { closed: [Closed!] open: Open a: A }`,
      {
        Query: {
          closed: () => [{ __typename: 'A', x: 1 }],
          open: () => ({ __typename: 'A', x: 1 }),
          a: () => ({ x: 1 }),
        },
      },
    );
    const query = '{ closed { __typename } open { ... on Closed { ... on A { x } } } a { x } }';
    const rest = { open: { x: 1 }, a: { x: 1 } };
    expect(await ask(open, query)).toEqual({ data: { closed: null, ...rest }, errors: { closed: 'UNAUTHENTICATED' } });
    expect(await ask(open, query, { credential: admin })).toEqual({
      data: { closed: null, ...rest },
      errors: { closed: 'FORBIDDEN' },
    });
    expect((await ask(open, query, { credential: viewer('1', ['ADMIN', 'EDITOR']) })).data).toEqual({
      closed: [{ __typename: 'A' }],
      ...rest,
    });
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

  test('on a type is judged on the object before any of its fields, beside the field’s own', async () => {
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
      'posts.0': 'FORBIDDEN',
      'posts.1': 'FORBIDDEN',
    });
  });

  test('lets a role in where it says so, and only there', async () => {
    expect((await ask(schema, '{ posts { id draft } }', { credential: viewer('c', ['MODERATOR']) })).errors).toEqual({
      'posts.0.draft': 'FORBIDDEN',
      'posts.1.draft': 'FORBIDDEN',
    });
  });
});
