import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { programForTests, type EndedProgram } from './support/program.js';

const program = programForTests();
beforeEach(() => {
  writeFileSync(join(program.folder, 'blog.graphql'), 'extend type Query { drafts: Int @auth notes: Int }');
  writeFileSync(join(program.folder, 'bad.graphql'), 'extend type Query { drafts: Int @auth @public }');
});

// A configuration that would stop a server stops no look at a schema.
const schema = (...args: string[]): Promise<EndedProgram> =>
  program.run({ environment: { PORT: 'x' }, args: ['schema', ...args] });

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
  expect(existsSync(join(program.folder, 'data'))).toBe(false);
});
