import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import type { Allowance } from '../../src/domain/attempt.js';
import type { AttemptStore, StoredCount, Taking } from '../../src/domain/attempt-store.js';
import { ManualClock } from '../support/clock.js';
import type { Backend } from '../support/stores.js';
import { MINUTE, SECOND } from './builders.js';

const WINDOW: Allowance = { kind: 'window', tries: 3, atOnce: null, windowMs: 15 * MINUTE };
const DELAYS: Allowance = {
  ...{ kind: 'delays', tries: 3, atOnce: null },
  ...{ firstDelayMs: 10 * SECOND, longestDelayMs: 60 * SECOND, memoryMs: 10 * MINUTE },
};
const TAKEN: Taking = { kind: 'taken' };
const refusedFor = (retryAfterMs: number): unknown => expect.objectContaining({ kind: 'refused', retryAfterMs });

const fresh = (allowance: Allowance): StoredCount => ({ key: `of-a-test:${randomUUID()}`, allowance });

/** Takes so many, all of which must be had. */
async function take(attempts: AttemptStore, count: StoredCount, times: number): Promise<void> {
  for (let taken = 0; taken < times; taken += 1) expect(await attempts.take([count])).toEqual(TAKEN);
}

const takenOf = (takings: readonly Taking[]): number => takings.filter(({ kind }) => kind === 'taken').length;

/** What every `AttemptStore` does. */
export function attemptStoreContract(createFresh: () => Backend): void {
  const open = async (): Promise<{ clock: ManualClock; attempts: AttemptStore }> => {
    const clock = new ManualClock();
    const { attempts } = await createFresh().open({ clock });
    return { clock, attempts };
  };

  test('a window lets so many through, then none until it is over; one that is refused does not prolong it', async () => {
    const { clock, attempts } = await open();
    const count = fresh(WINDOW);
    await take(attempts, count, 1);
    clock.advance(5 * MINUTE);
    await take(attempts, count, 2);
    expect(await attempts.take([count])).toEqual(refusedFor(10 * MINUTE));
    clock.advance(10 * MINUTE - 1);
    expect(await attempts.take([count])).toEqual(refusedFor(1));
    clock.advance(1);
    await take(attempts, count, 3);
    expect(await attempts.take([count])).toEqual(refusedFor(15 * MINUTE));
  });

  test('delays let so many through, then one behind each delay, which doubles up to the longest', async () => {
    const { clock, attempts } = await open();
    const count = fresh(DELAYS);
    await take(attempts, count, 3);
    for (const seconds of [10, 20, 40, 60, 60]) {
      expect(await attempts.take([count])).toEqual(refusedFor(seconds * SECOND));
      clock.advance(seconds * SECOND - 1);
      expect(await attempts.take([count])).toEqual(refusedFor(1));
      clock.advance(1);
      await take(attempts, count, 1);
    }
  });

  test('a count with delays is forgotten once nobody tried for so long, and not before', async () => {
    const { clock, attempts } = await open();
    const count = fresh(DELAYS);
    await take(attempts, count, 2);
    clock.advance(10 * MINUTE - 1);
    await take(attempts, count, 1);
    expect(await attempts.take([count])).toEqual(refusedFor(10 * SECOND));
    clock.advance(10 * MINUTE);
    await take(attempts, count, 3);
    expect(await attempts.take([count])).toEqual(refusedFor(10 * SECOND));
  });

  test.each([
    ['a window', WINDOW],
    ['delays', DELAYS],
  ])('what is given back to %s can be taken again, and never more than was taken', async (_name, allowance) => {
    const { attempts } = await open();
    const count = fresh(allowance);
    await attempts.giveBack([count]);
    await take(attempts, count, 3);
    expect((await attempts.take([count])).kind).toBe('refused');
    await attempts.giveBack([count]);
    await take(attempts, count, 1);
    expect((await attempts.take([count])).kind).toBe('refused');
    for (let times = 0; times < 5; times += 1) await attempts.giveBack([count]);
    await take(attempts, count, 3);
    expect((await attempts.take([count])).kind).toBe('refused');
  });

  test('what is given back behind the end of its window gives nothing to the next', async () => {
    const { clock, attempts } = await open();
    const count = fresh(WINDOW);
    await take(attempts, count, 1);
    clock.advance(15 * MINUTE);
    await attempts.giveBack([count]);
    await take(attempts, count, 3);
    expect((await attempts.take([count])).kind).toBe('refused');
  });

  test('a count that is cleared begins anew, its delay with it', async () => {
    const { attempts } = await open();
    const [cleared, other] = [fresh(DELAYS), fresh(DELAYS)];
    for (const count of [cleared, other]) await take(attempts, count, 3);
    await attempts.clear([cleared]);
    await take(attempts, cleared, 3);
    expect(await attempts.take([cleared])).toEqual(refusedFor(10 * SECOND));
    expect(await attempts.take([other])).toEqual(refusedFor(10 * SECOND));
    await attempts.clear([]);
  });

  test('of several counts, all give one or none does, and the longest wait is told', async () => {
    const { attempts } = await open();
    const [window, delays, free] = [fresh(WINDOW), fresh(DELAYS), fresh(WINDOW)];
    await take(attempts, window, 3);
    await take(attempts, delays, 3);
    for (let times = 0; times < 5; times += 1) {
      expect(await attempts.take([free, delays, window])).toEqual(refusedFor(15 * MINUTE));
    }
    await take(attempts, free, 3);
  });

  test('of many tries at once on two nodes, as many pass as there are left', async () => {
    const backend = createFresh();
    const clock = new ManualClock();
    const nodes = [await backend.open({ clock }), await backend.open({ clock })] as const;
    for (const allowance of [WINDOW, DELAYS]) {
      const count = fresh(allowance);
      const many = (): Promise<Taking[]> =>
        Promise.all(Array.from({ length: 20 }, (_, index) => nodes[index % 2 === 0 ? 0 : 1].attempts.take([count])));
      expect(takenOf(await many())).toBe(3);
      clock.advance(15 * MINUTE);
    }
  });

  test('of two tries at once on two nodes, one below the limit and behind every delay, one passes', async () => {
    const backend = createFresh();
    const clock = new ManualClock();
    const nodes = [await backend.open({ clock }), await backend.open({ clock })] as const;
    const count = fresh(DELAYS);
    await take(nodes[0].attempts, count, 2);
    for (const seconds of [10, 20, 40, 60]) {
      const both = await Promise.all(nodes.map(({ attempts }) => attempts.take([count])));
      expect(takenOf(both)).toBe(1);
      // The one that lost the race may have made this delay the next one, and no longer.
      const next = await nodes[1].attempts.take([count]);
      const steps = [refusedFor(seconds * SECOND), refusedFor(Math.min(60, 2 * seconds) * SECOND)];
      expect(steps).toContainEqual(next);
      if (next.kind === 'refused') clock.advance(next.retryAfterMs);
    }
  });

  test.each([
    ['a window', WINDOW],
    ['delays', DELAYS],
  ])(
    'of refusals by %s, the first is told apart, and again when somebody was let through',
    async (_name, allowance) => {
      const { clock, attempts } = await open();
      const [count, other] = [fresh(allowance), fresh(WINDOW)];
      const refusal = async (): Promise<unknown> => {
        const taking = await attempts.take([other, count]);
        return taking.kind === 'refused' && taking.isFirst;
      };
      for (let times = 0; times < 3; times += 1) {
        await take(attempts, count, times === 0 || allowance.kind === 'window' ? 3 : 1);
        expect([await refusal(), await refusal(), await refusal()]).toEqual([true, false, false]);
        const { retryAfterMs } = (await attempts.take([count])) as { retryAfterMs: number };
        clock.advance(retryAfterMs - 1);
        expect(await refusal()).toBe(false);
        clock.advance(1);
      }
    },
  );

  test('of refusals at once on two nodes, one is the first', async () => {
    const backend = createFresh();
    const clock = new ManualClock();
    const nodes = [await backend.open({ clock }), await backend.open({ clock })] as const;
    const count = fresh(WINDOW);
    await take(nodes[0].attempts, count, 3);
    const refusals = await Promise.all(
      Array.from({ length: 20 }, (_, index) => nodes[index % 2 === 0 ? 0 : 1].attempts.take([count])),
    );
    expect(refusals.filter((taking) => taking.kind === 'refused' && taking.isFirst)).toHaveLength(1);
  });

  test('a restart forgets no count', async () => {
    const backend = createFresh();
    const clock = new ManualClock();
    const count = fresh(DELAYS);
    const before = await backend.open({ clock });
    await take(before.attempts, count, 3);
    await before.close();
    const after = await backend.open({ clock });
    expect(await after.attempts.take([count])).toEqual(refusedFor(10 * SECOND));
  });

  test('a store that is closed counts nothing and lets nothing through', async () => {
    const stores = await createFresh().open();
    await stores.close();
    const unavailable = { code: 'SERVICE_UNAVAILABLE' };
    await expect(stores.attempts.take([fresh(WINDOW)])).rejects.toMatchObject(unavailable);
    await expect(stores.attempts.giveBack([fresh(DELAYS), fresh(WINDOW)])).rejects.toMatchObject(unavailable);
    await expect(stores.attempts.clear([fresh(DELAYS)])).rejects.toMatchObject(unavailable);
  });
}
