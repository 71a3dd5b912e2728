import { describe, expect, test } from '@jest/globals';
import { execute, parse } from 'graphql';
import { ask, clock, expired, guarded, recorder } from './support.js';

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

  test('counts as none for what a @public root field asks for an argument, or for the type that it returns', async () => {
    const asked = guarded(
      'type Kept @auth { x: Int } type Query { open(a: Int @auth): Int @public kept: Kept @public }',
      { Query: { open: resolve('asked'), kept: resolve('kept') } },
    );
    expect(await ask(asked, '{ open(a: 1) kept { x } }', { credential: expired })).toEqual({
      data: { open: null, kept: null },
      errors: { open: 'UNAUTHENTICATED', kept: 'UNAUTHENTICATED' },
    });
    expect(ran).not.toContain('asked');
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
