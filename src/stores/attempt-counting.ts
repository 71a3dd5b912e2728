import { delayBehind, type Allowance } from '../domain/attempt.js';
import type { AttemptStore, StoredCount, Taking } from '../domain/attempt-store.js';
import { consumeFrom, CountLimiter, type CountRows } from './count-limiter.js';
import type { Eventual } from './guarded.js';

/** How long nobody may try, in milliseconds; `null` where somebody may. */
type WaitMs = number | null;

/** Counts of tries over the rows of one database. */
export const createAttemptStore = (rows: CountRows): Eventual<AttemptStore> => ({
  async take(counts) {
    // Whoever goes on while nothing is allowed shall cost reads alone, and change nothing.
    const expected = await refuse(rows, counts, await Promise.all(counts.map((count) => look(rows, count))));
    if (expected !== null) return expected;

    const waits = await Promise.all(counts.map((count) => takeOne(rows, count)));
    const refusal = await refuse(rows, counts, waits);
    if (refusal === null) return { kind: 'taken' };
    const taken = counts.filter((_, index) => waits[index] === null);
    await Promise.all(taken.map((count) => giveBackOne(rows, count)));
    return refusal;
  },

  async giveBack(counts) {
    await Promise.all(counts.map((count) => giveBackOne(rows, count)));
  },

  async clear(counts) {
    const keys = counts.flatMap(({ key, allowance }) => (allowance.kind === 'delays' ? [key, gateKey(key)] : [key]));
    if (keys.length > 0) await rows.delete(keys);
  },
});

/** Of a count with delays: while its row is there, nobody may try. */
const gateKey = (key: string): string => `delay:${key}`;
/** While its row is there, the count has refused somebody in the time for which it lets nobody through. */
const refusedKey = (key: string): string => `refused:${key}`;

const limiterOf = (rows: CountRows, allowance: Allowance): CountLimiter =>
  allowance.kind === 'window'
    ? new CountLimiter(rows, { points: allowance.tries, ttlMs: allowance.windowMs, isRenewed: false })
    : new CountLimiter(rows, { points: allowance.tries, ttlMs: allowance.memoryMs, isRenewed: true });

const gateOf = (rows: CountRows, delayMs: number): CountLimiter =>
  new CountLimiter(rows, { points: 1, ttlMs: delayMs, isRenewed: false });

async function look(rows: CountRows, { key, allowance }: StoredCount): Promise<WaitMs> {
  const [shut, most] = allowance.kind === 'window' ? [key, allowance.tries] : [gateKey(key), 1];
  const found = await gateOf(rows, 0).get(shut);
  return found !== null && found.consumedPoints >= most ? found.msBeforeNext : null;
}

/** The refusal of those counts that have to be waited for; `null` where none has. */
async function refuse(
  rows: CountRows,
  counts: readonly StoredCount[],
  waits: readonly WaitMs[],
): Promise<Extract<Taking, { kind: 'refused' }> | null> {
  const retryAfterMs = longest(waits);
  if (retryAfterMs === null) return null;
  const first = await Promise.all(counts.map(async (count, index) => isFirst(rows, count, waits[index] ?? null)));
  return { kind: 'refused', retryAfterMs, isFirst: first.includes(true) };
}

/** Of refusals at once, on any server, one is the first. */
async function isFirst(rows: CountRows, { key }: StoredCount, waitMs: WaitMs): Promise<boolean> {
  if (waitMs === null || (await rows.find(refusedKey(key))) !== null) return false;
  const { points } = await rows.increment(refusedKey(key), { ttlMs: Math.max(waitMs, 1), isRenewed: false });
  return points === 1;
}

/** Of those who try behind the limit at the same time, one gets through the gate; it then is shut for the next delay. */
async function takeOne(rows: CountRows, { key, allowance }: StoredCount): Promise<WaitMs> {
  const limiter = limiterOf(rows, allowance);
  if (allowance.kind === 'window') {
    const waitMs = await consumeFrom(limiter, key);
    if (waitMs !== null) await limiter.reward(key);
    return waitMs;
  }
  const { consumedPoints } = await limiter.penalty(key);
  const delayMs = delayBehind(consumedPoints, allowance);
  if (delayMs === 0) return null;
  const waitMs = await consumeFrom(gateOf(rows, delayMs), gateKey(key));
  // It was not made: the next delay is not to be longer for it.
  if (waitMs !== null) await limiter.reward(key);
  return waitMs;
}

async function giveBackOne(rows: CountRows, { key, allowance }: StoredCount): Promise<void> {
  await limiterOf(rows, allowance).reward(key);
  if (allowance.kind === 'delays') await rows.delete([gateKey(key)]);
}

const longest = (waits: readonly WaitMs[]): WaitMs =>
  waits.reduce((most, waitMs) => (waitMs === null ? most : Math.max(most ?? 0, waitMs)), null);
