import { expect, test } from '@jest/globals';
import { listDocuments, parseDocument } from './support/documents.js';
import { moduleFaults } from './support/modules.js';

/** What the compiler has to find, and where; checked with the rest, since it takes as long to start as to check. */
const WRONG = parseDocument(
  'example.md',
  [
    ...[
      '# Example',
      '<!-- given',
      'declare const text: string;',
      '-->',
      '```ts',
      "import { AuthError } from 'latchkey';",
    ],
    ...["throw new AuthError('WRONG');", '```', '```tsx file=page.tsx', 'export const page = <p>{text}</p>;', '```'],
    ...['```ts file=server.ts', "import { page } from './page.js';", 'const number: number = page;', '```'],
    ...['```ts file=server.ts', 'number.toFixed(text);', '```'],
  ].join('\n'),
);

test('the modules of documents compile against the package, and what does not is told with its line', async () => {
  const blocks = [...listDocuments().flatMap((document) => document.blocks), ...WRONG.blocks];
  const checked = blocks.filter(({ language }) => /^tsx?$/.test(language));
  const faults = await moduleFaults(checked);
  const isMeant = (fault: string): boolean => fault.startsWith('example.md:');
  expect(faults.filter((fault) => !isMeant(fault))).toEqual([]);
  expect(faults.filter(isMeant)).toEqual([
    expect.stringMatching(/^example\.md:7: error TS2345: .*"WRONG"/),
    expect.stringMatching(/^example\.md:10: error TS\d+: Cannot find name 'text'/),
    expect.stringMatching(/^example\.md:14: error TS2322/),
    expect.stringMatching(/^example\.md:17: error TS\d+: Cannot find name 'text'/),
  ]);
});
