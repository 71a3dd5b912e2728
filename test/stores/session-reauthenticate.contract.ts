import { describe, expect, test } from '@jest/globals';
import { createSessionId, createUserId } from '../../src/domain/ids.js';
import type { Reauthentication } from '../../src/domain/session-store.js';
import type { Session } from '../../src/domain/session.js';
import { ManualClock } from '../support/clock.js';
import type { Backend } from '../support/stores.js';
import {
  LIFETIMES,
  MINUTE,
  addSession,
  getSession,
  given,
  later,
  presentationOf,
  randomHash,
  rotate,
} from './builders.js';

/** A proof for this session, by its user as they were when it started. */
const proofOf = ({ id: sessionId, userId, ver }: Session, user: Partial<Reauthentication['user']> = {}) => ({
  ...{ sessionId, hash: randomHash(), nonce: randomHash() },
  user: { id: userId, ver, floor: 0, ...user },
});

/** What every `SessionStore` does with a fresh proof of the password. */
export function sessionReauthenticateContract(createFresh: () => Backend): void {
  test('reauthenticate gives a drawn token, cuts off those before, and notes when the password was proved', async () => {
    const clock = new ManualClock();
    const stores = await createFresh().open({ clock });
    const { session } = await rotate(stores, await addSession(stores, { ver: 5 }));
    clock.advance(MINUTE);
    const now = clock.now();
    const proof = proofOf(session, { ver: 7, floor: 5 });
    const told = given(await stores.sessions.reauthenticate(proof, LIFETIMES));
    expect(told).toEqual({
      session: {
        ...session,
        ...{ hash: proof.hash, nonce: proof.nonce, previousHash: null, generation: 2, cut: 2, ver: 7 },
        ...{ authenticatedAt: now, answeredAt: now, lastSeenAt: now },
        idleExpiresAt: later(now, LIFETIMES.idleTtlMs),
      },
      now,
    });
    expect(await getSession(stores, session.id)).toEqual(told.session);
  });

  test('reauthenticate never lowers ver, and leaves the absolute end where it is', async () => {
    const stores = await createFresh().open();
    const { session } = await addSession(stores, { ver: 9 });
    const { session: after } = given(await stores.sessions.reauthenticate(proofOf(session, { ver: 8 }), LIFETIMES));
    expect([after.ver, after.expiresAt, after.createdAt]).toEqual([9, session.expiresAt, session.createdAt]);
  });

  test('the drawn token rotates as any other does, and the one before it changes nothing', async () => {
    const clock = new ManualClock();
    const stores = await createFresh().open({ clock });
    const before = await rotate(stores, await addSession(stores));
    const proved = given(await stores.sessions.reauthenticate(proofOf(before.session), LIFETIMES));
    const old = given(await stores.sessions.present(presentationOf(before), LIFETIMES));
    expect(old.session).toEqual(proved.session);
    const rotated = given(await stores.sessions.present(presentationOf(proved), LIFETIMES));
    expect(rotated.session).toMatchObject({ generation: 3, cut: 2, previousHash: proved.session.hash });
  });

  test('a purge goes by the new idle end', async () => {
    const clock = new ManualClock();
    const backend = createFresh();
    const stores = await backend.open({ clock });
    const { session } = await addSession(stores);
    clock.advance(LIFETIMES.idleTtlMs - 1);
    await stores.sessions.reauthenticate(proofOf(session), LIFETIMES);
    clock.advance(LIFETIMES.retentionMs + 2);
    const again = await backend.open({ clock });
    expect(await again.sessions.findById(session.id)).not.toBeNull();
  });

  describe('reauthenticate changes nothing, and answers the row as it is,', () => {
    test('on a session that has ended or expired', async () => {
      const clock = new ManualClock();
      const stores = await createFresh().open({ clock });
      const { session } = await addSession(stores);
      const { session: idle } = await addSession(stores);
      const ended = given(await stores.sessions.end(session.id, 'signed-out', LIFETIMES));
      const answer = await stores.sessions.reauthenticate(proofOf(session), LIFETIMES);
      expect(answer).toEqual({ session: ended, now: clock.now() });
      clock.advance(LIFETIMES.idleTtlMs);
      const late = await stores.sessions.reauthenticate(proofOf(idle), LIFETIMES);
      expect(late).toEqual({ session: idle, now: clock.now() });
      expect(await getSession(stores, idle.id)).toEqual(idle);
    });

    test('on a session below the floor, which no new ver makes good', async () => {
      const stores = await createFresh().open();
      const { session } = await addSession(stores, { ver: 5 });
      const answer = await stores.sessions.reauthenticate(proofOf(session, { ver: 6, floor: 6 }), LIFETIMES);
      expect(answer?.session).toEqual(session);
      expect(await getSession(stores, session.id)).toEqual(session);
    });
  });

  test('reauthenticate answers null for a session that is not there, or another user’s', async () => {
    const stores = await createFresh().open();
    const { session } = await addSession(stores);
    const others = proofOf(session, { id: createUserId() });
    const nobodys = { ...proofOf(session), sessionId: createSessionId() };
    expect(await stores.sessions.reauthenticate(others, LIFETIMES)).toBeNull();
    expect(await stores.sessions.reauthenticate(nobodys, LIFETIMES)).toBeNull();
    expect(await getSession(stores, session.id)).toEqual(session);
  });

  test('of many proofs at once, on two nodes, each is a generation, and the last one stays', async () => {
    const backend = createFresh();
    const nodes = [await backend.open(), await backend.open()] as const;
    const { session } = await addSession(nodes[0]);
    const proofs = Array.from({ length: 20 }, () => proofOf(session));
    const told = await Promise.all(
      proofs.map((proof, index) => nodes[index % 2 === 0 ? 0 : 1].sessions.reauthenticate(proof, LIFETIMES)),
    );
    const generations = told.map((each) => each?.session.generation ?? 0).sort((left, right) => left - right);
    expect(generations).toEqual(proofs.map((_, index) => index + 1));
    expect(told.map((each) => each?.session.nonce)).toEqual(proofs.map(({ nonce }) => nonce));
    const last = told.find((each) => each?.session.generation === proofs.length);
    expect(await getSession(nodes[0], session.id)).toEqual(last?.session);
  });
}
