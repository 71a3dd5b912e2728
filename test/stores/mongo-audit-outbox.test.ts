import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Connection } from 'mongoose';
import mongoose from 'mongoose';
import type { UserId } from '../../src/domain/ids.js';
import { PURGE_STEP_MS } from '../../src/domain/session.js';
import type { Stores } from '../../src/domain/stores.js';
import { createBackend, describeOnMongo, type Backend } from '../support/stores.js';
import { listAll } from './audit-entry-store.contract.js';
import {
  addSession,
  addUser,
  FOR_GOOD,
  getSession,
  later,
  LIFETIMES,
  MINUTE,
  newUser,
  NOBODY_SPARED,
  randomHash,
  rotate,
} from './builders.js';

/** A document, as far as these tests look at it. */
interface Raw {
  readonly _id: string;
  readonly outbox?: readonly { readonly id: string }[];
  readonly purgeAt?: Date | null;
  readonly heldPurgeAt?: Date | null;
  readonly endedAt?: Date | null;
}

describeOnMongo('the outbox of the audit log', () => {
  let backend: Backend;
  let stores: Stores;
  let connection: Connection;
  beforeEach(async () => {
    backend = createBackend('MongoDB');
    stores = await backend.open();
    connection = await mongoose.createConnection(backend.url).asPromise();
  });
  afterEach(async () => {
    // The next test may be lent the same database.
    await refuseEntries(false);
    await connection.close();
    await backend.destroy();
  });

  const raw = (collection: string, id: string): Promise<Raw | null> =>
    connection.collection<Raw>(collection).findOne({ _id: id });
  const outboxOf = async (collection: string, id: string): Promise<Raw['outbox']> =>
    (await raw(collection, id))?.outbox;

  /** The database itself refuses every entry of the log, until the second call. */
  const refuseEntries = (isRefused: boolean): Promise<unknown> =>
    connection
      .getClient()
      .db(connection.name)
      .command({ collMod: 'auditEntries', validator: isRefused ? { $expr: false } : {} });

  /**
   * A change whose entry the log refuses, on a server that does not know that yet: it is made, and a server that cannot
   * write it down does not go on.
   */
  const unwritten = async (change: (server: Stores) => Promise<unknown>): Promise<void> =>
    expect(change(await backend.open())).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });

  /** Runs this once, between the entries' way to the log and the emptying of the outbox in this collection. */
  function beforeEmptying(collection: string, act: () => Promise<void>): void {
    const { bulkWrite } = mongoose.mongo.Collection.prototype;
    const spy = jest.spyOn(mongoose.mongo.Collection.prototype, 'bulkWrite');
    spy.mockImplementation(async function (this: mongoose.mongo.Collection, ...given) {
      if (this.collectionName === collection) {
        spy.mockRestore();
        await act();
      }
      return bulkWrite.apply(this, given);
    });
  }

  /** Changes of every kind of document, while the log takes no entry. */
  async function changeAll(): Promise<{ userId: UserId; sessionId: string }> {
    const user = await addUser(stores);
    const { session } = await addSession(stores);
    await refuseEntries(true);
    const key = { sequence: 1, kid: 'kid', algorithm: 'EdDSA', publicKey: '{}', encryptedPrivateKey: 'x' } as const;
    await unwritten((server) => server.users.ban(user.id, { ...FOR_GOOD, reason: 'spam' }, NOBODY_SPARED));
    await unwritten((server) => server.users.recordSignIn(user.id));
    await unwritten((server) => server.sessions.end(session.id, 'signed-out', LIFETIMES));
    await unwritten((server) => server.signingKeys.create(key, { delayMs: 0, notBefore: null }));
    await unwritten((server) => server.rolePermissions.replace('EDITOR', ['post:read']));
    return { userId: user.id, sessionId: session.id };
  }

  const MADE = ['permissions-changed', 'sign-in', 'sign-out', 'signing-key-created', 'user-banned'];
  const actions = async (): Promise<string[]> =>
    (await listAll(stores))
      .map(({ action }) => action)
      .filter((action) => action !== 'user-created' && action !== 'audit-log-resumed')
      .sort();

  test('is empty once a change has been acknowledged, in documents of every kind', async () => {
    const user = await addUser(stores);
    await stores.users.ban(user.id, FOR_GOOD, NOBODY_SPARED);
    const { session } = await addSession(stores);
    await stores.sessions.end(session.id, 'signed-out', LIFETIMES);
    await stores.rolePermissions.replace('EDITOR', ['post:read']);
    for (const [collection, id] of [
      ['users', user.id],
      ['sessions', session.id],
      ['rolePermissions', 'EDITOR'],
    ] as const) {
      const document = await raw(collection, id);
      expect([collection, document]).toEqual([collection, expect.objectContaining({ _id: id })]);
      expect([collection, document && ('outbox' in document || 'heldPurgeAt' in document)]).toEqual([
        collection,
        false,
      ]);
    }
  });

  test('holds, in the document that was changed, what the log could not take; the next look brings it, once', async () => {
    const { userId, sessionId } = await changeAll();
    expect(await actions()).toEqual([]);
    expect(await outboxOf('users', userId)).toHaveLength(2);
    for (const [collection, id] of [
      ['sessions', sessionId],
      ['signingKeys', '1'],
      ['rolePermissions', 'EDITOR'],
    ] as const) {
      expect([collection, await outboxOf(collection, id)]).toEqual([collection, [expect.anything()]]);
    }
    await stores.auditEntries.recover().catch(() => undefined);
    expect(await actions()).toEqual([]);

    await refuseEntries(false);
    await stores.auditEntries.recover();
    expect(await actions()).toEqual(MADE);
    const entries = await listAll(stores);
    expect(entries.find(({ action }) => action === 'user-banned')).toMatchObject({ subjectId: userId, reason: 'spam' });
    for (const [collection, id] of [
      ['users', userId],
      ['sessions', sessionId],
      ['signingKeys', '1'],
      ['rolePermissions', 'EDITOR'],
    ] as const) {
      expect([collection, await outboxOf(collection, id)]).toEqual([collection, undefined]);
    }
    await stores.auditEntries.recover();
    expect(await listAll(stores)).toEqual(entries);
  });

  test('tells a log that refuses from one that is away, until it takes an entry again, which stands in it', async () => {
    expect(stores.isAuditLogTaking()).toBe(true);
    const user = await addUser(stores);
    await refuseEntries(true);
    const signIn = (): Promise<void> => stores.users.recordSignIn(user.id);
    await expect(signIn()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(stores.isAuditLogTaking()).toBe(false);
    await expect(stores.auditEntries.recover()).rejects.toThrow('refuses');
    await refuseEntries(false);
    await expect(signIn()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(stores.isAuditLogTaking()).toBe(false);
    await stores.auditEntries.recover();
    await signIn();
    expect(stores.isAuditLogTaking()).toBe(true);
    await stores.auditEntries.recover();
    expect(await listAll(stores, { actions: ['audit-log-resumed'] })).toHaveLength(1);
    expect(await listAll(stores, { actions: ['sign-in'] })).toHaveLength(2);
  });

  test('is added to by one change, while the log refuses: no other is made, not even half', async () => {
    const user = await addUser(stores);
    const { session } = await addSession(stores);
    await refuseEntries(true);
    const refused = (change: Promise<unknown>): Promise<void> =>
      expect(change).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await refused(stores.users.recordSignIn(user.id));
    await refused(stores.users.ban(user.id, FOR_GOOD, NOBODY_SPARED));
    await refused(stores.sessions.end(session.id, 'signed-out', LIFETIMES));
    await refused(stores.rolePermissions.replace('EDITOR', ['post:read']));
    const imported = { ban: null, createdAt: null, lastSignInAt: null, roles: ['EDITOR'] };
    await refused(stores.users.importMany([{ ...newUser({ email: 'new@example.com' }), ...imported }]));
    expect((await stores.users.findById(user.id))?.ban).toBeNull();
    expect(await stores.users.findByEmailKey('new@example.com')).toBeNull();
    expect(await outboxOf('users', user.id)).toHaveLength(1);
    expect((await raw('sessions', session.id))?.endedAt).toBeNull();
    expect(await raw('rolePermissions', 'EDITOR')).toBeNull();
  });

  test('is emptied by the next look where it could not be at once: the change is good, and its entry in the log', async () => {
    const user = await addUser(stores);
    beforeEmptying('users', () => Promise.reject(new mongoose.mongo.MongoServerError({ message: 'not allowed' })));
    await stores.users.recordSignIn(user.id);
    expect(stores.isAuditLogTaking()).toBe(true);
    expect([await outboxOf('users', user.id), await actions()]).toEqual([[expect.anything()], ['sign-in']]);
    await stores.auditEntries.recover();
    expect([await outboxOf('users', user.id), await actions()]).toEqual([undefined, ['sign-in']]);
  });

  test('of one entry that is refused stops no other, in its collection and the others', async () => {
    const { userId } = await changeAll();
    const others = [await addRefused(), await addRefused()];
    const database = connection.getClient().db(connection.name);
    await database.command({ collMod: 'auditEntries', validator: { subjectId: { $ne: userId } } });
    await expect(stores.auditEntries.recover()).rejects.toThrow('refuses entries of 1 documents');
    expect(stores.isAuditLogTaking()).toBe(false);
    expect(await actions()).toEqual(
      [...MADE.filter((action) => !/^(sign-in|user-banned)$/.test(action)), 'sign-in', 'sign-in'].sort(),
    );
    for (const id of others) expect(await outboxOf('users', id)).toBeUndefined();
    expect(await outboxOf('users', userId)).toHaveLength(2);
    await refuseEntries(false);
    await stores.auditEntries.recover();
    expect(await actions()).toEqual([...MADE, 'sign-in', 'sign-in'].sort());
    expect(stores.isAuditLogTaking()).toBe(true);

    async function addRefused(): Promise<UserId> {
      await refuseEntries(false);
      const { id } = await addUser(stores);
      await refuseEntries(true);
      await unwritten((server) => server.users.recordSignIn(id));
      return id;
    }
  });

  test('keeps what is added between the way of the others to the log and its emptying', async () => {
    const user = await addUser(stores);
    const second = await backend.open();
    beforeEmptying('users', async () => {
      await refuseEntries(true);
      await unwritten((server) => server.users.ban(user.id, FOR_GOOD, NOBODY_SPARED));
      await refuseEntries(false);
    });
    await stores.users.recordSignIn(user.id);
    expect(await actions()).toEqual(['sign-in']);
    expect(await outboxOf('users', user.id)).toHaveLength(1);
    await second.auditEntries.recover();
    expect(await actions()).toEqual(['sign-in', 'user-banned']);
    expect(await outboxOf('users', user.id)).toBeUndefined();
  });

  test('keeps the time of the change, however late the entry comes to the log', async () => {
    const user = await addUser(stores);
    await refuseEntries(true);
    await unwritten((server) => server.users.ban(user.id, FOR_GOOD, NOBODY_SPARED));
    const { ban } = (await stores.users.findById(user.id))!;
    await refuseEntries(false);
    await stores.users.grantRole(user.id, 'EDITOR');
    const [granted, banned] = await listAll(stores, { subjectId: user.id });
    expect([granted?.action, banned?.action, banned?.at]).toEqual(['role-granted', 'user-banned', ban?.at]);
  });

  test('is emptied by many servers at once, of which each entry comes to the log once', async () => {
    await changeAll();
    await refuseEntries(false);
    const others = await Promise.all(Array.from({ length: 5 }, () => addUser(stores)));
    await refuseEntries(true);
    for (const { id } of others) await unwritten((server) => server.users.recordSignIn(id));
    await refuseEntries(false);
    const servers = [stores, await backend.open(), await backend.open(), await backend.open()];
    // Two that bring the same entry at the same moment: one may be told so, and its next look finds it done.
    await Promise.allSettled(servers.map((server) => server.auditEntries.recover()));
    await Promise.all(servers.map((server) => server.auditEntries.recover()));
    expect(await actions()).toEqual([...MADE, ...Array<string>(5).fill('sign-in')].sort());
    const waiting = await Promise.all(
      ['users', 'sessions', 'signingKeys', 'rolePermissions'].map((name) =>
        connection.collection(name).countDocuments({ outbox: { $exists: true } }),
      ),
    );
    expect(waiting).toEqual([0, 0, 0, 0]);
  });

  test('loses none of what is added while it is emptied', async () => {
    const user = await addUser(stores);
    const servers = [stores, await backend.open()];
    await Promise.all([
      ...Array.from({ length: 30 }, (_, count) => servers[count % 2]!.users.recordSignIn(user.id)),
      ...Array.from({ length: 10 }, () => servers[1]!.auditEntries.recover().catch(() => undefined)),
    ]);
    expect(await listAll(stores, { actions: ['sign-in'] })).toHaveLength(30);
    expect(await outboxOf('users', user.id)).toBeUndefined();
  });

  describe('a document that is to be deleted', () => {
    test('stays until the log has what it holds, and goes as soon as it would have', async () => {
      const user = await addUser(stores);
      const { session } = await addSession(stores);
      await refuseEntries(true);
      await unwritten((server) => server.sessions.end(session.id, 'signed-out', LIFETIMES));
      await unwritten((server) => server.users.delete(user.id, NOBODY_SPARED, MINUTE));
      const endedAt = (await raw('sessions', session.id))?.endedAt;
      const due = later(endedAt!, LIFETIMES.retentionMs);
      expect(await raw('sessions', session.id)).toMatchObject({ purgeAt: null, heldPurgeAt: due });
      expect(await raw('users', user.id)).toMatchObject({ purgeAt: null, heldPurgeAt: expect.any(Date) });

      await refuseEntries(false);
      await stores.auditEntries.recover();
      expect(await raw('sessions', session.id)).toMatchObject({ purgeAt: due });
      const deleted = await raw('users', user.id);
      expect(deleted).toMatchObject({ purgeAt: expect.any(Date) });
      expect(deleted && 'heldPurgeAt' in deleted).toBe(false);
      expect(await actions()).toEqual(['sign-out', 'user-deleted']);
    });

    test('and is a key that nobody needs any more, stays as long', async () => {
      const key = { sequence: 1, kid: 'kid', algorithm: 'EdDSA', publicKey: '{}', encryptedPrivateKey: 'x' } as const;
      await refuseEntries(true);
      await unwritten((server) => server.signingKeys.create(key, { delayMs: 0, notBefore: null }));
      const [row] = await stores.signingKeys.list();
      expect(await stores.signingKeys.delete(row!, new Date(0))).toBe(false);
      await refuseEntries(false);
      await stores.auditEntries.recover();
      expect(await stores.signingKeys.delete(row!, new Date(0))).toBe(true);
      expect(await actions()).toEqual(['signing-key-created', 'signing-key-deleted']);
    });

    test('and is taken by a new account of the same id, is not deleted at all', async () => {
      const user = await addUser(stores);
      await refuseEntries(true);
      await unwritten((server) => server.users.delete(user.id, NOBODY_SPARED, MINUTE));
      await refuseEntries(false);
      await addUser(stores, { id: user.id });
      expect(await raw('users', user.id)).toMatchObject({ purgeAt: null });
      await stores.auditEntries.recover();
      expect(await raw('users', user.id)).toMatchObject({ purgeAt: null });
      expect(await actions()).toEqual(['user-deleted']);
      expect(await listAll(stores, { actions: ['user-created'] })).toHaveLength(2);
    });

    test('and is taken by an import of the same id just before its outbox is emptied, is not deleted either', async () => {
      const user = await addUser(stores);
      const history = { ban: null, createdAt: null, lastSignInAt: null };
      const second = await backend.open();
      await second.users.listById([]);
      beforeEmptying('users', async () => {
        expect(await second.users.importMany([{ ...newUser({ id: user.id, passwordHash: '!' }), ...history }])).toEqual(
          [null],
        );
      });
      await stores.users.delete(user.id, NOBODY_SPARED, MINUTE);
      const taken = await raw('users', user.id);
      expect(taken).toMatchObject({ createdAt: expect.any(Date), purgeAt: null });
      expect(taken && ('outbox' in taken || taken.heldPurgeAt instanceof Date)).toBe(false);
      expect(await actions()).toEqual(['user-deleted']);
    });

    test('and gets another time just before, is deleted by that one, once the next look has seen it', async () => {
      const { session } = await addSession(stores);
      const second = await backend.open();
      const longer = { ...LIFETIMES, retentionMs: 10 * LIFETIMES.retentionMs };
      let heldPurgeAt: unknown;
      beforeEmptying('sessions', async () => {
        const bulk = { _id: session.id };
        await connection
          .collection<Raw>('sessions')
          .updateOne(bulk, [{ $set: { heldPurgeAt: { $add: ['$heldPurgeAt', longer.retentionMs] } } }]);
        heldPurgeAt = (await raw('sessions', session.id))?.heldPurgeAt;
      });
      await stores.sessions.end(session.id, 'signed-out', LIFETIMES);
      expect(await raw('sessions', session.id)).toMatchObject({ purgeAt: null, heldPurgeAt });
      await second.auditEntries.recover();
      expect(await raw('sessions', session.id)).toMatchObject({ purgeAt: heldPurgeAt });
      expect(await actions()).toEqual(['sign-out']);
    });

    test.each(['a rotation', 'an end with others', 'a displacement'])(
      'stays as long also where it has changed since, without an entry: %s',
      async (what) => {
        const { session } = await addSession(stores);
        const stamped = { session, now: session.answeredAt };
        const password = { sessionId: session.id, user: { id: session.userId, ver: 1, floor: 0 } };
        await refuseEntries(true);
        const proof = { ...password, hash: randomHash(), nonce: randomHash() };
        await unwritten((server) => server.sessions.reauthenticate(proof, LIFETIMES));
        const held = (await raw('sessions', session.id))?.heldPurgeAt;
        expect(held).toBeInstanceOf(Date);
        const proved = await getSession(stores, session.id);
        // That moves in steps: another retention shows that it moved.
        const longer = { ...LIFETIMES, retentionMs: LIFETIMES.retentionMs + PURGE_STEP_MS };
        if (what === 'a rotation') await rotate(stores, { ...stamped, session: proved }, longer);
        if (what === 'a displacement') {
          const successor = { hash: randomHash(), nonce: randomHash() };
          expect(await stores.sessions.displace(proved, successor, longer)).not.toBeNull();
        }
        if (what === 'an end with others') {
          expect(await stores.sessions.endBelow(session.userId, 99, 'revoked', longer)).toEqual([session.id]);
        }
        const changed = await raw('sessions', session.id);
        expect(changed).toMatchObject({ purgeAt: null, heldPurgeAt: expect.any(Date), outbox: [expect.anything()] });
        expect(changed?.heldPurgeAt).not.toEqual(held);
        await refuseEntries(false);
        await stores.auditEntries.recover();
        expect(await raw('sessions', session.id)).toMatchObject({ purgeAt: changed?.heldPurgeAt });
      },
    );
  });

  test('a refusal that the log cannot take is an error: nothing else would remember it', async () => {
    await refuseEntries(true);
    const refusal = { action: 'sign-in', outcome: 'failure', actorId: null, subjectId: null } as const;
    const from = { sessionHash: null, ipAddress: null, userAgent: null, reason: 'INVALID_CREDENTIALS' };
    await expect(stores.auditEntries.create({ ...refusal, ...from })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    expect(stores.isAuditLogTaking()).toBe(false);
  });

  describe('indexes', () => {
    /** The index of the winning plan of this query, as MongoDB explains it. */
    async function indexOf(collection: string, act: () => Promise<unknown>): Promise<string[]> {
      const database = connection.getClient().db(connection.name);
      await database.command({ profile: 2 });
      await act();
      await database.command({ profile: 0 });
      const statements = await database
        .collection('system.profile')
        .find({ ns: `${connection.name}.${collection}`, op: 'query' })
        .toArray();
      await database.dropCollection('system.profile');
      const explained = await Promise.all(
        statements.map(async ({ command }) => {
          const { find, filter, sort = {}, limit } = command as Record<string, unknown>;
          return database.command({ explain: { find, filter, sort, limit } });
        }),
      );
      return explained.map((plan) => {
        const text = JSON.stringify(plan['queryPlanner']);
        expect(text).not.toMatch(/"stage":"(COLLSCAN|SORT)"/);
        return /"indexName":"(\w+)"/.exec(text)?.[1] ?? 'none';
      });
    }

    test('serve every filter of the log, in its order, without a sort', async () => {
      for (let count = 0; count < 20; count += 1) await addUser(stores, { roles: ['EDITOR'] });
      const [entry] = await listAll(stores);
      const user = entry!.subjectId!;
      const list =
        (filter: Parameters<typeof listAll>[1], after = null as typeof entry | null) =>
        () =>
          stores.auditEntries.list(filter ?? {}, 50, after ?? null);
      expect(await indexOf('auditEntries', list({}))).toEqual(['age']);
      expect(await indexOf('auditEntries', list({}, entry))).toEqual(['age']);
      expect(await indexOf('auditEntries', list({ after: new Date(0), before: new Date() }))).toEqual(['age']);
      expect(await indexOf('auditEntries', list({ actions: ['role-granted'] }))).toEqual(['action']);
      expect(await indexOf('auditEntries', list({ actions: ['sign-out', 'sign-in'] }, entry))).toEqual(['action']);
      expect(await indexOf('auditEntries', list({ actorId: user }))).toEqual(['actorId']);
      expect(await indexOf('auditEntries', list({ subjectId: user }, entry))).toEqual(['subjectId']);
      expect(await indexOf('auditEntries', list({ ipAddress: '203.0.113.7' }))).toEqual(['ipAddress']);
    });

    test('serve the look at what the log lacks, which finds no document where it lacks nothing', async () => {
      await addUser(stores);
      for (const collection of ['users', 'sessions', 'signingKeys', 'rolePermissions']) {
        expect(await indexOf(collection, () => stores.auditEntries.recover())).toEqual(['outbox']);
      }
    });
  });

  test('entries are deleted by MongoDB itself, so long after they happened', async () => {
    const short = await backend.open({ auditTtlMs: MINUTE });
    const user = await addUser(short);
    await short.auditEntries.create({
      ...{ action: 'sign-in', outcome: 'failure', actorId: null, subjectId: user.id },
      ...{ sessionHash: null, ipAddress: null, userAgent: null, reason: null },
    });
    const documents = await connection.collection<Raw & { at: Date }>('auditEntries').find().toArray();
    expect(documents).toHaveLength(2);
    for (const { at, purgeAt } of documents) expect(purgeAt).toEqual(later(at, MINUTE));
  });
});
