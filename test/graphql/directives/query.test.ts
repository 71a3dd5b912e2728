import { describe, expect, test } from '@jest/globals';
import { execute, GraphQLError, isObjectType, parse } from 'graphql';
import { protectSchema } from '../../../src/graphql/directives/protect.js';
import { ask, clock, guarded, recorder, ROLES, unguarded, viewer } from './support.js';

const admin = viewer('1', ['ADMIN']);

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

test('`anyOf: ADMIN` stands for a list of it', async () => {
  const schema = guarded('type Query { a: Int @hasRole(anyOf: ADMIN) }', { Query: { a: () => 1 } });
  expect((await ask(schema, '{ a }', { credential: viewer('1') })).errors).toEqual({ a: 'FORBIDDEN' });
  expect((await ask(schema, '{ a }', { credential: admin })).data).toEqual({ a: 1 });
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
