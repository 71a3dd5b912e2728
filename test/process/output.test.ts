import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { programForTests } from './support/program.js';

const program = programForTests();
const environment = { STORE_URL: 'file:latchkey.db' };

describe('a command whose answer nobody takes', () => {
  const COMMANDS = [
    ['--help'],
    ['user', '--help'],
    ['user', 'list'],
    ['user', 'list', '--json'],
    ['user', 'export'],
    ['keys', 'list'],
    ['schema', 'print'],
    ['completion', 'bash'],
    ['doctor'],
    ['migrate'],
  ].map((args) => [args.join(' '), args] as const);

  test.each(COMMANDS)('ends quietly where the reader has gone, as other programs do: %s', async (_name, args) => {
    await program.run({ environment, args: ['user', 'create', 'ann@example.com', '--no-password'] });
    const { code, stderr } = await program.run({ environment, args, outputTo: 'closed' });
    expect({ code, stderr }).toEqual({ code: 128 + 13, stderr: '' });
  });

  test.each(COMMANDS)('says in a line that the disk is full, and exits with 69: %s', async (_name, args) => {
    await program.run({ environment, args: ['user', 'create', 'ann@example.com', '--no-password'] });
    const { code, stderr } = await program.run({ environment, args, outputTo: '/dev/full' });
    expect({ code, stderr }).toEqual({ code: 69, stderr: expect.stringMatching(/^latchkey: ENOSPC: [^\n]*\n$/) });
  });
});

test('a .env that cannot be read is a fault of the configuration: 78, in words about it', async () => {
  mkdirSync(join(program.folder, '.env'));
  for (const args of [['serve'], ['user', 'list'], ['doctor']]) {
    const { code, stdout, stderr } = await program.run({ args });
    expect([code, stdout + stderr]).toEqual([78, expect.stringMatching(/\.env: cannot be read: EISDIR/)]);
  }
});
