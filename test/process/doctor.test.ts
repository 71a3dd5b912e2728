import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import Database from 'libsql';
import type { Environment } from '../../src/config.js';
import { readContent, withMongo } from '../http/support/raw-store.js';
import { startMailServer } from '../support/mail-server.js';
import { createBackend, describeOnEachStore, describeOnMongo, type Backend } from '../support/stores.js';
import { programForTests } from './support/program.js';

const SECRET = 'mJ3vQ8rT1xYwZ5kLpN7bC2dF4gH6jK9sA0eUiOqRtVx';
const OTHER_SECRET = 'ohPdnYMl079X2jNASFyJoHrpRSHNGoql6L-otPIHzBA';

const program = programForTests();

interface Answer {
  readonly code: number | NodeJS.Signals;
  readonly healthy: boolean;
  /** What is not well, by level and code. */
  readonly told: string[];
}

async function doctor(environment: Environment): Promise<Answer> {
  const { code, stdout, stderr } = await program.run({ environment, args: ['doctor', '--json'] });
  expect([stderr, stdout.trimEnd().split('\n')]).toEqual(['', [expect.stringMatching(/^\{/)]]);
  expect(stdout).not.toContain(SECRET);
  const { healthy, findings } = JSON.parse(stdout) as { healthy: boolean; findings: Record<string, string>[] };
  for (const { level, message, cure } of findings) {
    expect(message).toBeTruthy();
    if (level !== 'ok') expect(cure).toBeTruthy();
  }
  const unwell = findings.filter(({ level }) => level !== 'ok');
  return { code, healthy, told: unwell.map(({ level, code: found }) => `${level} ${found}`) };
}

/** Of a test's server, whatever the configuration: one member, and the release that is at hand. */
const OF_THE_SERVER = /^warning MONGODB_(FEW_MEMBERS|UNSUPPORTED)$/;
const beside = ({ told }: Answer): string[] => told.filter((finding) => !OF_THE_SERVER.test(finding));

const serve = async (environment: Environment): Promise<void> => {
  const server = program.start({ environment });
  await server.ready();
  server.kill('SIGTERM');
  await server.ended;
};

describeOnEachStore('latchkey doctor', (createFresh) => {
  let environment: Environment;
  let backend: Backend;
  beforeEach(() => {
    backend = createFresh();
    environment = { STORE_URL: backend.url, LATCHKEY_SECRET: SECRET, PUBLIC_URL: 'http://localhost:4000' };
  });

  test('finds a store healthy that a server has started on, exits with 0, and changes nothing', async () => {
    await serve(environment);
    const before = await readContent(backend.url);
    const answer = await doctor(environment);
    expect({ ...answer, told: beside(answer) }).toEqual({ code: 0, healthy: true, told: [] });
    const { stdout, code } = await program.run({ environment, args: ['doctor'] });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^ok +indexes +as declared, and used\n/m)]);
    expect(stdout).toMatch(/^Healthy, warnings: \d\.\n$/m);
    expect(await readContent(backend.url)).toEqual(before);
  });

  test('finds another secret than the one of the keys, and exits with 1', async () => {
    await serve(environment);
    const answer = await doctor({ ...environment, LATCHKEY_SECRET: OTHER_SECRET });
    expect({ ...answer, told: beside(answer) }).toEqual({ code: 1, healthy: false, told: ['error KEY_UNREADABLE'] });
    const after = await doctor({ ...environment, LATCHKEY_SECRET: `${OTHER_SECRET},${SECRET}` });
    expect([after.code, beside(after)]).toEqual([0, ['warning KEY_OLD_SECRET']]);
  });

  test('finds a configuration that no server would start with, and exits with 78', async () => {
    const answer = await doctor({ ...environment, COOKIE_SAME_SITE: 'none', COOKIE_DOMAIN: 'example.org' });
    expect(answer).toEqual({
      ...{ code: 78, healthy: false, told: ['error CONFIGURATION_WRONG', 'error CONFIGURATION_WRONG'] },
    });
  });

  test('judges ADMIN_PASSWORD where there is no administrator, as a server that starts does', async () => {
    const given = (ADMIN_PASSWORD: string): Environment => ({
      ...{ ...environment, ADMIN_EMAIL: 'ann@example.com', ADMIN_PASSWORD },
    });
    expect((await doctor(given('short'))).told).toContain('error CONFIGURATION_WRONG');
    await serve(environment);
    expect((await doctor(given('short'))).code).toBe(78);
    await serve(given('correct horse battery'));
    const answer = await doctor(given('short'));
    expect([answer.code, beside(answer)]).toEqual([0, []]);
  });

  test('finds what runs, and yet not as it is meant to', async () => {
    await serve(environment);
    const answer = await doctor({ ...environment, PUBLIC_URL: 'http://auth.example.com', TRUST_PROXY: '0.0.0.0/1' });
    expect([answer.code, beside(answer)]).toEqual([
      1,
      ['error PUBLIC_URL_PLAIN', 'warning INTROSPECTION_ON', 'error TRUST_PROXY_WIDE', 'warning MAIL_LOGGED'],
    ]);
  });
});

test('latchkey doctor finds what somebody did to a SQLite file and its secret', async () => {
  const environment = { STORE_URL: 'file:latchkey.db' };
  await serve(environment);
  const path = join(program.folder, 'latchkey.db');
  chmodSync(path, 0o644);
  chmodSync(`${path}.secret`, 0o640);
  const database = new Database(path);
  database.exec('DROP INDEX sessions_of_user');
  database.exec('DROP TRIGGER users_deleted; CREATE TRIGGER users_deleted AFTER DELETE ON users BEGIN SELECT 1; END');
  database.close();
  expect(await doctor(environment)).toEqual({
    ...{ code: 1, healthy: false },
    told: ['error SECRET_FILE_OPEN', 'error FILE_OPEN', 'error INDEX_MISSING', 'error INDEX_ALTERED'],
  });
  writeFileSync(`${path}.secret`, 'too short');
  expect((await doctor(environment)).told).toEqual(expect.arrayContaining(['error SECRET_FILE_SHORT']));
});

describe('latchkey doctor on a damaged SQLite file', () => {
  const PAGE_BYTES = 4_096;
  const noise = (bytes: number): Buffer => Buffer.alloc(bytes, 'no database');
  test.each<[string, (file: Buffer) => Buffer]>([
    ['its header is junk', (file) => Buffer.concat([noise(64), file.subarray(64)])],
    ['its header lacks its end', (file) => file.subarray(0, 50)],
    ['it is cut off in its middle', (file) => file.subarray(0, file.length / 2 + 100)],
    [
      'the page of its schema is junk',
      (file) => Buffer.concat([file.subarray(0, 100), noise(PAGE_BYTES - 100), file.subarray(PAGE_BYTES)]),
    ],
    ['it is no database at all', () => noise(20_000)],
  ])('tells of the damage, and of a backup as its cure, where %s', async (_how, damage) => {
    const environment = { STORE_URL: 'file:latchkey.db', LATCHKEY_SECRET: SECRET };
    await serve(environment);
    const path = join(program.folder, 'latchkey.db');
    writeFileSync(path, damage(readFileSync(path)));
    expect(await doctor(environment)).toEqual({ code: 1, healthy: false, told: ['error FILE_DAMAGED'] });
    const { stdout } = await program.run({ environment, args: ['doctor'] });
    expect(stdout).toMatch(/^ +→ .*put back a backup/m);
  });

  test('tells of it whatever page is overwritten, where SQLite can tell', async () => {
    const environment = { STORE_URL: 'file:latchkey.db', LATCHKEY_SECRET: SECRET };
    await serve(environment);
    const path = join(program.folder, 'latchkey.db');
    const whole = readFileSync(path);
    const pages = whole.length / PAGE_BYTES;
    for (let page = 1; page < pages; page += Math.ceil(pages / 8)) {
      const file = Buffer.from(whole);
      noise(PAGE_BYTES).copy(file, page * PAGE_BYTES);
      writeFileSync(path, file);
      expect([page, await doctor(environment)]).toEqual([
        page,
        { code: 1, healthy: false, told: ['error FILE_DAMAGED'] },
      ]);
    }
  });
});

describe('latchkey doctor finds what a server would not start with, and goes on', () => {
  const codeOfServe = async (environment: Environment): Promise<number | NodeJS.Signals> =>
    (await program.run({ environment, args: ['serve'] })).code;

  test.each<[number, string, string, Environment]>([
    [78, 'error CONFIGURATION_WRONG', 'TRUSTED_DOCUMENTS: ./missing.json', { TRUSTED_DOCUMENTS: './missing.json' }],
    [78, 'error CONFIGURATION_WRONG', 'TRUSTED_DOCUMENTS: alien.json', { TRUSTED_DOCUMENTS: 'alien.json' }],
    [78, 'error CONFIGURATION_WRONG', 'ADMIN_PASSWORD: ', { ADMIN_EMAIL: 'a@example.com', ADMIN_PASSWORD: 'short' }],
    [78, 'error CONFIGURATION_WRONG', 'ADMIN_EMAIL: ', { ADMIN_EMAIL: 'nobody', ADMIN_PASSWORD: 'Long enough, yes' }],
    [
      69,
      'error HOST_UNUSABLE',
      'HOST is no.such.host.invalid',
      { HOST: 'no.such.host.invalid', PUBLIC_URL: 'http://localhost' },
    ],
    // RFC 5737: of nobody's machine.
    [69, 'error HOST_UNUSABLE', 'HOST is 192.0.2.1', { HOST: '192.0.2.1', PUBLIC_URL: 'http://localhost' }],
  ])('with %i: %s, %s', async (code, finding, words, change) => {
    writeFileSync(join(program.folder, 'alien.json'), '{"a":"{ nothingOfOurs }"}');
    const environment = { STORE_URL: 'file:latchkey.db', LATCHKEY_SECRET: SECRET, ...change };
    expect(await doctor(environment)).toEqual({ code: code === 78 ? 78 : 1, healthy: false, told: [finding] });
    const { stdout } = await program.run({ environment, args: ['doctor'] });
    expect(stdout).toContain(words);
    expect(stdout).toMatch(/^ok +store +not there yet/m);
    expect(await codeOfServe(environment)).toBe(code);
  });
});

test('latchkey doctor tries the mail server, and tells no password of it', async () => {
  const mailServer = await startMailServer();
  try {
    const environment = { SMTP_URL: mailServer.url };
    const { code, stdout } = await program.run({ environment, args: ['doctor'] });
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^ok +mail +goes out by SMTP: \S+ answers$/m)]);
    expect(mailServer.offered()).toBe(0);
  } finally {
    await mailServer.close();
  }
  const away = { SMTP_URL: 'smtp://mailer:pass-of-mail@127.0.0.1:1' };
  expect(await doctor(away)).toEqual({ code: 0, healthy: true, told: ['warning SMTP_AWAY'] });
  expect((await program.run({ environment: away, args: ['doctor'] })).stdout).not.toContain('pass-of-mail');
});

test('latchkey doctor makes no file, and exits with 64 for what it does not know', async () => {
  expect(await doctor({})).toEqual({ code: 0, healthy: true, told: [] });
  expect((await program.run({ args: ['doctor', 'who'] })).code).toBe(64);
  expect(existsSync(join(program.folder, 'data'))).toBe(false);
});

test('latchkey doctor exits with 69 where the store is away, and tells no password', async () => {
  const STORE_URL = 'mongodb://user:pass-of-store@127.0.0.1:1/latchkey';
  const answer = await program.run({ environment: { STORE_URL, LATCHKEY_SECRET: SECRET }, args: ['doctor'] });
  expect(answer).toMatchObject({ code: 69, stdout: expect.stringMatching(/^error +store +.*STORE_URL/m) });
  expect(answer.stdout + answer.stderr).not.toContain('pass-of-store');
});

describeOnMongo('latchkey doctor', () => {
  test('finds indexes that are missing, altered or hidden, and what STORE_URL asks for in vain', async () => {
    const backend = createBackend('MongoDB');
    try {
      const environment = { LATCHKEY_SECRET: SECRET, PUBLIC_URL: 'http://localhost:4000' };
      await program.run({ environment: { ...environment, STORE_URL: backend.url }, args: ['migrate'] });
      await withMongo(backend.url, async (database) => {
        await database.command({ collMod: 'users', index: { name: 'emailKey', hidden: true } });
      });
      const STORE_URL = `${backend.url}${backend.url.includes('?') ? '&' : '?'}w=1`;
      const hidden = await doctor({ ...environment, STORE_URL });
      expect([hidden.code, beside(hidden)]).toEqual([1, ['warning STORE_URL_OVERRULED', 'error INDEX_UNUSED']]);
      await withMongo(backend.url, async (database) => {
        await database.collection('users').dropIndex('emailKey');
        await database.collection('users').createIndexes([{ key: { emailKey: 1 }, name: 'emailKey' }]);
        await database.collection('sessions').dropIndex('purge');
      });
      const changed = await doctor({ ...environment, STORE_URL: backend.url });
      expect([changed.code, beside(changed)]).toEqual([1, ['error INDEX_MISSING', 'error INDEX_ALTERED']]);
    } finally {
      // What it made of the indexes must not reach another test.
      await withMongo(backend.url, (database) => database.dropDatabase());
      await backend.destroy();
    }
  });
});
