import { expect, test } from '@jest/globals';
import { buildSchema, getOperationAST, parse } from 'graphql';
import { costOf } from '../../src/graphql/cost.js';

const schema = buildSchema(`
  type Query { node: Node }
  type Node { name: String, called(name: String!): Node, some(limit: [Int]): [Node] }`);

function cost(text: string, variables: Readonly<Record<string, unknown>> = {}) {
  const document = parse(text);
  return costOf({ schema, document, operation: getOperationAST(document)!, variables });
}

test.each([
  ['nothing hangs on', 'query ($name: String!) { node { called(name: $name) { name } } }', { name: 'x' }, 3, true],
  ['says how long a list is', 'query ($n: [Int]) { node { some(limit: $n) { name } } }', { n: [5] }, 7, false],
  ['says it in a part', 'query ($n: Int) { node { some(limit: [$n]) { name } } }', { n: 5 }, 7, false],
  [
    'says it in a fragment',
    'query ($n: Int) { node { ...a } } fragment a on Node { some(limit: [$n]) { name } }',
    { n: 5 },
    7,
    false,
  ],
  ['leaves a part out', 'query ($is: Boolean!) { node { name @skip(if: $is) } }', { is: false }, 2, false],
  // Counted as nothing: it does not run. With another that is valid it may.
  [
    'is not valid',
    'query ($name: String!) { node { called(name: $name) { some(limit: 1000) { name } } } }',
    {},
    0,
    false,
  ],
] as const)('a variable that %s', (_what, text, variables, expected, isFixed) => {
  expect(cost(text, variables)).toEqual({ cost: expected, isFixed });
});

test('an argument that is not valid leaves out what it belongs to, and the cost is not for all', () => {
  const text = 'query ($name: String = "x") { node { name called(name: $name) { some(limit: 9) { name } } } }';
  expect(cost(text, { name: null })).toEqual({ cost: 2, isFixed: false });
  expect(cost(text)).toEqual({ cost: 13, isFixed: true });
});
