import { describe, expect, test } from '@jest/globals';
import type { Environment } from '../../src/config.js';
import { programForTests, type EndedProgram } from './support/program.js';

const program = programForTests();

const HERE: Environment = { STORE_URL: 'file:latchkey.db' };
const AWAY: Environment = {
  STORE_URL: 'mongodb://user:pass-of-store@127.0.0.1:1/latchkey?serverSelectionTimeoutMS=200',
  LATCHKEY_SECRET: 'mJ3vQ8rT1xYwZ5kLpN7bC2dF4gH6jK9sA0eUiOqRtVx',
};

describe('a refusal', () => {
  const run = (environment: Environment, args: readonly string[], input = ''): Promise<EndedProgram> =>
    program.run({ environment, args, input });

  test.each<[string, number, Environment, string[]]>([
    ['NOT_FOUND', 1, HERE, ['user', 'show', 'nobody@example.com']],
    ['NOT_FOUND', 1, HERE, ['session', 'revoke', 'nothing']],
    ['BAD_USER_INPUT', 1, HERE, ['user', 'create', 'bad', '--no-password']],
    ['WEAK_PASSWORD', 1, HERE, ['user', 'create', 'ann@example.com']],
    ['CONFIGURATION_WRONG', 78, { ...HERE, PORT: 'x' }, ['user', 'list']],
    ['CONFIGURATION_WRONG', 78, { ...HERE, LATCHKEY_SECRET: 'short' }, ['keys', 'list']],
    ['SERVICE_UNAVAILABLE', 69, AWAY, ['migrate']],
    ['SERVICE_UNAVAILABLE', 69, AWAY, ['user', 'list']],
    ['EISDIR', 69, HERE, ['user', 'import', '.']],
  ])(
    '%s is a line of JSON on standard output with --json, and else text: %i, %j, %j',
    async (code, exit, environment, args) => {
      await run(HERE, ['user', 'create', 'there@example.com', '--no-password']);
      const asJson = await run(environment, [...args, '--json'], 'short\n');
      expect({ exit: asJson.code, stderr: asJson.stderr }).toEqual({ exit, stderr: '' });
      expect(asJson.stdout.split('\n')).toHaveLength(2);
      expect(JSON.parse(asJson.stdout)).toEqual({ error: { code, message: expect.stringMatching(/\w/) } });
      expect(asJson.stdout).not.toContain('pass-of-store');
      const asText = await run(environment, args, 'short\n');
      expect(asText).toEqual({ code: exit, stdout: '', stderr: expect.stringMatching(/^latchkey: /) });
    },
  );

  test('of wrong usage is text, and so is one whose --json is the name of a user', async () => {
    const usage = await run(HERE, ['user', 'reticulate', '--json']);
    expect(usage).toEqual({ code: 64, stdout: '', stderr: expect.stringMatching(/^latchkey: user: needs one of /) });
    await run(HERE, ['user', 'create', 'there@example.com', '--no-password']);
    const named = await run(HERE, ['user', 'show', '--', '--json']);
    expect(named).toEqual({ code: 1, stdout: '', stderr: 'latchkey: NOT_FOUND: There is no user --json.\n' });
  });
});
