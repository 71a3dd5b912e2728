import { describe, expect, test } from '@jest/globals';
import { buildSchema, parse } from 'graphql';
import { pino } from 'pino';
import { protectSchema } from '../../src/graphql/directives/protect.js';
import { createKeptDocuments } from '../../src/graphql/kept-documents.js';
import { DEFAULT_LIMITS } from '../../src/graphql/limits.js';
import { createGraphQLServer } from '../../src/graphql/server.js';

const PADDING = 'a'.repeat(100_000);
/** Few tokens, and as long as a body may be. */
const LONG = new Map<string, (index: number) => string>([
  ['a comment', (index) => `{ __typename } # ${index} ${PADDING}`],
  ['a text', (index) => `{ __type(name: "${index} ${PADDING}") { name } }`],
  ['what separates tokens', (index) => `{ __typename${' '.repeat(100_000 + index)}}`],
]);
/** Of nobody. */
const CONTEXT = { auth: {}, request: {}, client: {}, principal: null, credential: { kind: 'none' } };
const MOST_BYTES = 50_000_000;

describe('Documents that are kept', () => {
  test.each([...LONG])('take no more memory for %s', (_name, documentOf) => {
    const documents = createKeptDocuments();
    for (let index = 0; index < 400; index += 1) {
      const text = documentOf(index);
      documents.set(text, parse(text));
    }
    const characters = [...documents.keys()].reduce((sum, { length }) => sum + length, 0);
    // What was read holds a text once more; two bytes a character.
    expect(characters * 4).toBeLessThanOrEqual(MOST_BYTES);
    expect(documents.size).toBeGreaterThan(50);
  });

  test('are the few thousand of an application', () => {
    const documents = createKeptDocuments();
    for (let index = 0; index < 1_000; index += 1) {
      const text = `query Q${index} { ${'viewer { id email roles } '.repeat(3)} }`;
      documents.set(text, parse(text));
    }
    expect(documents.size).toBe(1_000);
  });

  test('in Apollo Server, too, are bounded by how long they are', async () => {
    const { apollo } = createGraphQLServer({
      schema: protectSchema({ schema: buildSchema('type Query { viewer: String }'), roles: [] }),
      introspection: true,
      limits: DEFAULT_LIMITS,
      log: pino({ level: 'silent' }),
    });
    const parsed: string[] = [];
    apollo.addPlugin({
      async requestDidStart({ request: { query = '' } }) {
        return { parsingDidStart: async () => void parsed.push(query) };
      },
    });
    const ask = (query: string) => apollo.executeOperation({ query }, { contextValue: CONTEXT as never });
    const documentOf = LONG.get('a comment') ?? String;
    const first = documentOf(0);
    await ask(first);
    await ask(first);
    expect(parsed).toEqual([first]);
    for (let index = 1; index < 200; index += 1) await ask(documentOf(index));
    await ask(first);
    expect(parsed.filter((query) => query === first)).toHaveLength(2);
    await apollo.stop();
  });
});
