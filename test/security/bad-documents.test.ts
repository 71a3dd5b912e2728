import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { describeOnEachServer } from '../http/support/fixture.js';
import { readContent } from '../http/support/raw-store.js';

const repeat = (text: string, times: number): string => text.repeat(times);

/** Documents that cost far more to judge than to write. */
const BOMBS: Record<string, string> = {
  'one field 100,000 times': `{ viewer { ${repeat('id ', 100_000)}} }`,
  '50,000 aliases': `{ ${Array.from({ length: 50_000 }, (_, index) => `a${String(index)}: __typename`).join(' ')} }`,
  '20,000 aliases of a field with fields': `{ ${Array.from({ length: 20_000 }, (_, index) => `a${String(index)}: viewer { id }`).join(' ')} }`,
  'braces 1,000 deep': repeat('{a', 1_000) + repeat('}', 1_000),
  'braces 10,000 deep': repeat('{a', 10_000) + repeat('}', 10_000),
  'braces 200,000 deep, never closed': repeat('{a', 200_000),
  'the user of the session of the user, 1,000 deep': `{ viewer ${repeat('{ sessions { user ', 1_000)}{ id }${repeat('} }', 1_000)} }`,
  'the same 5,000 deep': `{ viewer ${repeat('{ sessions { user ', 5_000)}{ id }${repeat('} }', 5_000)} }`,
  'inline fragments 5,000 deep': `{ ${repeat('... { ', 5_000)} __typename ${repeat('}', 5_000)} }`,
  'a list 5,000 deep': `mutation { signIn(input: ${repeat('[', 5_000)}${repeat(']', 5_000)}) { expiresInSeconds } }`,
  'an object 5,000 deep': `mutation { signIn(input: ${repeat('{email:', 5_000)}""${repeat('}', 5_000)}) { expiresInSeconds } }`,
  'a type 5,000 deep': `query ($a: ${repeat('[', 5_000)}Int${repeat(']', 5_000)}) { __typename }`,
  'a circle of fragments': '{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }',
  '5,000 fragments in a chain': `{ ...f0 } ${Array.from({ length: 5_000 }, (_, index) => `fragment f${String(index)} on Query { ...f${String(index + 1)} }`).join(' ')} fragment f5000 on Query { __typename }`,
  'as many fragments in a chain as there is room for': `{ ...f0 } ${Array.from({ length: 245 }, (_, index) => `fragment f${String(index)} on Query { ...f${String(index + 1)} }`).join(' ')} fragment f245 on Query { __typename }`,
  'as many aliases as there is room for': `{ ${Array.from({ length: 330 }, (_, index) => `a${String(index)}: viewer { id }`).join(' ')} }`,
  'fragments that double, 25 times': `{ ...f0 } ${Array.from({ length: 25 }, (_, index) => `fragment f${String(index)} on Query { ...f${String(index + 1)} ...f${String(index + 1)} }`).join(' ')} fragment f25 on Query { __typename }`,
  '20,000 directives': `{ __typename ${repeat('@skip(if: false) ', 20_000)} }`,
  '20,000 unknown directives': `{ __typename ${repeat('@a ', 20_000)} }`,
  '20,000 unknown fields': `{ ${Array.from({ length: 20_000 }, (_, index) => `u${String(index)}`).join(' ')} }`,
  '20,000 variables': `query (${Array.from({ length: 20_000 }, (_, index) => `$v${String(index)}: Int`).join(' ')}) { __typename }`,
  '10,000 operations': Array.from({ length: 10_000 }, (_, index) => `query q${String(index)} { __typename }`).join(' '),
  'a text of 900,000 characters': `mutation { signIn(input: { email: "${repeat('x', 900_000)}", password: "y" }) { expiresInSeconds } }`,
  'a comment of 900,000 characters': `#${repeat('x', 900_000)}`,
  'introspection 100 deep': `{ __schema { types { ${repeat('fields { type { ', 100)} name ${repeat('} }', 100)} } } }`,
};

describeOnEachServer('Bad documents', (fixture) => {
  const ask = (query: string) => fixture().server.client().ask(query);

  test.each(Object.keys(BOMBS))(
    '%s: a clear answer, soon, and nothing changed',
    async (name) => {
      const before = await readContent(fixture().backend.url);
      const { status, code, body } = await ask(BOMBS[name] ?? '');
      expect({ status: status < 500 ? 'clear' : status, code }).toEqual({
        status: 'clear',
        code: body.errors === undefined ? undefined : expect.stringMatching(/^(?!INTERNAL)[A-Z_]+$/),
      });
      expect(await readContent(fixture().backend.url)).toEqual(before);
      expect((await ask('{ __typename }')).status).toBe(200);
    },
    20_000,
  );

  test('anything at all in the place of a document is a parse or validation error', async () => {
    const words = [
      '{',
      '}',
      '(',
      ')',
      '[',
      ']',
      '...',
      'on',
      'query',
      'mutation',
      'subscription',
      'fragment',
      'viewer',
      'id',
      'signIn',
      'input',
      ':',
      '$',
      '@',
      '!',
      '=',
      '"',
      '"""',
      '#',
      '|',
      '&',
      '\\u0000',
      '1e999',
      '-',
      'null',
      '__typename',
      'extend',
      'type',
      'schema',
      '\ufeff',
    ];
    const soup = fc.array(fc.constantFrom(...words), { maxLength: 30 }).map((parts) => parts.join(' '));
    await fc.assert(
      fc.asyncProperty(fc.oneof(soup, fc.string({ unit: 'binary' })), async (query) => {
        const { status, code } = await ask(query);
        const isFine = [200, 400, 401].includes(status) && code !== 'INTERNAL_SERVER_ERROR';
        expect({ query, status, code, isFine }).toEqual({ query, status, code, isFine: true });
      }),
      { numRuns: 150 },
    );
  });
});
