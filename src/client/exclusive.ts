import { pause } from './clock.js';
import type { Knowledge } from './knowledge.js';
import type { Lock } from './lock.js';
import type { Known } from './record.js';

/** Browsers pass on what one tab wrote later than they pass on its lock. */
const LONGEST_DELAY_MS = 1_000;
const LOOK_MS = 10;

/** Runs under the lock, with what is known then, also by what the tab did that had the lock before. */
export type Exclusively = <Result>(run: (known: Known) => Promise<Result>) => Promise<Result>;

export function createExclusively(lock: Lock, knowledge: Knowledge): Exclusively {
  return (run) => {
    const { version } = knowledge.current();
    return lock(async (wasHeld) => {
      await knowledge.look();
      for (let leftMs = wasHeld ? LONGEST_DELAY_MS : 0; leftMs > 0; leftMs -= LOOK_MS) {
        if (knowledge.current().version > version) break;
        await pause(LOOK_MS);
        await knowledge.look();
      }
      return run(knowledge.current());
    });
  };
}
