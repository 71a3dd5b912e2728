import { existsSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import Database from 'libsql';
import type { StoreVersion } from '../../src/domain/store-version.js';
import { openMigrating } from '../../src/stores/migrate.js';
import { databasePath } from '../../src/stores/sqlite/path.js';
import { readRows, withMongo } from '../http/support/raw-store.js';
import { createBackend, describeOnEachStore, describeOnMongo, type Backend } from '../support/stores.js';
import { addUser, getUser } from './builders.js';
import { VERSION_1 } from './sqlite-version-1.js';

const inspect = async ({ url }: Backend): Promise<StoreVersion> => (await openMigrating(url)).inspect();
const migrate = async ({ url }: Backend): Promise<StoreVersion> => (await openMigrating(url)).migrate();

/** Notes that the database is of this version, which it need not be. */
async function claimVersion({ url }: Backend, version: number): Promise<void> {
  if (!url.startsWith('file:')) {
    await withMongo(url, (database) =>
      database
        .collection<{ _id: string; version: number }>('schemaVersion')
        .updateOne({ _id: 'latchkey' }, { $set: { version } }, { upsert: true }),
    );
    return;
  }
  const database = new Database(databasePath(url));
  database.exec(`PRAGMA user_version = ${version}`);
  database.close();
}

describeOnEachStore('migrating', (createFresh) => {
  let backend: Backend;
  const isSqlite = (): boolean => backend.name === 'SQLite';
  beforeEach(() => {
    backend = createFresh();
  });

  test('looks at what is not there yet, and makes nothing', async () => {
    const before = isSqlite() ? null : await readRows(backend.url);
    const version = await inspect(backend);
    expect(version).toMatchObject({ found: 0 });
    expect(version.pending).toHaveLength(version.needed);
    if (isSqlite()) expect(existsSync(databasePath(backend.url))).toBe(false);
    else expect(await readRows(backend.url)).toEqual(before);
  });

  test('does once what is to be done, and nothing after that', async () => {
    const before = await inspect(backend);
    expect(await migrate(backend)).toEqual(before);
    const { needed } = before;
    expect(await migrate(backend)).toEqual({ found: needed, needed, pending: [] });
    expect(await inspect(backend)).toEqual({ found: needed, needed, pending: [] });
  });

  test('leaves nothing to do to who opens the stores, nor they to it', async () => {
    const stores = await backend.open();
    const { found, needed, pending } = await inspect(backend);
    expect([found, pending]).toEqual([needed, []]);
    const user = await addUser(stores);
    await migrate(backend);
    expect(await getUser(await backend.open(), user.id)).toEqual(user);
  });

  test('is done by several at once, beside stores that are open, and keeps what they write', async () => {
    if (isSqlite()) {
      const database = new Database(databasePath(backend.url));
      for (const statement of [...VERSION_1, 'PRAGMA user_version = 1']) database.exec(statement);
      database.close();
      const found = (await Promise.all([migrate(backend), migrate(backend)])).map((version) => version.found);
      expect(found).toEqual([1, expect.any(Number)]);
    } else {
      const stores = await backend.open();
      await claimVersion(backend, 0);
      const [, , user] = await Promise.all([migrate(backend), migrate(backend), addUser(stores)]);
      expect(await getUser(stores, user.id)).toEqual(user);
    }
    expect((await inspect(backend)).pending).toEqual([]);
  });

  test('refuses what a newer Latchkey made, as whoever opens the stores does, and leaves it as it is', async () => {
    await migrate(backend);
    const { needed } = await inspect(backend);
    await claimVersion(backend, needed + 1);
    const before = await readRows(backend.url);
    for (const act of [inspect, migrate, (newer: Backend) => newer.open()]) {
      const acting = act(backend);
      await expect(acting).rejects.toThrow(TypeError);
      await expect(acting).rejects.toThrow(
        new RegExp(`^STORE_URL: .* version ${needed + 1}, made by a newer Latchkey`),
      );
    }
    expect(await readRows(backend.url)).toEqual(before);
  });
});

describeOnMongo('migrating', () => {
  let backend: Backend;
  beforeEach(() => {
    backend = createBackend('MongoDB');
  });
  afterEach(() => backend.destroy());

  test('makes an index that is missing, whatever the version', async () => {
    await migrate(backend);
    await withMongo(backend.url, (database) => database.collection('users').dropIndex('emailKey'));
    expect((await inspect(backend)).pending).toEqual(['index users.emailKey']);
    expect((await migrate(backend)).pending).toEqual(['index users.emailKey']);
    expect((await inspect(backend)).pending).toEqual([]);
  });

  test('makes a collection that is missing, and refuses an index of the same name that is another', async () => {
    await migrate(backend);
    await withMongo(backend.url, async (database) => {
      await database.dropCollection('hashKinds');
      await database.collection('users').dropIndex('emailKey');
    });
    expect((await migrate(backend)).pending).toEqual(['index users.emailKey', 'collection hashKinds']);
    expect((await inspect(backend)).pending).toEqual([]);

    await withMongo(backend.url, async (database) => {
      await database.collection('users').dropIndex('emailKey');
      await database.collection('users').createIndex({ emailKey: 1 }, { name: 'emailKey' }, {});
    });
    expect((await inspect(backend)).pending).toEqual(['index users.emailKey']);
    await expect(migrate(backend)).rejects.toThrow(/emailKey/);
    // Another test may get this database.
    await withMongo(backend.url, (database) => database.collection('users').dropIndex('emailKey'));
    await migrate(backend);
  });

  test('drops the index that each refresh changed, by two at once', async () => {
    await migrate(backend);
    const namesOf = () =>
      withMongo(backend.url, async (database) => {
        const indexes = await database.collection('sessions').indexes();
        return indexes.map(({ name }) => name);
      });
    const expected = await namesOf();
    await withMongo(backend.url, (database) =>
      database.collection('sessions').createIndex({ userId: 1, endedAt: 1, lastSeenAt: -1 }, { name: 'user' }, {}),
    );
    await claimVersion(backend, 2);
    await Promise.all([migrate(backend), migrate(backend)]);
    expect(await namesOf()).toEqual(expected);
    expect(expected).not.toContain('user');
  });

  test('fills what documents of version 0.1 lack, and nothing of deleted users', async () => {
    const at = new Date('2026-01-31T12:00:00.000Z');
    await withMongo(backend.url, async (database) => {
      const named = (name: string) => database.collection<Record<string, unknown> & { _id: string }>(name);
      await named('users').insertMany([
        { _id: 'ann', emailKey: 'ann@example.com', createdAt: at },
        { _id: 'gone', emailKey: 'gone' },
      ]);
      await named('signingKeys').insertOne({ _id: '1', sequence: 1, activeFrom: at });
    });
    await migrate(backend);
    const { users, signingKeys } = await readRows(backend.url);
    expect(users).toEqual([
      { _id: 'ann', emailKey: 'ann@example.com', createdAt: at, mailTokens: [] },
      { _id: 'gone', emailKey: 'gone' },
    ]);
    expect(signingKeys).toEqual([{ _id: '1', sequence: 1, activeFrom: at, createdAt: at, revokedAt: null }]);
  });
});
