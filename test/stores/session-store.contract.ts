import { describe, expect, test } from '@jest/globals';
import { createSessionId, createUserId } from '../../src/domain/ids.js';
import { ManualClock } from '../support/clock.js';
import type { Backend } from '../support/stores.js';
import { LIFETIMES, MINUTE, SECOND, addSession, getSession, given, later, newSession, rotate } from './builders.js';

/** What every `SessionStore` does, but for refresh tokens and premises, which have contracts of their own. */
export function sessionStoreContract(createFresh: () => Backend): void {
  describe('create', () => {
    test('answers the session as it is found again', async () => {
      const clock = new ManualClock();
      const stores = await createFresh().open({ clock });
      const session = newSession({
        transport: 'cookie',
        deviceName: '$hash',
        userAgent: 'Mozilla/5.0 🦊',
        ipAddress: '2001:db8::1',
        signInEmail: '$Ann@Example.com',
        ver: 1_790_000_000_123,
      });
      const now = clock.now();
      const told = await stores.sessions.create(session, LIFETIMES);
      expect(told).toEqual({
        now,
        session: {
          ...session,
          generation: 0,
          previousHash: null,
          answeredAt: now,
          confirmedGeneration: 0,
          cut: 0,
          createdAt: now,
          authenticatedAt: now,
          lastSeenAt: now,
          idleExpiresAt: later(now, LIFETIMES.idleTtlMs),
          expiresAt: later(now, LIFETIMES.ttlMs),
          endedAt: null,
          endReason: null,
        },
      });
      expect(await stores.sessions.findById(session.id)).toEqual(told.session);
    });

    test('never overwrites a session whose id is given again', async () => {
      const stores = await createFresh().open();
      const { session } = await addSession(stores);
      await expect(addSession(stores, { id: session.id })).rejects.toThrow();
      expect(await getSession(stores, session.id)).toEqual(session);
    });
  });

  describe('end', () => {
    test('ends once: the first reason stays', async () => {
      const clock = new ManualClock();
      const stores = await createFresh().open({ clock });
      const { session } = await addSession(stores);
      clock.advance(SECOND);
      const ended = await stores.sessions.end(session.id, 'signed-out', LIFETIMES);
      expect(ended).toEqual({ ...session, endedAt: clock.now(), endReason: 'signed-out' });
      clock.advance(SECOND);
      expect(await stores.sessions.end(session.id, 'theft', LIFETIMES)).toBeNull();
      expect(await getSession(stores, session.id)).toEqual(ended);
      expect(await stores.sessions.end(createSessionId(), 'theft', LIFETIMES)).toBeNull();
    });

    test('goes by id: a rotation since does not save the session', async () => {
      const stores = await createFresh().open();
      const { session } = await rotate(stores, await addSession(stores));
      expect(await stores.sessions.end(session.id, 'revoked', LIFETIMES)).toMatchObject({ generation: 1 });
    });

    test('ends a row that has expired, too', async () => {
      const clock = new ManualClock();
      const stores = await createFresh().open({ clock });
      const { session } = await addSession(stores);
      clock.advance(LIFETIMES.ttlMs);
      expect(await stores.sessions.end(session.id, 'expired', LIFETIMES)).toMatchObject({ endedAt: clock.now() });
    });

    test('tried many times at once, one of them did it', async () => {
      const stores = await createFresh().open();
      const { session } = await addSession(stores);
      const ends = Array.from({ length: 20 }, () => stores.sessions.end(session.id, 'revoked', LIFETIMES));
      expect((await Promise.all(ends)).filter((ended) => ended !== null)).toHaveLength(1);
    });
  });

  describe('endBelow', () => {
    test("ends the user's open sessions below the floor, names them, and can be repeated", async () => {
      const clock = new ManualClock();
      const stores = await createFresh().open({ clock });
      const userId = createUserId();
      const idle = await stores.sessions.create(newSession({ userId, ver: 1 }), { ...LIFETIMES, idleTtlMs: 1 });
      const before = [await addSession(stores, { userId, ver: 3 }), await addSession(stores, { userId, ver: 4 })];
      const after = await addSession(stores, { userId, ver: 5 });
      const another = await addSession(stores, { ver: 1 });
      const over = await addSession(stores, { userId, ver: 1 });
      const ended = await stores.sessions.end(over.session.id, 'theft', LIFETIMES);
      clock.advance(SECOND);

      const named = await stores.sessions.endBelow(userId, 5, 'banned', LIFETIMES);
      expect(named.toSorted()).toEqual(before.map(({ session }) => session.id).toSorted());
      for (const { session } of before) {
        const expected = { ...session, endedAt: clock.now(), endReason: 'banned' };
        expect(await getSession(stores, session.id)).toEqual(expected);
      }
      for (const { session } of [after, another, idle]) expect(await getSession(stores, session.id)).toEqual(session);
      expect(await getSession(stores, over.session.id)).toEqual(ended);

      clock.advance(SECOND);
      expect(await stores.sessions.endBelow(userId, 5, 'revoked', LIFETIMES)).toEqual([]);
      expect((await getSession(stores, given(named[0]))).endReason).toBe('banned');
    });
  });

  describe('endListed', () => {
    test("ends those of the user's open sessions that are named", async () => {
      const clock = new ManualClock();
      const stores = await createFresh().open({ clock });
      const userId = createUserId();
      const named = await addSession(stores, { userId });
      const unnamed = await addSession(stores, { userId });
      const another = await addSession(stores);
      const over = await addSession(stores, { userId });
      const ended = await stores.sessions.end(over.session.id, 'theft', LIFETIMES);
      const ids = [named, another, over].map(({ session }) => session.id);
      expect(await stores.sessions.endListed(userId, [...ids, createSessionId()], 'revoked', LIFETIMES)).toEqual([
        named.session.id,
      ]);
      expect(await getSession(stores, named.session.id)).toMatchObject({ endReason: 'revoked', endedAt: clock.now() });
      for (const { session } of [unnamed, another]) expect(await getSession(stores, session.id)).toEqual(session);
      expect(await getSession(stores, over.session.id)).toEqual(ended);
      expect(await stores.sessions.endListed(userId, ids, 'revoked', LIFETIMES)).toEqual([]);
      expect(await stores.sessions.endListed(userId, [], 'revoked', LIFETIMES)).toEqual([]);
    });
  });

  describe('confirm', () => {
    test('raises confirmedGeneration and lowers it never, for many sessions and repeated ones', async () => {
      const stores = await createFresh().open();
      const [one, two] = [await addSession(stores), await addSession(stores)];
      const sessionId = one.session.id;
      await stores.sessions.confirm([
        { sessionId, generation: 3 },
        { sessionId: two.session.id, generation: 1 },
        { sessionId, generation: 2 },
      ]);
      await stores.sessions.confirm([{ sessionId, generation: 1 }]);
      await stores.sessions.confirm([]);
      expect(await getSession(stores, sessionId)).toEqual({ ...one.session, confirmedGeneration: 3 });
      expect(await getSession(stores, two.session.id)).toEqual({ ...two.session, confirmedGeneration: 1 });
    });

    test('touches no row that is not open, and makes none', async () => {
      const clock = new ManualClock();
      const stores = await createFresh().open({ clock });
      const over = await addSession(stores);
      const ended = await stores.sessions.end(over.session.id, 'signed-out', LIFETIMES);
      const idle = await stores.sessions.create(newSession(), { ...LIFETIMES, idleTtlMs: SECOND });
      clock.advance(SECOND);
      const ids = [over.session.id, idle.session.id, createSessionId()];
      await stores.sessions.confirm(ids.map((sessionId) => ({ sessionId, generation: 1 })));
      const found = await Promise.all(ids.map((id) => stores.sessions.findById(id)));
      expect(found).toEqual([ended, idle.session, null]);
    });
  });

  describe('listOpenByUser', () => {
    test('lists the open sessions of several users, last seen first, then by id', async () => {
      const clock = new ManualClock();
      const stores = await createFresh().open({ clock });
      const [ann, ben] = [createUserId(), createUserId()];
      const added = [await addSession(stores, { userId: ann }), await addSession(stores, { userId: ben })];
      clock.advance(MINUTE);
      added.push(await addSession(stores, { userId: ann }));
      await addSession(stores);
      const over = await addSession(stores, { userId: ann });
      await stores.sessions.end(over.session.id, 'revoked', LIFETIMES);
      const short = { ...LIFETIMES, ttlMs: SECOND };
      await stores.sessions.create(newSession({ userId: ann, id: createSessionId() }), short);
      clock.advance(SECOND);
      const open = added.map(({ session }) => session);
      const byLastSeen = open.toSorted(
        (a, b) => b.lastSeenAt.getTime() - a.lastSeenAt.getTime() || (a.id < b.id ? -1 : 1),
      );
      expect(await stores.sessions.listOpenByUser([ann, ben, createUserId()])).toEqual(byLastSeen);
      expect(await stores.sessions.listOpenByUser([])).toEqual([]);
      clock.advance(LIFETIMES.idleTtlMs - MINUTE - SECOND);
      expect(await stores.sessions.listOpenByUser([ann, ben])).toEqual([open[2]]);
    });
  });

  describe('listSurplus', () => {
    test('lists the open sessions of a user behind those that were seen last', async () => {
      const clock = new ManualClock();
      const stores = await createFresh().open({ clock });
      const userId = createUserId();
      await addSession(stores);
      const over = await addSession(stores, { userId });
      await stores.sessions.end(over.session.id, 'revoked', LIFETIMES);
      const twins = [await addSession(stores, { userId }), await addSession(stores, { userId })];
      clock.advance(MINUTE);
      const { session: newest } = await addSession(stores, { userId });
      const inOrder = [newest.id, ...twins.map(({ session }) => session.id).sort()];
      const surplus = await Promise.all([0, 1, 2, 3, 100].map((kept) => stores.sessions.listSurplus(userId, kept)));
      expect(surplus).toEqual([inOrder, inOrder.slice(1), inOrder.slice(2), [], []]);
      expect(await stores.sessions.listSurplus(createUserId(), 0)).toEqual([]);
    });
  });

  test('an id with junk behind a NUL finds nothing', async () => {
    const stores = await createFresh().open();
    const { session } = await addSession(stores);
    expect(await stores.sessions.findById(`${session.id}\0junk` as typeof session.id)).toBeNull();
  });
}
