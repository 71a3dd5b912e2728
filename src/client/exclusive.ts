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
  return (run) => {
    const sinceMs = clock().monotonicMs - RECENT_MS;
    return lock(async (wasHeld) => {
      await knowledge.look();
      for (let leftMs = LONGEST_DELAY_MS; wasHeld && leftMs > 0 && knowledge.heardAtMs() < sinceMs; leftMs -= LOOK_MS) {
        await pause(LOOK_MS);
        await knowledge.look();
      }
      return run(knowledge.current());
    });
  };
}
