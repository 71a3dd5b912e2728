import { expect, test } from '@jest/globals';
import { buildSchema, parse, type DocumentNode, type OperationDefinitionNode } from 'graphql';
import { createPreparedOperations, type PreparedOperations } from '../../src/graphql/prepared-operations.js';

const schema = buildSchema('type Query { a: Int }');

const create = (): PreparedOperations =>
  createPreparedOperations({ schema, steps: [], formatError: (formatted) => formatted });

/** As Apollo Server does once a document is valid. */
function note(prepared: PreparedOperations, text: string): DocumentNode {
  const document = parse(text);
  const operation = document.definitions[0] as OperationDefinitionNode;
  prepared.step.judge?.({ schema, context: {}, beganAtMs: 0, variables: {}, resolved: { document, operation } });
  return document;
}

test('finds what was noted by its very text, and of several operations the one that is named', () => {
  const prepared = create();
  const document = note(prepared, 'query A { a } query B { b: a }');
  expect(prepared.find('query A { a } query B { b: a }', 'B')).toEqual({
    document,
    operation: document.definitions[1],
  });
  expect(prepared.find('query A { a } query B { b: a }', null)).toBeNull();
  expect(prepared.find('query A { a } query B { b: a }', 'C')).toBeNull();
  expect(prepared.find('query A { a } query B { b: a } ', 'B')).toBeNull();
});

test('holds 100,000 tokens of documents at most: the newest, and those that were asked for', () => {
  const prepared = create();
  const textOf = (index: number): string => `{ ${'a '.repeat(1_996)} b${index}: a }`;
  note(prepared, '{ a }');
  for (let index = 0; index < 200; index += 1) {
    note(prepared, textOf(index));
    expect(prepared.find('{ a }', null)).not.toBeNull();
  }
  const kept = Array.from({ length: 200 }, (_, index) => index).filter(
    (index) => prepared.find(textOf(index), null) !== null,
  );
  expect(kept).toEqual(Array.from({ length: 49 }, (_, index) => 151 + index));
});
