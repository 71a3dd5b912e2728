import { expect, test } from '@jest/globals';
import { hashSessionId, type AuditEntry, type AuditNote } from '../../src/domain/audit-entry.js';
import { createSessionId, createUserId, type SessionId, type UserId } from '../../src/domain/ids.js';
import type { Stores } from '../../src/domain/stores.js';
import type { User } from '../../src/domain/user.js';
import { ADMIN } from '../../src/domain/user.js';
import { ManualClock } from '../support/clock.js';
import type { Backend } from '../support/stores.js';
import { listAll } from './audit-entry-store.contract.js';
import {
  addSession,
  addUser,
  FOR_GOOD,
  getUser,
  later,
  LIFETIMES,
  MINUTE,
  newUser,
  NOBODY_SPARED,
  randomHash,
} from './builders.js';

const BY: AuditNote = {
  ...{ actorId: createUserId(), sessionId: createSessionId() },
  ...{ ipAddress: '203.0.113.7', userAgent: 'A test' },
};
const IN_SESSION = hashSessionId(BY.sessionId!);

type Told = Partial<AuditEntry>;

/** What every store does to the audit log when it changes something: in the statement that makes the change. */
export function auditChangesContract(createFresh: () => Backend): void {
  /** Does this, and answers what the log has then that it had not before, oldest first. */
  async function told(stores: Stores, act: () => Promise<unknown>): Promise<AuditEntry[]> {
    const before = new Set((await listAll(stores)).map(({ id }) => id));
    await act();
    return (await listAll(stores)).filter(({ id }) => !before.has(id)).reverse();
  }

  async function open(): Promise<{ clock: ManualClock; stores: Stores }> {
    const clock = new ManualClock();
    return { clock, stores: await createFresh().open({ clock }) };
  }

  /** An entry of a success, by the actor of these tests, from where they are. */
  const entry = (stores: Stores, fields: Told): Told => ({
    ...{ id: expect.any(String) as unknown as string, at: stores.clock.now(), outcome: 'success' },
    ...{ actorId: BY.actorId, subjectId: null, sessionHash: IN_SESSION },
    ...{ ipAddress: BY.ipAddress, userAgent: BY.userAgent, reason: null },
    ...fields,
  });

  /** Changes of a user, each with what the log says of it. */
  const changesOfUsers: [string, (stores: Stores, user: User) => Promise<unknown>, Told][] = [
    ['a sign-in', ({ users }, { id }) => users.recordSignIn(id, BY), { action: 'sign-in' }],
    [
      'a ban',
      ({ users }, { id }) => users.ban(id, { ...FOR_GOOD, reason: '$spam' }, NOBODY_SPARED, BY),
      { action: 'user-banned', reason: '$spam' },
    ],
    [
      'a granted role',
      ({ users }, { id }) => users.grantRole(id, 'EDITOR', BY),
      { action: 'role-granted', reason: 'EDITOR' },
    ],
    [
      'a withdrawn role',
      ({ users }, { id }) => users.withdrawRole(id, 'MODERATOR', BY),
      { action: 'role-withdrawn', reason: 'MODERATOR' },
    ],
    [
      'the end of all sessions',
      ({ users }, { id }) => users.raiseFloor(id, NOBODY_SPARED, BY),
      { action: 'sessions-revoked' },
    ],
    [
      'a changed password',
      ({ users }, user) => users.changePassword(user.id, user, 'another hash', BY),
      { action: 'password-changed' },
    ],
    ['a deletion', ({ users }, { id }) => users.delete(id, NOBODY_SPARED, MINUTE, BY), { action: 'user-deleted' }],
    [
      'a mail for a reset',
      ({ users }, { id }) => users.addMailToken(id, { purpose: 'password-reset', hash: randomHash() }, MINUTE, BY),
      { action: 'password-reset-requested' },
    ],
    [
      'a mail for a proof of the address',
      ({ users }, { id }) => users.addMailToken(id, { purpose: 'email-verification', hash: randomHash() }, MINUTE, BY),
      { action: 'email-verification-requested' },
    ],
  ];

  test.each(changesOfUsers)('%s has one entry, at the moment of the change', async (_name, change, fields) => {
    const { clock, stores } = await open();
    const user = await addUser(stores, { roles: ['MODERATOR'] });
    clock.advance(MINUTE);
    const entries = await told(stores, () => change(stores, user));
    expect(entries).toEqual([entry(stores, { subjectId: user.id, ...fields })]);
  });

  test('a ban, another in its place and the end of that are told each, with their reasons', async () => {
    const { stores } = await open();
    const { id } = await addUser(stores);
    const { users } = stores;
    const entries = await told(stores, async () => {
      await users.ban(id, { ...FOR_GOOD, reason: 'spam' }, NOBODY_SPARED, BY);
      await users.ban(id, { ...FOR_GOOD, reason: null, until: later(stores.clock.now(), MINUTE) }, NOBODY_SPARED, BY);
      await users.unban(id, NOBODY_SPARED, BY);
    });
    expect(entries.map(({ action, reason }) => [action, reason])).toEqual(
      expect.arrayContaining([
        ['user-banned', 'spam'],
        ['user-banned', null],
        ['user-unbanned', null],
      ]),
    );
    expect(entries).toHaveLength(3);
  });

  test('a new account has one entry, and one for each role that it has from the start', async () => {
    const { stores } = await open();
    const user = newUser({ roles: ['ADMIN', 'EDITOR'] });
    const entries = await told(stores, () => stores.users.create(user, BY));
    const about = { subjectId: user.id };
    expect(entries).toHaveLength(3);
    expect(entries).toEqual(
      expect.arrayContaining([
        entry(stores, { ...about, action: 'user-created' }),
        entry(stores, { ...about, action: 'role-granted', reason: 'ADMIN' }),
        entry(stores, { ...about, action: 'role-granted', reason: 'EDITOR' }),
      ]),
    );
  });

  test('a used mail has one entry: of the reset, of the proof', async () => {
    const { stores } = await open();
    const { id } = await addUser(stores);
    const { users } = stores;
    const [reset, proof] = [randomHash(), randomHash()];
    await users.addMailToken(id, { purpose: 'password-reset', hash: reset }, MINUTE);
    await users.addMailToken(id, { purpose: 'email-verification', hash: proof }, MINUTE);
    const about = { subjectId: id };
    expect(await told(stores, () => users.verifyEmail(id, proof, BY))).toEqual([
      entry(stores, { ...about, action: 'email-verified' }),
    ]);
    expect(await told(stores, () => users.resetPassword(id, reset, 'hash', BY))).toEqual([
      entry(stores, { ...about, action: 'password-reset' }),
    ]);
  });

  test('what changes no user has no entry', async () => {
    const { stores } = await open();
    const [user, admin] = [await addUser(stores), await addUser(stores, { roles: [ADMIN] })];
    const { users } = stores;
    const nobody = createUserId();
    const stale = { passwordHash: 'another', floor: 0 };
    const acts: (() => Promise<unknown>)[] = [
      () => users.create(newUser({ email: user.email }), BY),
      () => users.recordSignIn(nobody, BY),
      () => users.addMailToken(nobody, { purpose: 'password-reset', hash: randomHash() }, MINUTE, BY),
      () => users.verifyEmail(user.id, randomHash(), BY),
      () => users.resetPassword(user.id, randomHash(), 'hash', BY),
      () => users.changePassword(user.id, stale, 'hash', BY),
      () => users.unban(user.id, NOBODY_SPARED, BY),
      () => users.ban(admin.id, FOR_GOOD, { sparing: ADMIN }, BY),
      () => users.ban(admin.id, FOR_GOOD, NOBODY_SPARED, BY),
      () => users.withdrawRole(admin.id, ADMIN, BY),
      () => users.delete(admin.id, NOBODY_SPARED, MINUTE, BY),
      () => users.grantRole(admin.id, ADMIN, BY),
      () => users.grantRole(nobody, ADMIN, BY),
      () => users.replacePasswordHash(user.id, user.passwordHash, 'newer'),
    ];
    for (const act of acts) expect([String(act), await told(stores, act)]).toEqual([String(act), []]);
  });

  test('an import has entries of roles and bans, and none of anybody else', async () => {
    const { stores } = await open();
    const history = { ban: null, createdAt: null, lastSignInAt: null };
    const plain = { ...newUser(), ...history };
    const admin = { ...newUser({ roles: ['ADMIN', 'EDITOR'] }), ...history };
    const banned = { ...newUser(), ...history, ban: { ...FOR_GOOD, at: new Date(1), reason: 'spam' } };
    const again = { ...newUser({ id: createUserId(), email: admin.email, roles: ['ADMIN'] }), ...history };
    const entries = await told(stores, () => stores.users.importMany([plain, admin, banned, again]));
    const nobody = { actorId: null, sessionHash: null, ipAddress: null, userAgent: null };
    expect(entries).toHaveLength(3);
    expect(entries).toEqual(
      expect.arrayContaining([
        entry(stores, { ...nobody, subjectId: admin.id, action: 'role-granted', reason: 'ADMIN' }),
        entry(stores, { ...nobody, subjectId: admin.id, action: 'role-granted', reason: 'EDITOR' }),
        entry(stores, { ...nobody, subjectId: banned.id, action: 'user-banned', reason: 'spam' }),
      ]),
    );
    expect(await told(stores, () => stores.users.importMany([plain, admin, banned]))).toEqual([]);
  });

  test('an end of a session has one entry, about it; who signs out is taken to be its user', async () => {
    const { stores } = await open();
    const { sessions } = stores;
    const anonymous = { ...BY, actorId: null };
    const ends: [(id: SessionId, userId: UserId) => Promise<unknown>, (userId: UserId) => Told][] = [
      [(id) => sessions.end(id, 'signed-out', LIFETIMES, anonymous), (actorId) => ({ action: 'sign-out', actorId })],
      [(id) => sessions.end(id, 'signed-out', LIFETIMES, BY), () => ({ action: 'sign-out' })],
      [
        (id, userId) => sessions.endListed(userId, [id], 'revoked', LIFETIMES, BY),
        () => ({ action: 'session-revoked' }),
      ],
      [
        (id, userId) => sessions.endListed(userId, [id], 'displaced', LIFETIMES, BY),
        () => ({ action: 'session-revoked', reason: 'displaced' }),
      ],
      [
        (id) => sessions.end(id, 'store-restored', LIFETIMES, BY),
        () => ({ action: 'session-revoked', reason: 'store-restored' }),
      ],
    ];
    for (const [end, fields] of ends) {
      const { session } = await addSession(stores);
      const { id, userId } = session;
      const about = { subjectId: userId, sessionHash: hashSessionId(id) };
      const entries = await told(stores, () => end(id, userId));
      expect(entries).toEqual([entry(stores, { ...about, ...fields(userId) })]);
      expect(await told(stores, () => end(id, userId))).toEqual([]);
    }
  });

  test('a theft has one entry, a failure, also where time had ended the session', async () => {
    const { clock, stores } = await open();
    for (const ageMs of [0, LIFETIMES.idleTtlMs + 1]) {
      const { session } = await addSession(stores);
      clock.advance(ageMs);
      const entries = await told(stores, () =>
        stores.sessions.endWhere(session, 'theft', LIFETIMES, { ...BY, actorId: null }),
      );
      const about = { actorId: null, subjectId: session.userId, sessionHash: hashSessionId(session.id) };
      expect(entries).toEqual([entry(stores, { ...about, action: 'refresh-theft', outcome: 'failure' })]);
    }
  });

  test('an end that follows from a change of the user, from time or from nothing has no entry', async () => {
    const { clock, stores } = await open();
    const { sessions } = stores;
    const { session } = await addSession(stores);
    expect(await told(stores, () => sessions.endBelow(session.userId, 5, 'banned', LIFETIMES))).toEqual([]);
    const { session: expired } = await addSession(stores);
    expect(await told(stores, () => sessions.endWhere({ ...expired, generation: 7 }, 'theft', LIFETIMES, BY))).toEqual(
      [],
    );
    clock.advance(LIFETIMES.idleTtlMs);
    expect(await told(stores, () => sessions.end(expired.id, 'signed-out', LIFETIMES, BY))).toEqual([]);
    expect(
      await told(stores, () => sessions.endListed(expired.userId, [expired.id], 'revoked', LIFETIMES, BY)),
    ).toEqual([]);
    expect(await told(stores, () => sessions.end(createSessionId(), 'signed-out', LIFETIMES, BY))).toEqual([]);
  });

  test('a proof of the password has one entry, about its session; one that comes too late has none', async () => {
    const { clock, stores } = await open();
    const user = await addUser(stores);
    const { session } = await addSession(stores, { userId: user.id, ver: user.ver });
    const proof = { sessionId: session.id, user, hash: randomHash(), nonce: randomHash() };
    const about = { subjectId: user.id, sessionHash: hashSessionId(session.id) };
    expect(await told(stores, () => stores.sessions.reauthenticate(proof, LIFETIMES, BY))).toEqual([
      entry(stores, { ...about, action: 'reauthentication' }),
    ]);
    const revoked = { ...proof, user: { ...user, floor: user.ver + 1 } };
    expect(await told(stores, () => stores.sessions.reauthenticate(revoked, LIFETIMES, BY))).toEqual([]);
    clock.advance(LIFETIMES.idleTtlMs);
    expect(await told(stores, () => stores.sessions.reauthenticate(proof, LIFETIMES, BY))).toEqual([]);
  });

  test('a key has an entry when it is made, begins, is encrypted anew, is revoked or deleted, by its kid', async () => {
    const { clock, stores } = await open();
    const { signingKeys } = stores;
    const key = (sequence: number) => ({
      ...({
        sequence,
        kid: `kid-${sequence}`,
        algorithm: 'EdDSA',
        publicKey: '{}',
        encryptedPrivateKey: 'old',
      } as const),
    });
    const start = { delayMs: MINUTE, notBefore: null };
    const nobody = { actorId: null, sessionHash: null, ipAddress: null, userAgent: null };
    const made = await told(stores, () => signingKeys.create(key(1), start, BY));
    expect(made).toEqual([entry(stores, { action: 'signing-key-created', reason: 'kid-1' })]);
    await signingKeys.create(key(2), start);
    expect(await told(stores, () => signingKeys.create(key(2), start, BY))).toEqual([]);
    expect(await told(stores, () => signingKeys.activate(1, BY))).toEqual([
      entry(stores, { action: 'signing-key-activated', reason: 'kid-1' }),
    ]);
    expect(await told(stores, () => signingKeys.activate(1, BY))).toEqual([]);
    expect(await told(stores, () => signingKeys.replaceEncryption(1, 'old', 'new'))).toEqual([
      entry(stores, { ...nobody, action: 'signing-key-reencrypted', reason: 'kid-1' }),
    ]);
    expect(await told(stores, () => signingKeys.replaceEncryption(1, 'old', 'newer'))).toEqual([]);
    const revoked = await told(stores, () => signingKeys.revokeUpTo(2, BY));
    expect(revoked.map(({ action, reason }) => `${action} ${reason}`).sort()).toEqual([
      'signing-key-revoked kid-1',
      'signing-key-revoked kid-2',
    ]);
    expect(await told(stores, () => signingKeys.revokeUpTo(2, BY))).toEqual([]);
    clock.advance(MINUTE);
    const [row] = await signingKeys.list();
    const deleted = await told(stores, async () => expect(await signingKeys.delete(row!, new Date(0))).toBe(true));
    expect(deleted.map(({ action, reason }) => `${action} ${reason}`)).toEqual(['signing-key-deleted kid-1']);
    expect(await told(stores, async () => expect(await signingKeys.delete(row!, new Date(0))).toBe(false))).toEqual([]);
  });

  test('a changed list of permissions has one entry that tells it, and one that stays has none', async () => {
    const { stores } = await open();
    const replace = (permissions: string[]) => stores.rolePermissions.replace('EDITOR', permissions, BY);
    expect(await told(stores, () => replace(['post:read', 'post:write']))).toEqual([
      entry(stores, { action: 'permissions-changed', reason: 'EDITOR: post:read post:write' }),
    ]);
    expect(await told(stores, () => replace(['post:read', 'post:write']))).toEqual([]);
    expect(await told(stores, () => replace([]))).toMatchObject([{ reason: 'EDITOR:' }]);
    const many = Array.from({ length: 500 }, (_, count) => `permission-number:${count}`);
    const [long] = await told(stores, () => replace(many));
    expect(long?.reason).toHaveLength(2_000);
    expect(long?.reason?.endsWith('…')).toBe(true);
  });

  test('of two administrators who ban each other at once, what was undone is told too', async () => {
    const { stores } = await open();
    const admins = [await addUser(stores, { roles: [ADMIN] }), await addUser(stores, { roles: [ADMIN] })];
    const changes = await Promise.all(
      admins.map(({ id }) => stores.users.ban(id, { ...FOR_GOOD, reason: 'coup' }, NOBODY_SPARED, BY)),
    );
    expect(changes.filter(({ kind }) => kind === 'changed').length).toBeLessThanOrEqual(1);
    for (const { id } of admins) {
      const actions = (await listAll(stores, { subjectId: id })).map(({ action }) => action);
      const { ban } = await getUser(stores, id);
      const count = (action: string): number => actions.filter((each) => each === action).length;
      expect(count('user-banned') - count('user-unbanned')).toBe(ban === null ? 0 : 1);
    }
  });
}
