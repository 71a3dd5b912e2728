import { createHook } from 'node:async_hooks';
import { expect, test } from '@jest/globals';
import { execute, parse } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { clock, guarded, unguarded, viewer } from './support.js';

const ROWS = 500;
const rows = Array.from({ length: ROWS }, (_, id) => ({ __typename: 'Row', id, by: '1', a: 1, b: 2, c: 3, d: 4 }));
const resolvers = { Query: { rows: () => rows, mixed: () => rows } };
const sdlOf = (auth: string, role: string, owner: string): string => `
  interface Any { id: ID }
  type Row implements Any ${owner} { id: ID a: Int ${auth} b(of: Int ${auth}): Int ${role} c: Int d: Int ${owner} }
  type Query { rows: [Row] mixed: [Any] ${auth} }`;

/** Promises that are made while this document is executed, and its answer. */
function promisesOf(schema: GraphQLSchema): { promises: number; result: unknown } {
  let promises = 0;
  const hook = createHook({
    init(_id, type) {
      if (type === 'PROMISE') promises += 1;
    },
  });
  const contextValue = { credential: viewer('1', ['ADMIN']), clock };
  const document = parse('{ rows { __typename id a b(of: 1) c d } mixed { id ... on Row { a b(of: 2) d } } }');
  hook.enable();
  try {
    const result = execute({ schema, document, contextValue });
    return { promises, result };
  } finally {
    hook.disable();
  }
}

test('no promise is made for a protected field, type, argument or owner: the answer is there at once', () => {
  const plain = promisesOf(unguarded(sdlOf('', '', ''), resolvers));
  const { promises, result } = promisesOf(
    guarded(sdlOf('@auth', '@hasRole(anyOf: ADMIN)', '@owner(field: "by")'), resolvers),
  );
  expect(result).not.toBeInstanceOf(Promise);
  expect(result).toMatchObject({ data: { rows: { length: ROWS }, mixed: { length: ROWS } } });
  expect(result).not.toHaveProperty('errors');
  expect(promises).toBe(plain.promises);
  // The hook counts: a resolver that is async makes one for each row.
  const later = promisesOf(unguarded(sdlOf('', '', ''), { ...resolvers, Row: { a: async () => 1 } }));
  expect(later.promises).toBeGreaterThan(2 * ROWS);
});
