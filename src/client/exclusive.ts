import { pause, type Clock } from './clock.js';
import type { Knowledge } from './knowledge.js';
import type { Lock } from './lock.js';
import type { Known } from './record.js';

/** Browsers may pass on what one tab wrote later than they pass on its lock. */
const LONGEST_DELAY_MS = 1_000;
const LOOK_MS = 10;
/** A lock is kept a little longer than what was done under it: what was heard so shortly before is that. */
const RECENT_MS = 100;

/** Runs under the lock, with what is known then, also by what the tab did that had the lock before. */
export type Exclusively = <Result>(run: (known: Known) => Promise<Result>) => Promise<Result>;

export function createExclusively(lock: Lock, knowledge: Knowledge, clock: Clock): Exclusively {
  const nowMs = (): number => clock().monotonicMs;
  return async function exclusively<Result>(run: (known: Known) => Promise<Result>): Promise<Result> {
    const sinceMs = nowMs() - RECENT_MS;
    const done = await lock(async (wasHeld, isHeld) => {
      const untilMs = nowMs() + LONGEST_DELAY_MS;
      await knowledge.look();
      while (wasHeld && nowMs() < untilMs && knowledge.heardAtMs() < sinceMs) {
        await pause(LOOK_MS);
        await knowledge.look();
      }
      return isHeld() && ([await run(knowledge.current())] as const);
    });
    return done ? done[0] : exclusively(run);
  };
}
