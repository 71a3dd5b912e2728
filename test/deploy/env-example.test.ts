import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { variables } from '../../src/config-variables.js';
import { readConfig } from '../../src/config.js';

const text = readFileSync(join(import.meta.dirname, '../../.env.example'), 'utf8');

/** Its lines of the form `NAME=value`, those commented out included or not. */
function readVariables(pattern: RegExp): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(pattern)].map((line): [string, string] => [line[1] ?? '', line[2] ?? '']),
  );
}

const set = readVariables(/^([A-Z_]+)=(.*)$/gm);
const shown = readVariables(/^(?:# )?([A-Z_]+)=(.*)$/gm);

test('.env.example shows every variable that there is, and no other', () => {
  // These two are Node's own.
  const ours = Object.keys(variables.shape).filter((name) => !['NODE_ENV', 'UV_THREADPOOL_SIZE'].includes(name));
  expect(Object.keys(shown).sort()).toEqual(ours.sort());
});

test('what .env.example sets are the defaults', () => {
  expect(readConfig(set)).toEqual(readConfig({}));
});

test('what .env.example shows beside the defaults is accepted as it stands', () => {
  expect(() => readConfig({ ...shown, ADMIN_PASSWORD: 'correct horse battery staple' })).not.toThrow();
});
