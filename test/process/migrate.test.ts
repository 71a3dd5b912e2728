import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import Database from 'libsql';
import type { Environment } from '../../src/config.js';
import { databasePath } from '../../src/stores/sqlite/path.js';
import { PASSWORD, signIn, signUp } from '../http/support/people.js';
import { withMongo } from '../http/support/raw-store.js';
import { describeOnEachStore } from '../support/stores.js';
import { programForTests, type EndedProgram } from './support/program.js';

const SECRET = 'mJ3vQ8rT1xYwZ5kLpN7bC2dF4gH6jK9sA0eUiOqRtVx';

const program = programForTests();

/** Raises the noted version by one, as a newer Latchkey would. */
async function raiseVersion(url: string): Promise<void> {
  if (!url.startsWith('file:')) {
    await withMongo(url, (database) => database.collection('schemaVersion').updateOne({}, { $inc: { version: 1 } }));
    return;
  }
  const database = new Database(databasePath(url));
  const [{ user_version: version } = { user_version: 0 }] = database.prepare('PRAGMA user_version').all() as {
    user_version: number;
  }[];
  database.exec(`PRAGMA user_version = ${version + 1}`);
  database.close();
}

describeOnEachStore('latchkey migrate', (createFresh) => {
  let environment: Environment;
  beforeEach(() => {
    environment = { STORE_URL: createFresh().url, LATCHKEY_SECRET: SECRET };
  });
  const run = (...args: string[]): Promise<EndedProgram> => program.run({ environment, args });

  test('brings a store up to date once, says what it made, and a check has nothing to find then', async () => {
    const check = await run('migrate', '--check', '--json');
    expect(check).toMatchObject({ code: 1, stderr: '' });
    const { needed, pending } = JSON.parse(check.stdout) as { needed: number; pending: string[] };
    expect(pending).toHaveLength(needed);
    const migrated = await run('migrate', '--json');
    expect([migrated.code, JSON.parse(migrated.stdout)]).toEqual([
      0,
      { version: needed, needed, pending: [], done: pending },
    ]);
    expect(await run('migrate', '--check')).toMatchObject({ code: 0, stdout: expect.stringMatching(/nothing to do/) });
    expect(await run('migrate')).toMatchObject({ code: 0, stdout: expect.stringMatching(/nothing to do/) });
  });

  test('goes beside a server that runs, which serves on', async () => {
    const server = program.start({ environment });
    await server.ready();
    const person = await signUp(server);
    expect(await run('migrate')).toMatchObject({ code: 0 });
    expect((await signIn(server, { email: person.email, password: PASSWORD })).id).toBe(person.id);
  });

  test('refuses a store that a newer Latchkey made, as every command does, with 78', async () => {
    await run('migrate');
    await raiseVersion(environment['STORE_URL'] ?? '');
    const commands = [['migrate'], ['migrate', '--check'], ['serve'], ['user', 'list'], ['keys', 'list']];
    for (const args of commands) {
      const { code, stdout, stderr } = await run(...args);
      expect([args, code, stdout]).toEqual([args, 78, '']);
      expect(stderr).toMatch(/made by a newer Latchkey/);
    }
  });
});

test('latchkey migrate --check makes no file, and exits with 64 for what it does not know', async () => {
  expect((await program.run({ args: ['migrate', '--check'] })).code).toBe(1);
  expect((await program.run({ args: ['migrate', 'now'] })).code).toBe(64);
  expect(existsSync(join(program.folder, 'data'))).toBe(false);
});
