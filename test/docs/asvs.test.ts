import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'docs/asvs.md'), 'utf8');
/** Number, level, what it asks for, what is here, tests. */
const rows = [...text.matchAll(/^\| (\d+\.\d+\.\d+) +\|(.*)\|$/gm)].map(([, number = '', rest = '']) => ({
  number,
  cells: rest.split('|').map((cell) => cell.trim()),
}));

const upTo = (section: string, last: number): string[] =>
  Array.from({ length: last }, (_, index) => `${section}.${String(index + 1)}`);

test('docs/asvs.md has every requirement that it says it has, once', () => {
  expect(rows.map(({ number }) => number)).toEqual([
    ...[...upTo('3.3', 5), ...upTo('3.5', 8), ...upTo('4.3', 2)],
    ...[...upTo('6.1', 3), ...upTo('6.2', 12), ...upTo('6.3', 8), ...upTo('6.4', 6)],
    ...[...upTo('7.1', 3), ...upTo('7.2', 4), ...upTo('7.3', 2), ...upTo('7.4', 5), ...upTo('7.5', 3)],
    ...['8.3.2', '10.4.5', '10.4.8', ...upTo('9.1', 3), ...upTo('9.2', 4), '16.2.5', ...upTo('16.3', 4)],
  ]);
});

test('each says whether it is met, by which tests, and every test that it names is there', () => {
  for (const { number, cells } of rows) {
    const [level, , here = '', tests = ''] = cells;
    expect({ number, level, here }).toEqual({
      ...{ number, level: expect.stringMatching(/^[123]$/) },
      here: expect.stringMatching(/^(Met|Partly|Not met|Yours|n\/a)[ ,:.]?/),
    });
    if (here.startsWith('Met'))
      expect({ number, tests }).toEqual({ number, tests: expect.stringContaining('.test.ts') });
    for (const [, file = ''] of tests.matchAll(/`([^`]+)`/g)) {
      expect({ number, file, isThere: existsSync(join(root, 'test', file)) }).toEqual({ number, file, isThere: true });
    }
  }
});
