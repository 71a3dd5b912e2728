import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Connection } from 'mongoose';
import mongoose from 'mongoose';
import { purgeMoment } from '../../src/domain/session.js';
import type { Stores } from '../../src/domain/stores.js';
import type { User } from '../../src/domain/user.js';
import { ADMIN } from '../../src/domain/user.js';
import { openStores } from '../../src/stores/open.js';
import { listen } from '../support/feed.js';
import type { Backend } from '../support/stores.js';
import { createBackend, describeOnMongo } from '../support/stores.js';
import {
  LIFETIMES,
  MINUTE,
  SECOND,
  addSession,
  addUser,
  getSession,
  later,
  presentationOf,
  randomHash,
  rotate,
} from './builders.js';

/** What the database's profiler says of one statement. */
interface Profile {
  readonly ns: string;
  readonly planSummary?: string;
  readonly execStats?: unknown;
  readonly nModified?: number;
  readonly docsExamined?: number;
  readonly command: Readonly<Record<string, unknown>>;
}

describeOnMongo('the stores', () => {
  let backend: Backend;
  let stores: Stores;
  let connection: Connection;

  beforeEach(async () => {
    backend = createBackend('MongoDB');
    stores = await backend.open();
    connection = await mongoose.createConnection(backend.url).asPromise();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await connection.close();
    await backend.destroy();
  });

  /** What the server did for these calls. */
  async function profile(act: () => Promise<unknown>): Promise<Profile[]> {
    const database = connection.getClient().db(connection.name);
    await database.command({ profile: 2 });
    await act();
    await database.command({ profile: 0 });
    const statements = await database.collection<Profile>('system.profile').find().sort({ ts: 1 }).toArray();
    await database.dropCollection('system.profile');
    return statements.filter(({ ns }) => /\.(users|sessions|signingKeys|setUpCodes)$/.test(ns));
  }

  /** The index that each statement went by; `_id_` also where the server has a shortcut to it. */
  const indexesUsed = async (act: () => Promise<unknown>): Promise<(string | undefined)[]> =>
    (await profile(act)).map(({ execStats, planSummary = '' }) =>
      /^(IDHACK|EXPRESS_IXSCAN \{ _id)/.test(planSummary)
        ? '_id_'
        : /"indexName":"(\w+)"/.exec(JSON.stringify(execStats))?.[1],
    );

  const serverTime = async (): Promise<Date> =>
    ((await connection.getClient().db().command({ hello: 1 })) as { localTime: Date }).localTime;

  test('bind their models to a connection of their own, and none to mongoose', () => {
    expect(mongoose.modelNames()).toEqual([]);
    expect(mongoose.connections.filter(({ models }) => 'Session' in models)).toHaveLength(1);
  });

  describe('indexes', () => {
    const declared = {
      users: ['_id_', 'banned', 'change', 'emailKey', 'list', 'outbox', 'purge', 'roles'],
      sessions: ['_id_', 'end', 'outbox', 'owner', 'purge'],
      heartbeats: ['_id_', 'purge'],
      setUpCodes: ['_id_', 'purge'],
      attempts: ['_id_', 'purge'],
      signingKeys: ['_id_', 'outbox'],
      rolePermissions: ['_id_', 'outbox'],
      auditEntries: ['_id_', 'action', 'actorId', 'age', 'ipAddress', 'purge', 'subjectId'],
    };
    const indexesOf = (name: string): Promise<Record<string, unknown>[]> =>
      connection.getClient().db(connection.name).collection(name).indexes();

    test('are as declared, unique for addresses and with a time to live for what is over', async () => {
      for (const [name, expected] of Object.entries(declared)) {
        const names = (await indexesOf(name)).map((index) => index['name']);
        expect([name, names.toSorted()]).toEqual([name, expected]);
      }
      expect(await indexesOf('users')).toContainEqual(expect.objectContaining({ name: 'emailKey', unique: true }));
      for (const name of ['users', 'sessions', 'setUpCodes', 'auditEntries']) {
        const purge = { name: 'purge', key: { purgeAt: 1 }, expireAfterSeconds: 0 };
        expect(await indexesOf(name)).toContainEqual(expect.objectContaining(purge));
      }
      const forgotten = { name: 'purge', key: { expiresAt: 1 }, expireAfterSeconds: 0 };
      expect(await indexesOf('attempts')).toContainEqual(expect.objectContaining(forgotten));
    });

    test('are made anew by servers that start at once, where they are missing', async () => {
      const database = connection.getClient().db(connection.name);
      for (const name of Object.keys(declared)) await database.collection(name).dropIndexes();
      const opened = await Promise.all([1, 2, 3, 4].map(() => openStores(backend.url)));
      await Promise.all(opened.map((each) => each.close()));
      for (const [name, expected] of Object.entries(declared))
        expect(await indexesOf(name)).toHaveLength(expected.length);
    });

    test('serve the lookups that every request or refresh makes', async () => {
      const added = await rotate(stores, await addSession(stores));
      const { id, userId } = added.session;
      expect(await indexesUsed(() => stores.users.findByEmailKey('a@b.c'))).toEqual(['emailKey']);
      const byId = [
        () => stores.users.findById(userId),
        () => stores.users.listById([userId]),
        () => stores.sessions.findById(id),
        () => stores.sessions.present(presentationOf(added), LIFETIMES),
        () => stores.sessions.markAnswered(added.session, new Date()),
        () => stores.sessions.confirm([{ sessionId: id, generation: 1 }]),
      ];
      for (const act of byId) expect(await indexesUsed(act)).toEqual(['_id_']);
      // The others take the entry of the first out again, which the audit log has by then.
      const ended = await indexesUsed(() => stores.sessions.end(id, 'revoked', LIFETIMES));
      expect(ended).toEqual(['_id_', '_id_', '_id_', '_id_']);
    });

    test('serve what a node loads of revocations when it starts', async () => {
      const user = await addUser(stores);
      const { session } = await addSession(stores);
      await stores.sessions.end(session.id, 'revoked', LIFETIMES);
      const load = async (): Promise<void> => {
        const feed = listen(stores);
        await feed.catchUp();
        await feed.close();
        expect(feed.told).toMatchObject([{ sessionId: session.id }, { userId: user.id }]);
      };
      expect(await indexesUsed(load)).toEqual(['end', 'change']);
    });

    test('serve lists of sessions and of users', async () => {
      await addSession(stores);
      const user = await addUser(stores, { roles: [ADMIN] });
      expect(await indexesUsed(() => stores.sessions.listOpenByUser([user.id]))).toEqual(['owner']);
      expect(await indexesUsed(() => stores.sessions.endBelow(user.id, 5, 'banned', LIFETIMES))).toEqual([
        'owner',
        'owner',
      ]);
      expect(await indexesUsed(() => stores.users.hasAdministrator())).toEqual(['roles']);
      expect(await indexesUsed(() => stores.users.list({ role: ADMIN }, 10, null))).toEqual(['roles']);
      expect(await indexesUsed(() => stores.users.list({}, 10, user))).toEqual(['list']);
      expect(await indexesUsed(() => stores.users.list({ banned: true }, 10, null))).toEqual(['banned']);
      expect(await indexesUsed(() => stores.users.list({ banned: false }, 10, null))).toEqual(['list']);
      const between = { createdAfter: new Date(0), createdBefore: new Date(1) };
      expect(await indexesUsed(() => stores.users.list(between, 10, null))).toEqual(['list']);
    });

    test('serve a search for a part of an address, by its keys', async () => {
      await Promise.all(Array.from({ length: 50 }, () => addUser(stores)));
      const wanted = await addUser(stores, { email: 'rare.one@example.com' });
      let found: User[] = [];
      const search = async (): Promise<void> =>
        void (found = await stores.users.list({ emailContains: 'E.O' }, 10, null));
      const [entry] = await profile(search);
      expect([entry?.planSummary, entry?.docsExamined]).toEqual(['IXSCAN { createdAt: 1, _id: 1, emailKey: 1 }', 1]);
      expect(found).toEqual([wanted]);
    });
  });

  describe('present', () => {
    test('is one statement, acknowledged by a majority, that writes nothing where it changes nothing', async () => {
      const added = await addSession(stores);
      const rotated = await rotate(stores, added);
      await stores.sessions.confirm([{ sessionId: added.session.id, generation: 1 }]);
      const changesNothing = [
        presentationOf(rotated),
        presentationOf(rotated, { hash: randomHash() }),
        presentationOf(added),
      ];
      for (const presentation of changesNothing) {
        const statements = await profile(() => stores.sessions.present(presentation, LIFETIMES));
        expect(statements).toMatchObject([
          { nModified: 0, command: { findAndModify: 'sessions', writeConcern: { w: 'majority', j: true } } },
        ]);
      }
      const rotates = presentationOf(rotated, { arrivedAt: later(rotated.now, LIFETIMES.graceMs) });
      expect(await profile(() => stores.sessions.present(rotates, LIFETIMES))).toMatchObject([{ nModified: 1 }]);
    });
  });

  test('decide by reads of what a majority has', async () => {
    const user = await addUser(stores);
    const statements = await profile(async () => {
      await stores.users.findById(user.id);
      await stores.sessions.listOpenByUser([user.id]);
      await stores.users.hasAdministrator();
    });
    expect(statements).toHaveLength(3);
    for (const { command } of statements) expect(command['readConcern']).toMatchObject({ level: 'majority' });
  });

  describe('purgeAt', () => {
    const purgeAtOf = async (id: string): Promise<unknown> =>
      (await connection.collection<{ _id: string; purgeAt: Date }>('sessions').findOne({ _id: id }))?.purgeAt;

    test('is within an hour from the retention after the earlier of both lifetimes, or the retention after the end', async () => {
      const { retentionMs } = LIFETIMES;
      const { session } = await addSession(stores);
      expect(await purgeAtOf(session.id)).toEqual(purgeMoment(session, retentionMs));
      const rotated = await rotate(stores, { session, now: session.answeredAt });
      expect(await purgeAtOf(session.id)).toEqual(purgeMoment(rotated.session, retentionMs));
      const longIdle = { ...LIFETIMES, idleTtlMs: LIFETIMES.ttlMs * 2 };
      const displaced = await stores.sessions.displace(
        rotated.session,
        { hash: randomHash(), nonce: randomHash() },
        longIdle,
      );
      expect(displaced?.session.generation).toBe(2);
      expect(await purgeAtOf(session.id)).toEqual(purgeMoment(displaced!.session, retentionMs));
      const ended = await stores.sessions.end(session.id, 'revoked', LIFETIMES);
      expect(await purgeAtOf(session.id)).toEqual(later(ended?.endedAt ?? new Date(0), retentionMs));
    });

    test('of the set-up codes is when the last code and the claim are over', async () => {
      const document = async (): Promise<Record<string, unknown> | null> =>
        connection.collection('setUpCodes').findOne();
      const hash = randomHash();
      await stores.setUpCodes.create(hash, MINUTE);
      const codes = (await document())?.['codes'] as { expiresAt: Date }[];
      expect((await document())?.['purgeAt']).toEqual(codes[0]?.expiresAt);
      await stores.setUpCodes.claim(hash, (await addUser(stores)).id, 2 * MINUTE);
      const claim = (await document())?.['claim'] as { lapsesAt: Date };
      expect((await document())?.['purgeAt']).toEqual(claim.lapsesAt);
    });
  });

  describe('time', () => {
    test("is the database's, in rows and in stores.clock, though this machine's clock is an hour off", async () => {
      const real = Date.now.bind(Date);
      jest.spyOn(Date, 'now').mockImplementation(() => real() + 60 * MINUTE);
      const skewed = await backend.open();
      const before = await serverTime();
      const { session, now } = await addSession(skewed);
      const user = await addUser(skewed);
      const clockNow = skewed.clock.now();
      const after = await serverTime();
      for (const moment of [session.createdAt, now, user.createdAt, new Date(user.ver)]) {
        expect(moment.getTime()).toBeGreaterThanOrEqual(before.getTime());
        expect(moment.getTime()).toBeLessThanOrEqual(after.getTime());
      }
      expect(Math.abs(clockNow.getTime() - before.getTime())).toBeLessThan(5 * SECOND);
      expect((await getSession(skewed, session.id)).createdAt).toEqual(session.createdAt);
    });
  });
});
