import pLimit, { type LimitFunction } from 'p-limit';
import { AuthError } from './errors.js';

/** Lets so many run at once under one name; the others wait, and run in the order in which they came. */
export type InTurn = <Result>(turn: Turn, act: () => Promise<Result>) => Promise<Result>;

export interface Turn {
  readonly name: string;
  /** The same for each turn of one name. */
  readonly atOnce: number;
}

/**
 * Turns on this server. A name is remembered while something runs under it.
 *
 * @param longestQueue how many may wait under one name; one more is refused with `SERVICE_UNAVAILABLE`
 */
export function createTurns(longestQueue: number): InTurn {
  const queues = new Map<string, LimitFunction>();

  return async ({ name, atOnce }, act) => {
    const queue = queues.get(name) ?? pLimit(atOnce);
    if (queue.pendingCount >= longestQueue) {
      throw new AuthError('SERVICE_UNAVAILABLE', { extensions: { retryAfterSeconds: 1 } });
    }
    queues.set(name, queue);
    try {
      return await queue(act);
    } finally {
      if (queue.activeCount + queue.pendingCount === 0) queues.delete(name);
    }
  };
}
