import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'docs/security-model.md'), 'utf8');
/** Of its tables of threats: the last cell of each row says where the answer is, and what holds it. */
const places = [...text.matchAll(/^\|(?! (?:threat|who) |[ -]+\|).*\| (.*?) +\|$/gm)].map(([, cell = '']) => cell);
const filesIn = (cell: string): string[] =>
  [...cell.matchAll(/`([\w./-]+\.tsx?)`/g)].map(([, file = '']) => (file.startsWith('src/') ? file : `test/${file}`));

test('docs/security-model.md names a test for each threat, and what it names is there', () => {
  const threats = places.filter((cell) => cell.includes('`'));
  expect(threats.length).toBeGreaterThan(50);
  expect(threats.filter((cell) => !/\.(test|contract)\.tsx?`/.test(cell))).toEqual([]);
  expect(threats.flatMap(filesIn).filter((file) => !existsSync(join(root, file)))).toEqual([]);
});
