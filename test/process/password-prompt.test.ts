import { expect, test } from '@jest/globals';
import { createBackend } from '../support/stores.js';
import { programForTests } from './support/program.js';
import { describeOnTerminal } from './support/terminal.js';

const PASSWORD = 'correct horse battery';

describeOnTerminal('the prompt for a password', () => {
  const program = programForTests();

  test.each([
    ['twice, and shown never', [PASSWORD, PASSWORD], 0, /ann@example\.com/],
    ['again, and refused where it is another', [PASSWORD, `${PASSWORD}?`], 64, /the two passwords are not the same/],
    ['and broken off by Ctrl+C', ['\u0003'], 64, /no password was given/],
  ])('is answered %s', async (_how, answers, code, said) => {
    const backend = createBackend('SQLite');
    try {
      const environment = { STORE_URL: backend.url, LATCHKEY_SECRET: 'mJ3vQ8rT1xYwZ5kLpN7bC2dF4gH6jK9sA0eUiOqRtVx' };
      const args = ['user', 'create', 'ann@example.com', '--verified'];
      const running = program.start({ environment, args, isOnTerminal: true, isInputOpen: true });
      const [first = '', second] = answers;
      await running.answer('Password: ', `${first}\r`);
      if (second !== undefined) await running.answer('Once more: ', `${second}\r`);
      expect(await running.ended).toBe(code);
      expect(running.output.stdout).toMatch(said);
      expect(running.output.stdout).not.toContain('horse');
      const stores = await backend.open();
      expect(await stores.users.count({})).toBe(code === 0 ? 1 : 0);
    } finally {
      await backend.destroy();
    }
  });
});
