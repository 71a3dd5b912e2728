import { LRUCache } from 'lru-cache';
import { ageMs, type Moment, type NodeClock } from './clock.js';
import { isKid } from './signing-key.js';

/** Anybody can make up names: for all callers together, the keys are read once in so long. */
const READ_INTERVAL_MS = 1_000;
/** Of 22 characters each; one that was forgotten costs a read again. */
const MOST_REMEMBERED = 10_000;

export interface SigningKeyLookUpOptions<Found> {
  /** From memory. */
  readonly find: (kid: string) => Found | null;
  /** Reads the keys again: no read that began before the call will do. */
  readonly load: () => Promise<void>;
  readonly nodeClock: NodeClock;
  /** Lets so many milliseconds pass. */
  readonly wait: (ms: number) => Promise<void>;
}

/**
 * Finds keys that another node has just made. A name that is not known is answered by a read that began after it was
 * asked for, or by an earlier one that brings the key; where none does, the name is remembered as unknown.
 */
export function createSigningKeyLookUp<Found>(
  options: SigningKeyLookUpOptions<Found>,
): (kid: string) => Promise<Found | null> {
  const { find, load, nodeClock, wait } = options;
  const unknown = new LRUCache<string, true>({ max: MOST_REMEMBERED });
  let reading: Promise<void> | null = null;
  let lastBegunAt: Moment | null = null;
  let begun = 0;
  let finished = 0;

  async function readInTurn(): Promise<void> {
    const dueInMs = lastBegunAt === null ? 0 : READ_INTERVAL_MS - ageMs(lastBegunAt, nodeClock.moment());
    if (dueInMs > 0) await wait(dueInMs);
    lastBegunAt = nodeClock.moment();
    const turn = (begun += 1);
    await load();
    finished = turn;
  }

  const read = (): Promise<void> =>
    (reading ??= readInTurn().finally(() => {
      reading = null;
    }));

  return async (kid) => {
    let found = find(kid);
    if (found !== null || !isKid(kid) || unknown.has(kid)) return found;
    const decisive = begun + 1;
    while (found === null && finished < decisive) {
      await read();
      found = find(kid);
    }
    if (found === null) unknown.set(kid, true);
    return found;
  };
}
