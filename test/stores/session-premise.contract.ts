import { describe, expect, test } from '@jest/globals';
import { createSessionId } from '../../src/domain/ids.js';
import type { Premise, Stamped } from '../../src/domain/session-store.js';
import type { Stores } from '../../src/domain/stores.js';
import { ManualClock } from '../support/clock.js';
import type { Backend } from '../support/stores.js';
import { LIFETIMES, MINUTE, SECOND, addSession, getSession, given, later, randomHash, rotate } from './builders.js';

/** The writes that repeat their premise: each answers whether it did anything. */
const writes = {
  markAnswered: async (stores: Stores, premise: Premise) =>
    (await stores.sessions.markAnswered(premise, stores.clock.now())) !== null,
  displace: async (stores: Stores, premise: Premise) =>
    (await stores.sessions.displace(premise, { hash: randomHash(), nonce: randomHash() }, LIFETIMES)) !== null,
  endWhere: (stores: Stores, premise: Premise) => stores.sessions.endWhere(premise, 'theft', LIFETIMES),
};
const names = Object.keys(writes) as (keyof typeof writes)[];

/** Every way in which a premise may have been overtaken, by one field at a time. */
const overtaken = ({ session }: Stamped): [string, Premise][] => [
  ['id', { ...session, id: createSessionId() }],
  ['generation', { ...session, generation: session.generation - 1 }],
  ['nonce', { ...session, nonce: randomHash() }],
  ['answeredAt', { ...session, answeredAt: later(session.answeredAt, 1) }],
  ['confirmedGeneration', { ...session, confirmedGeneration: session.confirmedGeneration + 1 }],
];

/** What every `SessionStore` does with a verdict's own write: it misses where its premise no longer holds. */
export function sessionPremiseContract(createFresh: () => Backend): void {
  test('markAnswered sets answeredAt and nothing else', async () => {
    const clock = new ManualClock();
    const stores = await createFresh().open({ clock });
    const { session } = await rotate(stores, await addSession(stores));
    clock.advance(SECOND);
    const told = given(await stores.sessions.markAnswered(session, clock.now()));
    expect(told).toEqual({ session: { ...session, answeredAt: clock.now() }, now: clock.now() });
    expect(await getSession(stores, session.id)).toEqual(told.session);
  });

  test('markAnswered follows other answers to the same token, up to a minute past its arrival', async () => {
    const clock = new ManualClock();
    const stores = await createFresh().open({ clock });
    const { session } = await rotate(stores, await addSession(stores));
    const arrivedAt = clock.now();
    clock.advance(MINUTE);
    expect(await stores.sessions.markAnswered(session, arrivedAt)).not.toBeNull();
    expect(await stores.sessions.markAnswered(session, arrivedAt)).not.toBeNull();
    clock.advance(1);
    expect(await stores.sessions.markAnswered(session, clock.now())).not.toBeNull();
    expect(await stores.sessions.markAnswered(session, arrivedAt)).toBeNull();
    expect((await getSession(stores, session.id)).answeredAt).toEqual(clock.now());
  });

  test.each(['displace', 'endWhere'] as const)('%s misses where another answer was given since', async (name) => {
    const clock = new ManualClock();
    const stores = await createFresh().open({ clock });
    const { session } = await rotate(stores, await addSession(stores));
    clock.advance(SECOND);
    await stores.sessions.markAnswered(session, clock.now());
    expect(await writes[name](stores, session)).toBe(false);
  });

  test('displace puts another successor of the same previous token in place', async () => {
    const clock = new ManualClock();
    const stores = await createFresh().open({ clock });
    const { session } = await rotate(stores, await addSession(stores));
    clock.advance(MINUTE);
    const now = clock.now();
    const successor = { hash: randomHash(), nonce: randomHash() };
    const told = given(await stores.sessions.displace(session, successor, LIFETIMES));
    expect(told).toEqual({
      session: {
        ...session,
        ...successor,
        generation: 2,
        answeredAt: now,
        lastSeenAt: now,
        idleExpiresAt: later(now, LIFETIMES.idleTtlMs),
      },
      now,
    });
    expect(await getSession(stores, session.id)).toEqual(told.session);
  });

  test('endWhere ends the row, with the reason', async () => {
    const clock = new ManualClock();
    const stores = await createFresh().open({ clock });
    const { session } = await rotate(stores, await addSession(stores));
    clock.advance(SECOND);
    expect(await stores.sessions.endWhere(session, 'theft', LIFETIMES)).toBe(true);
    expect(await getSession(stores, session.id)).toEqual({ ...session, endedAt: clock.now(), endReason: 'theft' });
  });

  describe.each(names)('%s misses', (name) => {
    test('where any one field of its premise has changed', async () => {
      const clock = new ManualClock();
      const stores = await createFresh().open({ clock });
      const rotated = await rotate(stores, await addSession(stores));
      clock.advance(SECOND);
      for (const [field, premise] of overtaken(rotated)) {
        expect([field, await writes[name](stores, premise)]).toEqual([field, false]);
      }
      expect(await getSession(stores, rotated.session.id)).toEqual(rotated.session);
      expect(await writes[name](stores, rotated.session)).toBe(true);
    });

    test('on a session that has ended', async () => {
      const stores = await createFresh().open();
      const { session } = await rotate(stores, await addSession(stores));
      const ended = given(await stores.sessions.end(session.id, 'signed-out', LIFETIMES));
      expect(await writes[name](stores, session)).toBe(false);
      expect(await getSession(stores, session.id)).toEqual(ended);
    });

    test(`${name === 'markAnswered' ? 'never' : 'all but once'} where it is tried many times at once, on two nodes`, async () => {
      const backend = createFresh();
      const nodes = [await backend.open(), await backend.open()] as const;
      const { session } = await rotate(nodes[0], await addSession(nodes[0]));
      // By the real clock: a millisecond later than the answer, so that each of the writes changes the premise.
      while (nodes[0].clock.now() <= later(session.answeredAt, 5)) await nodes[0].ping();
      const done = await Promise.all(
        Array.from({ length: 20 }, (_, index) => writes[name](nodes[index % 2 === 0 ? 0 : 1], session)),
      );
      expect(done.filter(Boolean)).toHaveLength(name === 'markAnswered' ? done.length : 1);
    });
  });

  test.each([
    ['markAnswered', false],
    ['displace', false],
    ['endWhere', true],
  ] as const)('%s on an expired row that nothing ended: %s', async (name, expected) => {
    const clock = new ManualClock();
    const stores = await createFresh().open({ clock });
    const { session } = await rotate(stores, await addSession(stores));
    clock.advance(LIFETIMES.idleTtlMs);
    expect(await writes[name](stores, session)).toBe(expected);
    expect((await getSession(stores, session.id)).endedAt).toEqual(expected ? clock.now() : null);
  });
}
