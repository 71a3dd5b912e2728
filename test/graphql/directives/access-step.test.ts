import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ApolloServer } from '@apollo/server';
import type { GraphQLFormattedError } from 'graphql';
import type { Credential } from '../../../src/domain/principal.js';
import { stepsPlugin } from '../../../src/graphql/operation-step.js';
import { accessStep } from '../../../src/graphql/steps/access.js';
import type { GuardContext } from '../../../src/graphql/directives/guard-context.js';
import { anonymous, clock, expired, guarded, unguarded, viewer } from './support.js';

const sdl = `
  type Query { open: Int @public secret: Int @hasRole(anyOf: ADMIN) }
  type Mutation { write: Int @public administer(text: String): Int @hasRole(anyOf: ADMIN) }
`;
let ran: string[] = [];
const act = (name: string) => () => ran.push(name);
const resolvers = {
  Query: { open: act('open'), secret: act('secret') },
  Mutation: { write: act('write'), administer: act('administer') },
};
const server = new ApolloServer<GuardContext>({
  schema: guarded(sdl, resolvers),
  plugins: [stepsPlugin([accessStep])],
  includeStacktraceInErrorResponses: false,
});

interface Answer {
  readonly data: unknown;
  readonly errors: readonly GraphQLFormattedError[] | undefined;
}

async function post(query: string, credential: Credential, more: object = {}): Promise<Answer> {
  const { body } = await server.executeOperation({ query, ...more }, { contextValue: { credential, clock } });
  if (body.kind !== 'single') throw new Error('incremental');
  return { data: body.singleResult.data, errors: body.singleResult.errors };
}

beforeAll(() => server.start());
afterAll(() => server.stop());
beforeEach(() => {
  ran = [];
});

describe('Apollo Server with the plugin', () => {
  test('answers two users of one cached document each in their own way, whoever came first', async () => {
    const query = 'query Cached { secret }';
    const first = await post(query, viewer('1', ['ADMIN']));
    const second = await post(query, viewer('2'));
    const third = await post(query, anonymous);
    const fourth = await post(query, viewer('1', ['ADMIN']));
    expect([first, second, third, fourth].map(({ data }) => data)).toEqual([
      { secret: 1 },
      { secret: null },
      { secret: null },
      { secret: 2 },
    ]);
    expect(ran).toEqual(['secret', 'secret']);
  });

  test('judges a cached mutation for each user anew', async () => {
    const query = 'mutation Cached { write administer }';
    expect((await post(query, viewer('2'))).data).toBeUndefined();
    expect((await post(query, viewer('1', ['ADMIN']))).data).toEqual({ write: 1, administer: 2 });
    const again = await post(query, anonymous);
    expect(again.data).toBeUndefined();
    expect(again.errors?.map(({ extensions }) => extensions?.['code'])).toEqual(['UNAUTHENTICATED']);
    expect(ran).toEqual(['write', 'administer']);
  });

  test('judges the operation that is asked for', async () => {
    const query = 'mutation A { write } mutation B { administer }';
    expect((await post(query, viewer('2'), { operationName: 'A' })).data).toEqual({ write: 1 });
    expect((await post(query, viewer('2'), { operationName: 'B' })).data).toBeUndefined();
    expect((await post(query, viewer('2'), { operationName: 'C' })).data).toBeUndefined();
    expect((await post(query, viewer('2'))).data).toBeUndefined();
    expect(ran).toEqual(['write']);
  });

  test('judges with the variables of the request and their defaults', async () => {
    const query = 'mutation ($on: Boolean = false) { write administer @include(if: $on) }';
    expect((await post(query, anonymous)).data).toEqual({ write: 1 });
    expect((await post(query, anonymous, { variables: { on: true } })).data).toBeUndefined();
    expect((await post(query, viewer('1', ['ADMIN']), { variables: { on: true } })).data).toEqual({
      write: 2,
      administer: 3,
    });
  });

  test('refuses a credential that is not usable, but for @public fields and introspection', async () => {
    const refused = await post('{ open secret }', expired);
    expect(refused.data).toBeUndefined();
    expect(refused.errors?.[0]?.extensions?.['code']).toBe('TOKEN_EXPIRED');
    expect(ran).toEqual([]);
    expect((await post('{ open __typename }', expired)).data).toEqual({ open: 1, __typename: 'Query' });
  });

  test('leaves documents that are not valid to Apollo', async () => {
    expect((await post('mutation { administer(text: 1) }', anonymous)).errors?.[0]?.extensions?.['code']).toBe(
      'GRAPHQL_VALIDATION_FAILED',
    );
    expect((await post('mutation {', anonymous)).errors?.[0]?.extensions?.['code']).toBe('GRAPHQL_PARSE_FAILED');
  });

  test('runs nothing where the context has no credential', async () => {
    const { body } = await server.executeOperation({ query: 'mutation { write }' }, { contextValue: {} });
    expect(body).toMatchObject({ kind: 'single', singleResult: { errors: [expect.anything()] } });
    expect(ran).toEqual([]);
  });
});

test('Apollo Server does not start on a schema that was not protected', async () => {
  const unprotected = new ApolloServer<GuardContext>({
    schema: unguarded(sdl, resolvers),
    plugins: [stepsPlugin([accessStep])],
  });
  await expect(unprotected.start()).rejects.toThrow(TypeError);
});
