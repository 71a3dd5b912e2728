import { describe, expect, test } from '@jest/globals';
import { createSessionId } from '../../src/domain/ids.js';
import { isWithinGrace } from '../../src/domain/session.js';
import { MODERATOR } from '../../src/domain/user.js';
import { ManualClock } from '../support/clock.js';
import type { Backend } from '../support/stores.js';
import {
  FOR_GOOD,
  LIFETIMES,
  MINUTE,
  NOBODY_SPARED,
  SECOND,
  addSession,
  addUser,
  getSession,
  getUser,
  given,
  later,
  newSession,
  presentationOf,
  randomHash,
  rotate,
} from './builders.js';

const { graceMs, idleTtlMs, ttlMs } = LIFETIMES;

/** What every `SessionStore` does when a refresh token is presented. */
export function sessionPresentContract(createFresh: () => Backend): void {
  test('presenting the token of sign-in rotates at once, however fresh', async () => {
    const clock = new ManualClock();
    const stores = await createFresh().open({ clock });
    const added = await addSession(stores);
    clock.advance(SECOND);
    const presentation = presentationOf(added);
    const { session, now } = given(await stores.sessions.present(presentation, LIFETIMES));
    expect(now).toEqual(clock.now());
    expect(session).toEqual({
      ...added.session,
      generation: 1,
      hash: presentation.successorHash,
      previousHash: presentation.hash,
      nonce: presentation.nonce,
      answeredAt: now,
      lastSeenAt: now,
      idleExpiresAt: later(now, idleTtlMs),
    });
    expect(await stores.sessions.findById(session.id)).toEqual(session);
  });

  test('rotating confirms the generation presented, never a lower one than before', async () => {
    const clock = new ManualClock();
    const stores = await createFresh().open({ clock });
    const second = await rotate(stores, await rotate(stores, await addSession(stores)));
    expect(second.session).toMatchObject({ generation: 2, confirmedGeneration: 1 });
    await stores.sessions.confirm([{ sessionId: second.session.id, generation: 7 }]);
    const third = await rotate(stores, second);
    expect(third.session).toMatchObject({ generation: 3, confirmedGeneration: 7 });
  });

  test('tells the user of the session as they are then, where one transaction reads both', async () => {
    const backend = createFresh();
    const tells = backend.name === 'SQLite';
    const stores = await backend.open({ clock: new ManualClock() });
    const odd = 'a "quote", a \\, a\nline, a {"json": [1]}, é, 😀, \u2028';
    const { id: userId } = await addUser(stores, { email: `${odd}@example.com` });
    const added = await addSession(stores, { userId, deviceName: odd, userAgent: odd });
    await stores.users.grantRole(userId, MODERATOR);
    await stores.users.ban(userId, { ...FOR_GOOD, reason: odd, publicReason: '[]' }, NOBODY_SPARED);
    await stores.users.addMailToken(userId, { purpose: 'password-reset', hash: randomHash() }, MINUTE);
    const changed = await getUser(stores, userId);
    expect(changed).toMatchObject({ roles: [MODERATOR], ban: { reason: odd }, mailTokens: [{}] });
    const told = given(await stores.sessions.present(presentationOf(added), LIFETIMES));
    expect(told.session).toEqual(await getSession(stores, added.session.id));
    expect(told.owner).toEqual(tells ? { user: changed, now: told.now } : null);
    await stores.users.delete(userId, NOBODY_SPARED, 1);
    const gone = given(await stores.sessions.present(presentationOf(told), LIFETIMES));
    expect(gone.owner).toEqual(tells ? { user: null, now: gone.now } : null);
  });

  describe('a current token that a refresh gave', () => {
    test.each([-60_001, -60_000, -1, 0, graceMs - 1, graceMs])(
      'is confirmed within grace and rotates beyond it: arrived %i ms after the answer',
      async (sinceMs) => {
        const stores = await createFresh().open({ clock: new ManualClock() });
        const rotated = await rotate(stores, await addSession(stores));
        const { session: before } = rotated;
        const arrivedAt = later(before.answeredAt, sinceMs);
        const presentation = presentationOf(rotated, { arrivedAt });
        const { session } = given(await stores.sessions.present(presentation, LIFETIMES));
        const confirmed = { ...before, confirmedGeneration: 1 };
        if (isWithinGrace(arrivedAt, before.answeredAt, graceMs)) expect(session).toEqual(confirmed);
        else expect(session).toMatchObject({ generation: 2, hash: presentation.successorHash, confirmedGeneration: 1 });
        expect(await getSession(stores, before.id)).toEqual(session);
      },
    );

    test('always rotates where grace is 0', async () => {
      const stores = await createFresh().open({ clock: new ManualClock() });
      const rotated = await rotate(stores, await addSession(stores));
      // A request that stalled arrived before the answer that it is compared with.
      const presentation = presentationOf(rotated, { arrivedAt: later(rotated.session.answeredAt, -1) });
      const again = await stores.sessions.present(presentation, { ...LIFETIMES, graceMs: 0 });
      expect(again?.session.generation).toBe(2);
    });

    test('rotates where the one before it was drawn, so that there is no previous', async () => {
      const stores = await createFresh().open({ clock: new ManualClock() });
      const added = await addSession(stores);
      const presentation = presentationOf(added, { arrivedAt: added.session.answeredAt });
      expect((await stores.sessions.present(presentation, LIFETIMES))?.session.generation).toBe(1);
    });
  });

  test('the absolute lifetime holds however often a token rotates', async () => {
    const clock = new ManualClock();
    const stores = await createFresh().open({ clock });
    const added = await addSession(stores);
    const expiresAt = later(added.now, ttlMs);
    let last = added;
    while (clock.now() < expiresAt) {
      last = given(await stores.sessions.present(presentationOf({ ...last, now: clock.now() }), LIFETIMES));
      expect(last.session.expiresAt).toEqual(expiresAt);
      clock.advance(20 * MINUTE);
    }
    const late = given(await stores.sessions.present(presentationOf({ ...last, now: clock.now() }), LIFETIMES));
    expect(late.session).toEqual(last.session);
  });

  describe('changes nothing and answers the row', () => {
    test('for a token that is not the current one: unknown, previous, or of another session', async () => {
      const clock = new ManualClock();
      const stores = await createFresh().open({ clock });
      const first = await addSession(stores);
      const other = await addSession(stores);
      const { session: before } = await rotate(stores, first);
      clock.advance(MINUTE);
      for (const hash of [randomHash(), first.session.hash, other.session.hash]) {
        const told = given(await stores.sessions.present(presentationOf(first, { hash, generation: 9 }), LIFETIMES));
        expect([told.session, told.now]).toEqual([before, clock.now()]);
      }
      expect(await getSession(stores, before.id)).toEqual(before);
    });

    test('for a session that has ended', async () => {
      const stores = await createFresh().open();
      const added = await addSession(stores);
      const ended = given(await stores.sessions.end(added.session.id, 'theft', LIFETIMES));
      const told = given(await stores.sessions.present(presentationOf(added), LIFETIMES));
      expect(told.session).toEqual(ended);
    });

    test.each([
      ['its idle lifetime', { ...LIFETIMES, idleTtlMs: MINUTE }],
      ['its absolute lifetime', { ...LIFETIMES, ttlMs: MINUTE }],
    ])('for a session past %s, from the very moment on', async (_, lifetimes) => {
      const clock = new ManualClock();
      const stores = await createFresh().open({ clock });
      const added = await stores.sessions.create(newSession(), lifetimes);
      clock.advance(MINUTE);
      const told = given(await stores.sessions.present(presentationOf(added), lifetimes));
      expect([told.session, told.now]).toEqual([added.session, clock.now()]);
      clock.advance(-1);
      expect((await stores.sessions.present(presentationOf(added), lifetimes))?.session.generation).toBe(1);
    });

    test('but null where there is no such session', async () => {
      const stores = await createFresh().open();
      const added = await addSession(stores);
      const presentation = presentationOf(added, { sessionId: createSessionId() });
      expect(await stores.sessions.present(presentation, LIFETIMES)).toBeNull();
      expect(await stores.sessions.findById(presentation.sessionId)).toBeNull();
    });
  });

  describe('presented at once', () => {
    test.each([
      ['of sign-in', false],
      ['of a refresh, after grace', true],
    ])('one token %s advances the generation once: all of 50 see the same successor', async (_, isRotated) => {
      const backend = createFresh();
      const clock = new ManualClock();
      const nodes = [await backend.open({ clock }), await backend.open({ clock })] as const;
      const added = await addSession(nodes[0]);
      const current = isRotated ? await rotate(nodes[0], added) : added;
      clock.advance(MINUTE);
      const stamp = { ...current, now: clock.now() };
      const told = await Promise.all(
        [...Array(50).keys()].map((index) =>
          nodes[index % 2 === 0 ? 0 : 1].sessions.present(presentationOf(stamp), LIFETIMES),
        ),
      );
      const generation = current.session.generation + 1;
      const after = await getSession(nodes[0], current.session.id);
      expect(after).toMatchObject({ generation, previousHash: current.session.hash });
      expect(told.map((each) => each?.session)).toEqual(Array(50).fill(after));
    });

    test('with an ending of the session, it is ended in whichever order', async () => {
      const stores = await createFresh().open();
      for (let round = 0; round < 5; round += 1) {
        const added = await addSession(stores);
        const [told, ended] = await Promise.all([
          stores.sessions.present(presentationOf(added), LIFETIMES),
          stores.sessions.end(added.session.id, 'signed-out', LIFETIMES),
        ]);
        expect(told).not.toBeNull();
        expect(await getSession(stores, added.session.id)).toEqual(ended);
      }
    });
  });
}
