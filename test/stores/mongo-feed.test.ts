import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { deriveSecretKeys } from '../../src/domain/secrets.js';
import { createSigningKeyMemory } from '../../src/domain/signing-key-memory.js';
import type { Stores } from '../../src/domain/stores.js';
import { withMongo } from '../http/support/raw-store.js';
import { eventually } from '../http/support/eventually.js';
import { listen, type Listening } from '../support/feed.js';
import { SECRET } from '../support/services.js';
import { createBackend, describeOnMongo, type Backend } from '../support/stores.js';
import { addSession, addUser, LIFETIMES } from './builders.js';

interface Row {
  readonly _id: string;
  readonly ver?: number;
}

/** Every shape that a change may arrive in, whoever wrote it and however. */
describeOnMongo('the change stream', () => {
  let backend: Backend;
  let stores: Stores;
  let feed: Listening;
  beforeEach(async () => {
    backend = createBackend('MongoDB');
    stores = await backend.open();
    feed = listen(await backend.open());
    await feed.catchUp();
  });
  afterEach(() => backend.destroy());

  /** Replaces the whole row by hand, as a restore or another tool would. */
  const replace = (collection: string, id: string, change: Record<string, unknown>): Promise<void> =>
    withMongo(backend.url, async (database) => {
      const rows = database.collection<Row>(collection);
      const { _id, ...row } = (await rows.findOne({ _id: id })) ?? { _id: id };
      await rows.replaceOne({ _id }, { ...row, ...change });
    });

  test('a row that is replaced as a whole is told as one whose fields were set', async () => {
    const user = await addUser(stores);
    const { session } = await addSession(stores, { userId: user.id, ver: user.ver });
    const endedAt = new Date();
    await replace('sessions', session.id, { endedAt, endReason: 'revoked' });
    const ver = user.ver + 1;
    await replace('users', user.id, { ver, floor: ver });
    await feed.catchUp();
    expect(feed.told).toEqual([
      { kind: 'session-ended', sessionId: session.id, at: endedAt },
      { kind: 'user-changed', userId: user.id, ver, floor: ver, at: user.verChangedAt },
    ]);
  });

  test('fields that are set one by one are told, a floor that stays as not known', async () => {
    const user = await addUser(stores);
    await withMongo(backend.url, (database) =>
      database.collection<Row>('users').updateOne({ _id: user.id }, { $inc: { ver: 1 } }),
    );
    await feed.catchUp();
    expect(feed.told).toMatchObject([{ kind: 'user-changed', userId: user.id, ver: user.ver + 1, floor: null }]);
  });

  test('a row that was ended when it came, as from a restored backup, is told', async () => {
    const { session } = await addSession(stores);
    await stores.sessions.end(session.id, 'revoked', LIFETIMES);
    await feed.catchUp();
    feed.told.length = 0;
    await withMongo(backend.url, async (database) => {
      const rows = database.collection<Row>('sessions');
      const row = await rows.findOneAndDelete({ _id: session.id });
      await rows.insertOne({ ...row, _id: session.id });
    });
    await feed.catchUp();
    expect(feed.told.map((told) => told.kind === 'session-ended' && told.sessionId)).toEqual([session.id, session.id]);
  });

  test('a database that is dropped ends the stream, which begins again by itself', async () => {
    await withMongo(backend.url, (database) => database.dropDatabase());
    await eventually(() => feed.reports.length > 0);
    const user = await addUser(stores);
    await eventually(async () => {
      await feed.catchUp().catch(() => undefined);
      return feed.told.some((told) => told.kind === 'user-changed' && told.userId === user.id);
    });
    expect(feed.reports.map(({ kind }) => kind)).toContain('interrupted');
  });

  test('a document that is no key, which somebody put among the keys, is one that cannot be read', async () => {
    await withMongo(backend.url, (database) => database.collection<Row>('signingKeys').insertOne({ _id: 'junk' }));
    await feed.catchUp();
    expect(await stores.signingKeys.list()).toMatchObject([{ kid: 'junk', encryptedPrivateKey: '' }]);
    const unreadable: string[] = [];
    const memory = createSigningKeyMemory({
      ...{ store: stores.signingKeys, keys: deriveSecretKeys([SECRET]), clock: stores.clock },
      onUnreadable: (kid) => void unreadable.push(kid),
    });
    await memory.load();
    expect([memory.keys(), memory.unreadable()]).toEqual([[], ['junk']]);
  });
});
