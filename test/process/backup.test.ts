import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import Database from 'libsql';
import mongoose from 'mongoose';
import type { Environment } from '../../src/config.js';
import { readDocument } from '../docs/support/documents.js';
import { refresh, refreshed, SIGN_IN, SIGN_OUT, signIn, signUp, VIEWER, type Person } from '../http/support/people.js';
import { runFolder } from '../support/run-folder.js';
import { createBackend, describeOnMongo } from '../support/stores.js';
import { programForTests, type RunningProgram } from './support/program.js';

/** Asks nothing but whether the access token is good. */
const SESSION = '{ __typename session { __typename } }';

const program = programForTests();
const { blocks } = readDocument('docs/backup.md');

/** The lines of the shell block that has this one in it. */
function linesWith(text: string): string[] {
  const [found, ...others] = blocks.filter(({ language, words, text: block }) => {
    return language === 'sh' && words['needs'] !== 'docker' && block.includes(text);
  });
  if (found === undefined || others.length > 0) throw new TypeError(`not one block has ${text}`);
  return found.text.split('\n');
}

/**
 * Runs lines as whoever has nothing but the server's folder: no package is there, and `npx --package=latchkey` finds the
 * program where npm keeps it, by the names that the package gives. `test/packaging/smoke.ts` has npm itself do it.
 */
function shell(lines: readonly string[]): void {
  const elsewhere = join(runFolder(), 'npx');
  const bin = join(elsewhere, 'node_modules/.bin');
  if (!existsSync(bin)) {
    mkdirSync(bin, { recursive: true });
    const { bin: programs } = JSON.parse(readFileSync('package.json', 'utf8')) as { bin: Record<string, string> };
    for (const [name, path] of Object.entries(programs)) {
      symlinkSync(join(runFolder(), 'program', path), join(bin, name));
    }
    const npx = `#!/bin/sh\n[ "$1" = --package=latchkey ] || exit 64\nshift\nPATH="${bin}:$PATH"\nexec "$@"\n`;
    writeFileSync(join(elsewhere, 'npx'), npx);
    chmodSync(join(elsewhere, 'npx'), 0o755);
  }
  execFileSync('sh', ['-euc', lines.join('\n')], {
    cwd: program.folder,
    env: { PATH: `${elsewhere}:${process.env['PATH'] ?? ''}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

const BACKUP = linesWith('latchkey-sqlite-copy data/latchkey.db');
const RESTORE = linesWith('latchkey-sqlite-copy backup.db');

/** Carries out lines that are all commands of ours; for those that name another store, here is its environment. */
async function commands(lines: readonly string[], environment = ISSUER, usual = ISSUER): Promise<string[]> {
  const outputs: string[] = [];
  for (const line of lines) {
    const [, elsewhere, args = ''] = /^(STORE_URL='[^']*' )?npx latchkey (.*)$/.exec(line) ?? [];
    const given = elsewhere === undefined ? usual : environment;
    const { code, stdout, stderr } = await program.run({ args: args.split(' '), environment: given });
    expect({ line, code, stderr: code === 0 ? '' : stderr }).toEqual({ line, code: 0, stderr: '' });
    outputs.push(stdout.trim());
  }
  return outputs;
}

/** Keeps a server writing: sign-ups and refreshes, one behind the other, until it is told to stop. */
function load(server: RunningProgram): { readonly people: Person[]; stop(): Promise<void> } {
  const people: Person[] = [];
  let isOver = false;
  async function write(): Promise<void> {
    while (!isOver) {
      people.push(await refreshed(server, await signUp(server)));
      await setImmediate();
    }
  }
  const writing = Promise.all([write(), write()]);
  return {
    people,
    async stop() {
      isOver = true;
      await writing;
    },
  };
}

async function until(isThere: () => boolean): Promise<void> {
  while (!isThere()) await new Promise((done) => setTimeout(done, 10));
}

async function stop(server: RunningProgram): Promise<void> {
  server.kill('SIGTERM');
  expect(await server.ended).toBe(0);
}

/** The issuer of tokens, the same whatever the port. */
const ISSUER: Environment = { PUBLIC_URL: 'http://auth.example.com' };

async function start(environment = ISSUER): Promise<RunningProgram> {
  const server = program.start({ environment });
  await server.ready();
  return server;
}

test('a backup of a SQLite server under load is whole, and brings everybody back but their sessions', async () => {
  const server = await start();
  const ann = await signUp(server);
  const bob = await signUp(server);
  const writing = load(server);
  await until(() => writing.people.length >= 3);
  const before = [...writing.people];
  shell(BACKUP);
  const atBackup = writing.people.length;
  await until(() => writing.people.length > atBackup);
  await writing.stop();
  const [late] = writing.people.slice(-1) as [Person];
  for (const name of ['backup.db', 'backup.secret']) {
    expect(statSync(join(program.folder, name)).mode & 0o777).toBe(0o600);
  }

  // Since the backup: Bob signs out, Ann refreshes. Then the machine is lost.
  expect((await server.client().ask(SIGN_OUT, { token: bob.token })).code).toBeUndefined();
  const annLater = await refreshed(server, await refreshed(server, ann));
  server.kill('SIGKILL');
  await server.ended;
  rmSync(join(program.folder, 'data'), { recursive: true });
  shell(RESTORE);
  const file = new Database(join(program.folder, 'data/latchkey.db'), { readonly: true });
  expect(file.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  file.close();

  await expectOutcome({ before, late, bob, ann, annLater });
});

interface Restored {
  readonly environment?: Environment;
  /** Who had signed up by the time of the backup, and somebody who did after it. */
  readonly before: readonly Person[];
  readonly late: Person;
  /** Signed out since. */
  readonly bob: Person;
  /** Refreshed since: as she was then, and as she is. */
  readonly ann: Person;
  readonly annLater: Person;
}

/** Holds a restored store to what the document says of sessions: with nothing more done, and by its commands. */
async function expectOutcome({ environment = ISSUER, before, late, bob, ann, annLater }: Restored): Promise<void> {
  const careless = await start(environment);
  for (const { email, password } of before) await signIn(careless, { email, password });
  const input = { email: late.email, password: late.password };
  expect((await careless.client().ask(SIGN_IN, { variables: { input } })).code).toBe('INVALID_CREDENTIALS');
  const bobAgain = await refreshed(careless, bob);
  expect((await careless.client().ask(SESSION, { token: late.token })).code).toBeUndefined();
  expect((await refresh(careless, annLater.refreshToken)).code).toBe('SESSION_EXPIRED');
  await stop(careless);
  expect(careless.output.stderr).toContain('session.ahead-of-store');

  const [revoked] = await commands(linesWith('npx latchkey session revoke --all'), environment, environment);
  expect(revoked).toMatch(/^Users: \d+, sessions ended: \d+$/);
  const restored = await start(environment);
  expect((await refresh(restored, bobAgain.refreshToken)).code).toBe('SESSION_EXPIRED');
  const ask = async ({ token }: Person) => (await restored.client().ask(VIEWER, { token })).code;
  // The backup knows the sessions of the first two; of the last one it has nothing, and the key alone tells.
  expect([await ask(bobAgain), await ask(annLater), await ask(late)]).toEqual([
    ...['SESSION_EXPIRED', 'SESSION_EXPIRED', 'TOKEN_EXPIRED'],
  ]);
  for (const { email, password } of [ann, bob]) await signIn(restored, { email, password });
  await stop(restored);
}

const at = (...names: string[]): string => join(program.folder, ...names);
const contents = (folder: string): string[] => readdirSync(at(folder)).toSorted();

test('the next backup takes the place of the one before once it is whole, and leaves nothing else behind', async () => {
  const server = await start();
  await signUp(server);
  shell(BACKUP);
  const first = statSync(at('backup.db')).ino;
  await signUp(server);
  shell(BACKUP);
  expect(statSync(at('backup.db')).ino).not.toBe(first);
  expect(contents('.')).toEqual(['backup.db', 'backup.secret', 'data']);
  const file = new Database(at('backup.db'));
  expect(file.prepare('SELECT count(*) AS users FROM users').get()).toMatchObject({ users: 2 });
  file.close();
  await stop(server);
});

test.each([
  ['there is none', () => renameSync(at('data'), at('elsewhere'))],
  ['it holds nothing', () => truncateSync(at('data/latchkey.db'))],
  ['it is damaged', () => writeFileSync(at('data/latchkey.db'), 'x'.repeat(20_000), { flag: 'r+' })],
])('a backup of a database is refused where %s, and that of before is kept', async (_name, spoil) => {
  const server = await start();
  await stop(server);
  shell(BACKUP);
  const before = readFileSync(at('backup.db'));
  spoil();
  const files = contents('.');
  expect(() => shell(BACKUP)).toThrow(/latchkey-sqlite-copy: data\/latchkey\.db: /);
  expect(contents('.')).toEqual(files);
  expect(readFileSync(at('backup.db')).equals(before)).toBe(true);
});

test.each([
  ['is not there', () => rmSync(at('backup.db'))],
  ['is damaged', () => truncateSync(at('backup.db'), 50_000)],
  ['has no secret with it', () => rmSync(at('backup.secret'))],
])('a backup that %s touches nothing of what there is', async (_name, spoil) => {
  await stop(await start());
  shell(BACKUP);
  spoil();
  const files = contents('data');
  const database = readFileSync(at('data/latchkey.db'));
  expect(() => shell(RESTORE)).toThrow();
  expect(contents('data')).toEqual(files);
  expect(readFileSync(at('data/latchkey.db')).equals(database)).toBe(true);
});

test('a restore moves aside what there was, with its log', async () => {
  const server = await start();
  shell(BACKUP);
  const files = contents('data');
  expect(files).toContain('latchkey.db-wal');
  server.kill('SIGKILL');
  await server.ended;
  shell(RESTORE);
  const [aside = '', ...restored] = contents('data');
  expect(aside).toMatch(/^before-/);
  expect(restored).toEqual(['latchkey.db', 'latchkey.db.secret']);
  expect(contents(`data/${aside}`)).toEqual(files);
  for (const name of restored) expect(statSync(at('data', name)).mode & 0o777).toBe(0o600);
  await stop(await start());
});

test('a container restores by the same steps in its volume', async () => {
  const server = await start();
  const ann = await signUp(server);
  shell(BACKUP);
  await stop(server);
  const { text } = blocks.find(
    ({ words, text: each }) => words['needs'] === 'docker' && each.includes('--entrypoint sh'),
  )!;
  const [, script = ''] = /-euc '\n(.*)\n'$/s.exec(text) ?? [];
  // Docker's mounts, and what only root may do there.
  const here = script.replaceAll('/data', at('data')).replaceAll('/backup/', `${at('.')}/`);
  const inPlace = here.replace('node dist/', `node ${join(runFolder(), 'program/dist')}/`).replace(/^\s*chown .*/m, '');
  shell(inPlace.split('\n'));
  expect(contents('data')).toEqual([expect.stringMatching(/^before-/), 'latchkey.db', 'latchkey.db.secret']);
  const restored = await start();
  await signIn(restored, { email: ann.email, password: ann.password });
  await stop(restored);
});

/** Every document of a database by collection, as a dump has them. */
type Dump = ReadonlyMap<string, readonly mongoose.mongo.Document[]>;

async function withDatabase<Result>(
  url: string,
  act: (database: mongoose.mongo.Db) => Promise<Result>,
): Promise<Result> {
  const connection = await mongoose.createConnection(url).asPromise();
  try {
    return await act(connection.getClient().db(connection.name));
  } finally {
    await connection.close();
  }
}

const dump = (url: string): Promise<Dump> =>
  withDatabase(url, async (database) => {
    const collections = await database.collections();
    return new Map(
      await Promise.all(collections.map(async (each) => [each.collectionName, await each.find().toArray()] as const)),
    );
  });

/** As `mongorestore --drop` leaves them, where servers are stopped. */
const putBack = (url: string, copy: Dump): Promise<void> =>
  withDatabase(url, async (database) => {
    for (const [name, documents] of copy) {
      await database.collection(name).deleteMany({});
      if (documents.length > 0) await database.collection(name).insertMany([...documents]);
    }
  });

const SECRET = 'mJ3vQ8rT1xYwZ5kLpN7bC2dF4gH6jK9sA0eUiOqRtVx';

describeOnMongo('a store that was put back', () => {
  test('brings everybody back but their sessions', async () => {
    const backend = createBackend('MongoDB');
    const environment = { ...ISSUER, STORE_URL: backend.url, LATCHKEY_SECRET: SECRET };
    const server = await start(environment);
    const ann = await signUp(server);
    const bob = await signUp(server);
    const copy = await dump(backend.url);
    const late = await signUp(server);
    expect((await server.client().ask(SIGN_OUT, { token: bob.token })).code).toBeUndefined();
    const annLater = await refreshed(server, await refreshed(server, ann));
    await stop(server);
    await putBack(backend.url, copy);
    await expectOutcome({ environment, before: [ann, bob], late, bob, ann, annLater });
    await backend.destroy();
  });
});

describeOnMongo('a server on SQLite', () => {
  test('goes to MongoDB by the commands of the document, and everybody signs in', async () => {
    const server = await start();
    const people = [await signUp(server), await signUp(server)];
    await stop(server);
    const backend = createBackend('MongoDB');
    const environment = { STORE_URL: backend.url, LATCHKEY_SECRET: SECRET };
    const outputs = await commands(linesWith('user export'), environment);
    expect(outputs).toEqual(['Exported: 2', expect.stringContaining('2')]);
    const moved = program.start({ environment });
    await moved.ready();
    for (const { id, email, password } of people) {
      expect((await signIn(moved, { email, password })).id).toBe(id);
    }
    await stop(moved);
    await backend.destroy();
  });
});
