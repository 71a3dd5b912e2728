import { describe, expect, test } from '@jest/globals';
import { graphql, parse } from 'graphql';
import { refuseOperation } from '../../../src/graphql/directives/judge-operation.js';
import { guarded, viewer } from './support.js';

const schema = guarded(
  `type Post @owner(field: "by") { id: ID } 
   type Query { a: Int @auth b: Int @hasRole(anyOf: EDITOR) c: Int @hasPermission(anyOf: "post:write")
     d: Int @auth(maxAgeSeconds: 60) e: Post open: Int @public }`,
  { Query: { a: () => 1, b: () => 1, c: () => 1, d: () => 1, e: () => ({ id: 1, by: '7' }), open: () => 1 } },
);
const source = '{ a b c d e { id } open }';

/** The fields that are answered with nothing but this as context. */
async function answered(contextValue: unknown): Promise<string[]> {
  const { data } = await graphql({ schema, source, contextValue });
  return Object.entries(data ?? {}).flatMap(([name, value]) => (value === null ? [] : name));
}

describe('a context with a principal alone', () => {
  test('is judged by it, by the time of the system', async () => {
    const principal = { userId: '7', roles: ['EDITOR'], permissions: ['post:write'], authenticatedAt: new Date() };
    expect(await answered({ principal })).toEqual(['a', 'b', 'c', 'd', 'e', 'open']);
    expect(await answered({ principal: { ...principal, authenticatedAt: new Date(Date.now() - 61_000) } })).toEqual([
      'a',
      'b',
      'c',
      'e',
      'open',
    ]);
    expect(await answered({ principal: { userId: '8', roles: [] } })).toEqual(['a', 'open']);
  });

  test('of null or undefined is that of nobody', async () => {
    expect(await answered({ principal: null })).toEqual(['open']);
    expect(await answered({ principal: undefined })).toEqual(['open']);
    const result = await graphql({ schema, source: '{ a }', contextValue: { principal: null } });
    expect(result.errors).toMatchObject([{ originalError: { code: 'UNAUTHENTICATED' } }]);
  });

  test('whose roles or permissions are no list holds none: a text does not hold the words in it', async () => {
    const principal = { userId: '8', roles: 'NO_EDITOR EDITOR', permissions: 'post:write-drafts post:write' };
    expect(await answered({ principal })).toEqual(['a', 'open']);
    expect(await answered({ principal: { userId: '8' } })).toEqual(['a', 'open']);
  });

  test.each([
    ['a credential and a clock', { credential: { accessKeyId: 'k' }, clock: () => 0 }],
    ['a credential of a kind of its own', { credential: { kind: 'password' }, clock: {} }],
  ])('stands beside %s of the application’s own, which say nothing to the rules', async (_name, context) => {
    const principal = { userId: '7', roles: ['EDITOR'], permissions: ['post:write'], authenticatedAt: new Date() };
    expect(await answered({ ...context, principal })).toEqual(['a', 'b', 'c', 'd', 'e', 'open']);
    expect(await answered({ ...context, principal: null })).toEqual(['open']);
  });

  test('yields to a credential', async () => {
    const principal = { userId: '7', roles: ['EDITOR'] };
    expect(await answered({ principal, credential: { kind: 'none' } })).toEqual(['open']);
    expect(await answered({ principal: null, credential: viewer('9') })).toEqual(['a', 'open']);
  });
});

test.each([undefined, null, {}, { user: { id: '7' } }])(
  'a context of %j is the application’s mistake: nothing protected runs, and the error says so',
  async (contextValue) => {
    const result = await graphql({ schema, source, contextValue });
    expect(result.data).toMatchObject({ a: null, b: null, c: null, d: null, e: null, open: 1 });
    expect(result.errors?.[0]?.message).toMatch(/^context\.principal: is missing/);
    const document = parse(source);
    const asked = { schema, document, operation: document.definitions[0] as never, variables: {} };
    expect(() => refuseOperation({ ...asked, context: contextValue as never })).toThrow(TypeError);
  },
);
