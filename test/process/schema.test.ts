import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildProgram, type Program } from './support/program.js';

let program: Program;
let folder: string;
beforeAll(async () => {
  program = await buildProgram();
  folder = mkdtempSync(join(tmpdir(), 'latchkey-schema-'));
  writeFileSync(join(folder, 'blog.graphql'), 'extend type Query { drafts: Int @auth notes: Int }');
  writeFileSync(join(folder, 'bad.graphql'), 'extend type Query { drafts: Int @auth @public }');
}, 120_000);
afterAll(() => {
  program.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function schema(...args: string[]) {
  // A configuration that would stop a server stops no look at a schema.
  const command = program.start({ folder, environment: { PORT: 'x' }, args: ['schema', ...args] });
  const code = await command.ended;
  return { code, ...command.output };
}

test('latchkey schema check says who may have what, and exits with 0, or with 1 where told to fail', async () => {
  const checked = await schema('check', 'blog.graphql');
  expect(checked).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^Query\.drafts +signed in$/m) });
  expect(await schema('check', 'blog.graphql', '--fail-on', 'unprotected', '--json')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('"unprotected":["Query.notes"]'),
  });
  expect(await schema('check', 'bad.graphql')).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/Query\.drafts: /),
  });
});

test('latchkey schema print prints the merged schema, whole', async () => {
  const { code, stdout } = await schema('print', 'blog.graphql');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ {2}drafts: Int @auth$/m);
  expect(stdout.endsWith('}\n')).toBe(true);
});

test('latchkey schema exits with 64 for what it does not know, and touches no store', async () => {
  for (const args of [[], ['check', '--fail-on', 'all'], ['check', 'missing.graphql']]) {
    expect(await schema(...args)).toMatchObject({
      code: 64,
      stdout: '',
      stderr: expect.stringMatching(/^latchkey: schema/),
    });
  }
  expect(existsSync(join(folder, 'data'))).toBe(false);
});
