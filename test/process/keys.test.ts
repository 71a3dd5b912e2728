import { statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import type { Environment } from '../../src/config.js';
import { eventually } from '../http/support/eventually.js';
import { refreshed, signUp, VIEWER } from '../http/support/people.js';
import { readContent } from '../http/support/raw-store.js';
import { createBackend, describeOnEachStore, type Backend } from '../support/stores.js';
import { programForTests, type EndedProgram, type RunningProgram } from './support/program.js';

const SECRET = 'mJ3vQ8rT1xYwZ5kLpN7bC2dF4gH6jK9sA0eUiOqRtVx';
const NEW_SECRET = 'Zx9cVbN8mAs7dFgH6jKl5qWe4rTy3uIo2pPo1LkJhGf';

const program = programForTests();

const start = (environment: Environment): RunningProgram => program.start({ environment });

const keys = (environment: Environment, ...args: string[]): Promise<EndedProgram> =>
  program.run({ environment, args: ['keys', ...args] });

interface ShownKey {
  readonly id: string;
  readonly state: string;
  readonly signsFrom: string | null;
}

const listed = async (environment: Environment): Promise<ShownKey[]> =>
  JSON.parse((await keys(environment, 'list', '--json')).stdout) as ShownKey[];

describeOnEachStore('latchkey keys', (createFresh) => {
  let environment: Environment;
  let backend: Backend;
  beforeEach(() => {
    backend = createFresh();
    environment = { STORE_URL: backend.url, LATCHKEY_SECRET: SECRET, PUBLIC_URL: 'http://auth.example.com' };
  });

  test('lists none where there is none, and makes none, nor a set-up code', async () => {
    await program.run({ environment, args: ['migrate'] });
    expect(await keys(environment, 'list', '--json')).toMatchObject({ code: 0, stdout: '[]\n', stderr: '' });
    expect(await keys(environment, 'list')).toMatchObject({ code: 0, stdout: /no signing key/ });
    expect(await keys(environment, 'reencrypt', '--json')).toMatchObject({ code: 0, stdout: '{"reencrypted":0}\n' });
    const rows = Object.entries(await readContent(backend.url)).filter(([name]) => /key|code|user|session/i.test(name));
    expect(rows.length).toBeGreaterThan(2);
    for (const [, found] of rows) expect(found).toEqual([]);
  });

  test('shows, rotates and revokes the keys of a server that goes on running', async () => {
    const server = start(environment);
    await server.ready();
    const person = await signUp(server);
    const table = (await keys(environment, 'list')).stdout.trimEnd().split('\n');
    expect(table[0]).toMatch(/^ID +ALGORITHM +STATE +CREATED +SIGNS FROM +SIGNS UNTIL +VERIFIES UNTIL$/);
    const [first, next] = await listed(environment);
    expect(table.slice(1)).toMatchObject([
      expect.stringMatching(new RegExp(`^${first!.id} +EdDSA +ACTIVE +20`)),
      expect.stringMatching(new RegExp(`^${next!.id} +EdDSA +NEXT +20[^ ]+ +20[^ ]+ +- +-$`)),
    ]);
    expect(new Set(table.map((line) => line.search(/ALGORITHM|EdDSA/))).size).toBe(1);

    const rotated = await keys(environment, 'rotate', '--json');
    expect(rotated).toMatchObject({ code: 0, stderr: expect.stringContaining('"key.rotated"') });
    expect(JSON.parse(rotated.stdout)).toMatchObject({ id: next!.id, state: 'ACTIVE', signsUntil: expect.any(String) });
    expect((await listed(environment)).map(({ state }) => state)).toEqual(['RETIRED', 'ACTIVE', 'NEXT']);
    const viewer = () => server.client().ask(VIEWER, { token: person.token });
    expect((await viewer()).text('viewer.id')).toBe(person.id);

    expect((await keys(environment, 'rotate', '--revoke')).code).toBe(0);
    expect((await listed(environment)).map(({ state }) => state)).toEqual([
      ...['REVOKED', 'REVOKED', 'REVOKED', 'ACTIVE', 'NEXT'],
    ]);
    await eventually(async () => (await viewer()).code === 'TOKEN_EXPIRED');
    const again = await refreshed(server, person);
    expect((await server.client().ask(VIEWER, { token: again.token })).text('viewer.id')).toBe(person.id);
    expect(server.output.stdout.split('\n')).toHaveLength(2);
  });

  test('encrypts anew under the first secret; before that, the new one alone opens nothing', async () => {
    const server = start(environment);
    await server.ready();
    const alone = { ...environment, LATCHKEY_SECRET: NEW_SECRET };
    expect((await keys(alone, 'list')).code).toBe(78);
    const both = { ...environment, LATCHKEY_SECRET: `${NEW_SECRET},${SECRET}` };
    expect(await keys(both, 'reencrypt')).toMatchObject({ code: 0, stdout: 'Encrypted anew: 2\n' });
    expect(await keys(both, 'reencrypt', '--json')).toMatchObject({ code: 0, stdout: '{"reencrypted":0}\n' });
    expect(await listed(alone)).toHaveLength(2);
    expect((await keys(environment, 'list')).code).toBe(78);
  });

  test('exits with 78 with a wrong secret, whatever it is to do, says so, and touches nothing', async () => {
    const server = start(environment);
    await server.ready();
    server.kill('SIGTERM');
    await server.ended;
    const before = await readContent(backend.url);
    for (const args of [['list'], ['rotate'], ['rotate', '--revoke'], ['reencrypt']]) {
      const refused = await keys({ ...environment, LATCHKEY_SECRET: NEW_SECRET }, ...args);
      expect(refused).toMatchObject({ code: 78, stdout: '' });
      expect(refused.stderr).toMatch(/^\s+LATCHKEY_SECRET: the signing keys .* another secret/m);
      expect(refused.stderr).not.toMatch(new RegExp(`\\n\\s+at |${NEW_SECRET}`));
    }
    expect(await readContent(backend.url)).toEqual(before);
  });
});

test('latchkey keys rotates on a store that has none: the first and the next are there then', async () => {
  const backend = createBackend('SQLite');
  const environment = { STORE_URL: backend.url, LATCHKEY_SECRET: SECRET };
  for (const args of [['rotate'], ['rotate', '--revoke']]) {
    expect((await keys(environment, ...args)).code).toBe(0);
    expect((await listed(environment)).map(({ state }) => state).slice(-2)).toEqual(['ACTIVE', 'NEXT']);
  }
  await backend.destroy();
});

test('latchkey keys exits with 64 for what it does not know, and opens no store', async () => {
  const refused = await keys({}, 'list', '--revoke');
  expect(refused).toMatchObject({
    code: 64,
    stdout: '',
    stderr: expect.stringMatching(/^latchkey: keys list: .*--revoke/),
  });
  expect(() => statSync(join(program.folder, 'data'))).toThrow('ENOENT');
});

test('latchkey keys exits with 69 where the store is away, and with 78 for a wrong configuration', async () => {
  const away = await keys({ STORE_URL: 'mongodb://127.0.0.1:1/latchkey', LATCHKEY_SECRET: SECRET }, 'list');
  expect(away).toMatchObject({ code: 69, stdout: '', stderr: expect.stringMatching(/STORE_URL/) });
  expect(await keys({ PORT: 'x' }, 'list')).toMatchObject({ code: 78, stderr: expect.stringMatching(/PORT: must/) });
});
