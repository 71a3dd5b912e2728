import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import Database from 'libsql';
import type { Stores } from '../../src/domain/stores.js';
import { ManualClock } from '../support/clock.js';
import { createBackend, type Backend } from '../support/stores.js';
import { listAll } from './audit-entry-store.contract.js';
import { addSession, addUser, FOR_GOOD, getSession, getUser, LIFETIMES, MINUTE, NOBODY_SPARED } from './builders.js';

let backend: Backend;
beforeEach(() => {
  backend = createBackend('SQLite');
});
afterEach(async () => {
  jest.useRealTimers();
  await backend.destroy();
});

function execute(sql: string): void {
  const database = new Database(backend.url.slice('file:'.length), { timeout: 5000 });
  try {
    database.exec(sql);
  } finally {
    database.close();
  }
}

const refuseEntries = (): void =>
  execute(`CREATE TRIGGER refuses BEFORE INSERT ON audit_entries BEGIN SELECT RAISE(ABORT, 'full'); END`);

test('a change whose entry cannot be written is not made', async () => {
  const stores = await backend.open();
  const user = await addUser(stores, { roles: ['MODERATOR'] });
  const { session } = await addSession(stores, { userId: user.id, ver: user.ver });
  const { users, sessions } = stores;
  refuseEntries();
  const key = { sequence: 1, kid: 'kid', algorithm: 'EdDSA', publicKey: '{}', encryptedPrivateKey: 'x' } as const;
  const changes = [
    () => addUser(stores),
    () => users.ban(user.id, FOR_GOOD, NOBODY_SPARED),
    () => users.withdrawRole(user.id, 'MODERATOR'),
    () => users.changePassword(user.id, user, 'another hash'),
    () => users.delete(user.id, NOBODY_SPARED, MINUTE),
    () => users.recordSignIn(user.id),
    () => sessions.end(session.id, 'signed-out', LIFETIMES),
    () => sessions.endWhere(session, 'theft', LIFETIMES),
    () => sessions.endListed(user.id, [session.id], 'revoked', LIFETIMES),
    () => stores.signingKeys.create(key, { delayMs: 0, notBefore: null }),
    () => stores.rolePermissions.replace('EDITOR', ['post:read']),
  ];
  for (const change of changes) await expect(change()).rejects.toThrow('full');
  expect(await getUser(stores, user.id)).toEqual(user);
  expect(await getSession(stores, session.id)).toEqual(session);
  expect(await users.count({})).toBe(1);
  expect([await stores.signingKeys.list(), await stores.rolePermissions.list()]).toEqual([[], []]);
});

test('no entry can be deleted before its time, whoever asks the database for it', async () => {
  const clock = new ManualClock();
  const stores = await backend.open({ clock, auditTtlMs: MINUTE });
  await addUser(stores);
  clock.advance(MINUTE - 1);
  await addUser(stores);
  const before = await listAll(stores);
  expect(() => execute('DELETE FROM audit_entries')).toThrow('only grows');
  await backend.open({ clock, auditTtlMs: MINUTE });
  expect(await listAll(stores)).toEqual(before);
  clock.advance(1);
  // As each minute, so at the start.
  await backend.open({ clock, auditTtlMs: MINUTE });
  expect(await listAll(stores)).toEqual(before.slice(0, 1));
  expect(() => execute('DELETE FROM audit_entries')).toThrow('only grows');
});

test('no entry can be changed, whoever asks the database for it', async () => {
  const stores = await backend.open();
  await addUser(stores);
  const before = await listAll(stores);
  expect(() => execute(`UPDATE audit_entries SET actor_id = 'somebody'`)).toThrow('the audit log only grows');
  expect(await listAll(stores)).toEqual(before);
});

test('entries go when they are as old as was asked for, and not before', async () => {
  jest.useFakeTimers({ doNotFake: ['Date', 'nextTick', 'queueMicrotask', 'performance'] });
  const clock = new ManualClock();
  const open = (auditTtlMs: number): Promise<Stores> => backend.open({ clock, auditTtlMs });
  const stores = await open(10 * MINUTE);
  await addUser(stores);
  clock.advance(10 * MINUTE - 1);
  await addUser(stores);
  jest.advanceTimersByTime(MINUTE);
  expect(await listAll(stores)).toHaveLength(2);
  clock.advance(1);
  jest.advanceTimersByTime(MINUTE);
  expect(await listAll(stores)).toHaveLength(1);
});
