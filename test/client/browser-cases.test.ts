import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'test/browser');

const OPERATION = /^[A-Z]\w*$/;

/** The names of the tests in a file: what stands before an async function, and is no address and no operation. */
const casesOf = (file: string): string[] =>
  [...readFileSync(join(folder, file), 'utf8').matchAll(/'([^'\n]+)',\s*async \(/g)]
    .map(([, name]) => name!)
    .filter((name) => /^\w/.test(name) && !OPERATION.test(name));

test('docs/browser-cases.md lists what the browser suites try, and nothing else', () => {
  const files = readdirSync(folder).filter((file) => /\.test\.tsx?$/.test(file));
  const cases = files.flatMap((file) => [`## ${file}`, ...casesOf(file).map((name) => `- ${name}`)]);
  const lines = readFileSync(join(root, 'docs/browser-cases.md'), 'utf8').split('\n');
  expect(lines.filter((line) => /^(## |- )/.test(line))).toEqual(cases);
});
