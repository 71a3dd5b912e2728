import { renameSync } from 'node:fs';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import Database from 'libsql';
import { PURGE_STEP_MS, purgeMoment, sessionExpiry } from '../../src/domain/session.js';
import type { Stores } from '../../src/domain/stores.js';
import { createSqliteClient } from '../../src/stores/sqlite/client.js';
import { purgeRevocations } from '../../src/stores/sqlite/purge.js';
import { ManualClock } from '../support/clock.js';
import { listen } from '../support/feed.js';
import type { Backend } from '../support/stores.js';
import { createBackend } from '../support/stores.js';
import { VERSION_1 } from './sqlite-version-1.js';
import {
  LIFETIMES,
  MINUTE,
  NOBODY_SPARED,
  SECOND,
  addSession,
  addUser,
  changedUser,
  getSession,
  getUser,
  randomHash,
  rotate,
} from './builders.js';

const backends: Backend[] = [];
afterEach(async () => {
  jest.useRealTimers();
  await Promise.all(backends.splice(0).map((backend) => backend.destroy()));
});

function createFresh(): Backend {
  const backend = createBackend('SQLite');
  backends.push(backend);
  return backend;
}

/** A connection of our own to the file, as another process would have. */
const connectTo = (backend: Backend): Database.Database =>
  new Database(backend.url.slice('file:'.length), { timeout: 1000 });

function withDatabase<Result>(backend: Backend, act: (database: Database.Database) => Result): Result {
  const database = connectTo(backend);
  try {
    return act(database);
  } finally {
    database.close();
  }
}

async function whileConnected(backend: Backend, act: (database: Database.Database) => Promise<void>): Promise<void> {
  const database = connectTo(backend);
  try {
    await act(database);
  } finally {
    database.close();
  }
}

const dump = (backend: Backend): unknown =>
  withDatabase(backend, (database) => database.prepare('SELECT * FROM sqlite_schema').all());

describe('the file', () => {
  test('holds what was acknowledged, for another process and after a restart', async () => {
    const backend = createFresh();
    const stores = await backend.open();
    const user = await addUser(stores);
    const ids = withDatabase(backend, (database) => database.prepare('SELECT id FROM users').all());
    expect(ids).toEqual([{ id: user.id }]);
    await stores.close();
    expect(await getUser(await backend.open(), user.id)).toEqual(user);
  });

  test('is in write-ahead mode, where readers and the writer do not block each other', async () => {
    const backend = createFresh();
    const stores = await backend.open();
    const mode = withDatabase(backend, (database) => database.pragma('journal_mode', { simple: true }));
    expect(mode).toMatchObject({ journal_mode: 'wal' });
    await addUser(stores);
    await whileConnected(backend, async (database) => {
      database.exec('BEGIN; SELECT * FROM users');
      await addUser(stores);
    });
    expect(await stores.users.count({})).toBe(2);
  });
});

describe('migrations', () => {
  test('change nothing in a database that is up to date', async () => {
    const backend = createFresh();
    await (await backend.open()).close();
    const before = dump(backend);
    await backend.open();
    await backend.open();
    expect(dump(backend)).toEqual(before);
  });

  test('refuse a database that a newer Latchkey made, and leave it as it is', async () => {
    const backend = createFresh();
    await (await backend.open()).close();
    withDatabase(backend, (database) => database.exec('PRAGMA user_version = 999; DROP TABLE set_up_codes'));
    const before = dump(backend);
    const opening = backend.open();
    await expect(opening).rejects.toThrow(TypeError);
    await expect(opening).rejects.toThrow(/^STORE_URL: .*newer Latchkey: update/);
    expect(dump(backend)).toEqual(before);
  });

  test('made beside a server that goes on leave it what it reads, wherever its columns come to be', async () => {
    const backend = createFresh();
    const stores = await backend.open();
    const [user, { session }] = [await addUser(stores), await addSession(stores)];
    const [sessionBefore, userBefore] = [await getSession(stores, session.id), await getUser(stores, user.id)];
    withDatabase(backend, (database) =>
      database.exec(`ALTER TABLE users ADD COLUMN later TEXT;
        ALTER TABLE sessions DROP COLUMN device_name; ALTER TABLE sessions ADD COLUMN device_name TEXT`),
    );
    expect(await getUser(stores, user.id)).toEqual(userBefore);
    const sessionAfter = await getSession(stores, session.id);
    expect({ ...sessionAfter, deviceName: null }).toEqual({ ...sessionBefore, deviceName: null });
  });
});

describe('failures', () => {
  test('a file that another process keeps locked: SERVICE_UNAVAILABLE, and well again afterwards', async () => {
    const backend = createFresh();
    const stores = await backend.open();
    await whileConnected(backend, async (database) => {
      database.exec('BEGIN IMMEDIATE');
      await expect(addUser(stores)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
      await stores.ping();
    });
    await addUser(stores);
    expect(await stores.users.count({})).toBe(1);
  });

  test('a statement that failed once does what the next call asks of it', async () => {
    const stores = await createFresh().open();
    const { session } = await addSession(stores);
    await expect(addSession(stores, { id: session.id })).rejects.toMatchObject({
      code: 'SQLITE_CONSTRAINT_PRIMARYKEY',
    });
    const next = await addSession(stores);
    expect(await stores.sessions.findById(next.session.id)).toEqual(next.session);
  });

  test('what is behind a NUL is not cut off: the NUL becomes U+FFFD', async () => {
    const stores = await createFresh().open();
    const { session } = await addSession(stores, { deviceName: 'Phone\0of Ann' });
    expect((await getSession(stores, session.id)).deviceName).toBe('Phone\uFFFDof Ann');
  });

  test('a store that is closed: SERVICE_UNAVAILABLE; closing it twice does no harm', async () => {
    const stores = await createFresh().open();
    await stores.close();
    await stores.close();
    await expect(stores.ping()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await expect(addUser(stores)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });
});

describe('the purge', () => {
  /** A session that expires in a minute, and one ended now: the moments after which they may go. */
  async function addOneOfEach(stores: Stores): Promise<{ readonly isThere: () => Promise<boolean[]> }> {
    const lifetimes = { ...LIFETIMES, idleTtlMs: MINUTE };
    const { session: expiring } = await addSession(stores);
    await stores.sessions.present(
      {
        sessionId: expiring.id,
        hash: expiring.hash,
        generation: 0,
        arrivedAt: stores.clock.now(),
        successorHash: randomHash(),
        nonce: randomHash(),
      },
      lifetimes,
    );
    const { session: ended } = await addSession(stores);
    await stores.sessions.end(ended.id, 'revoked', LIFETIMES);
    const isThere = async (): Promise<boolean[]> => {
      const found = await Promise.all([expiring.id, ended.id].map((id) => stores.sessions.findById(id)));
      return found.map((session) => session !== null);
    };
    return { isThere };
  }

  test('runs each minute, and deletes what ended or expired longer ago than its retention', async () => {
    jest.useFakeTimers({ doNotFake: ['Date', 'nextTick', 'queueMicrotask', 'performance'] });
    const clock = new ManualClock();
    const stores = await createFresh().open({ clock });
    const { isThere } = await addOneOfEach(stores);
    const { retentionMs } = LIFETIMES;

    clock.advance(retentionMs - 1);
    jest.advanceTimersByTime(MINUTE);
    expect(await isThere()).toEqual([true, true]);
    clock.advance(1);
    expect(await isThere()).toEqual([true, true]);
    jest.advanceTimersByTime(MINUTE);
    expect(await isThere()).toEqual([true, false]);
    clock.advance(MINUTE + PURGE_STEP_MS);
    jest.advanceTimersByTime(MINUTE);
    expect(await isThere()).toEqual([false, false]);
  });

  test('is put off by a refresh where the session outlives the step that it would have gone at', async () => {
    const backend = createFresh();
    const clock = new ManualClock();
    const stores = await backend.open({ clock });
    let added = await addSession(stores);
    const purgeAt = (): number => {
      const rows = withDatabase(backend, (database) => database.prepare('SELECT purge_at FROM sessions').all([]));
      return (rows as { purge_at: number }[])[0]?.purge_at ?? NaN;
    };
    const moments = new Set([purgeAt()]);
    for (let minutes = 10; minutes < 60; minutes += 10) {
      clock.advance(10 * MINUTE);
      added = await rotate(stores, added);
      expect(added.session.generation).toBe(minutes / 10);
      moments.add(purgeAt());
      const wantedMs = sessionExpiry(added.session).getTime() + LIFETIMES.retentionMs;
      expect(purgeAt()).toBeGreaterThan(wantedMs);
      expect(purgeAt()).toBeLessThanOrEqual(wantedMs + PURGE_STEP_MS);
    }
    // The row moves in its index once an hour, and not with each refresh.
    expect(moments.size).toBeLessThanOrEqual(2);
  });

  test.each([
    ['another release', (row: Database.Database) => row.exec('UPDATE sessions SET purge_at = purge_at - 60000'), 0],
    ['another retention', () => undefined, 30 * MINUTE],
  ])('goes by what the next refresh says of a row that %s wrote', async (_who, write, moreMs) => {
    const backend = createFresh();
    const stores = await backend.open({ clock: new ManualClock() });
    const added = await addSession(stores);
    withDatabase(backend, write);
    const lifetimes = { ...LIFETIMES, retentionMs: LIFETIMES.retentionMs + moreMs };
    const { session } = await rotate(stores, added, lifetimes);
    expect(session.generation).toBe(1);
    const [row] = withDatabase(backend, (database) => database.prepare('SELECT purge_at FROM sessions').all([]));
    expect(row).toEqual({ purge_at: purgeMoment(session, lifetimes.retentionMs).getTime() });
  });

  test('takes the sessions that a crash kept from ending with their deleted user, and no others', async () => {
    const clock = new ManualClock();
    const backend = createFresh();
    const stores = await backend.open({ clock });
    const user = await addUser(stores);
    const left = await addSession(stores, { userId: user.id, ver: user.ver });
    const { retentionMs } = LIFETIMES;
    const { floor } = changedUser(await stores.users.delete(user.id, NOBODY_SPARED, retentionMs));
    const later = await addSession(stores, { userId: user.id, ver: floor + 1 });
    const other = await addSession(stores);
    const ids = [left, later, other].map(({ session }) => session.id);
    const isThere = async (): Promise<boolean[]> => {
      const reopened = await backend.open({ clock });
      return Promise.all(ids.map(async (id) => (await reopened.sessions.findById(id)) !== null));
    };
    clock.advance(retentionMs - 1);
    expect(await isThere()).toEqual([true, true, true]);
    clock.advance(1);
    expect(await isThere()).toEqual([false, true, true]);
  });

  test('runs when the store is opened', async () => {
    const clock = new ManualClock();
    const backend = createFresh();
    const { isThere } = await addOneOfEach(await backend.open({ clock }));
    clock.advance(LIFETIMES.retentionMs + SECOND);
    await backend.open({ clock });
    expect(await isThere()).toEqual([true, false]);
  });
});

describe('the table of revocations', () => {
  const rows = (backend: Backend): unknown[] =>
    withDatabase(backend, (database) => database.prepare('SELECT * FROM revocations').all());

  /** Makes of the file what version 0.1 would have made of these users and sessions. */
  function makeVersion1(backend: Backend): void {
    const path = backend.url.slice('file:'.length);
    renameSync(path, `${path}.new`);
    withDatabase(backend, (database) => {
      for (const statement of VERSION_1) database.exec(statement);
      database.exec(`ATTACH '${path}.new' AS new`);
      for (const table of ['users', 'sessions']) {
        const columns = database.prepare(`SELECT name FROM pragma_table_info('${table}')`).all() as { name: string }[];
        const names = columns.map(({ name }) => name).join(', ');
        database.exec(`INSERT INTO ${table} (${names}) SELECT ${names} FROM new.${table}`);
      }
      database.exec('PRAGMA user_version = 1');
    });
  }

  test('begins with what an older database knows of ends and changes', async () => {
    const backend = createFresh();
    const stores = await backend.open();
    const user = await addUser(stores);
    const { session } = await addSession(stores, { userId: user.id });
    await stores.sessions.end(session.id, 'revoked', LIFETIMES);
    const { endedAt } = await getSession(stores, session.id);
    await stores.close();
    makeVersion1(backend);
    const feed = listen(await backend.open());
    await feed.catchUp();
    expect(feed.told).toEqual([
      { kind: 'session-ended', sessionId: session.id, at: endedAt },
      { kind: 'user-changed', userId: user.id, ver: user.ver, floor: user.floor, at: user.verChangedAt },
    ]);
  });

  test('loses by a purge what concerns no token any more; what bears no time gets one', async () => {
    const backend = createFresh();
    const clock = new ManualClock();
    const stores = await backend.open({ clock });
    const [old, young, deleted] = [await addSession(stores), await addSession(stores), await addUser(stores)];
    await stores.sessions.end(old.session.id, 'revoked', LIFETIMES);
    clock.advance(MINUTE);
    await stores.sessions.end(young.session.id, 'revoked', LIFETIMES);
    withDatabase(backend, (database) => database.prepare('DELETE FROM users WHERE id = ?').run([deleted.id]));
    await stores.close();

    const client = createSqliteClient(backend.url.slice('file:'.length), clock);
    purgeRevocations(client, MINUTE);
    client.close();
    expect(rows(backend)).toMatchObject([
      { session_id: young.session.id, at: clock.now().getTime() },
      { user_id: deleted.id, at: clock.now().getTime() },
    ]);
  });
});
