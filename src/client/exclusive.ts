import { pause, type Clock } from './clock.js';
import type { Knowledge } from './knowledge.js';
import type { Lock } from './lock.js';
import type { Known } from './record.js';
import type { Ask, AskWhile } from './requests.js';

/** Browsers may pass on what one tab wrote later than they pass on its lock. */
const LONGEST_DELAY_MS = 1_000;
const LOOK_MS = 10;
/** A lock is kept a little longer than what was done under it: what was heard so shortly before is that. */
const RECENT_MS = 100;
/** After that nothing more is sent: its answer, for which one waits 20 s, could come after the minute that a lock is left to a tab. */
const LAST_SEND_MS = 38_000;

/** Runs under the lock, with what is known then, also by what the tab did that had the lock before. Asks while it has it. */
export type Exclusively = <Result>(run: (known: Known, ask: Ask) => Promise<Result>) => Promise<Result>;

export function createExclusively(lock: Lock, knowledge: Knowledge, clock: Clock, askWhile: AskWhile): Exclusively {
  const nowMs = (): number => clock().monotonicMs;
  return async function exclusively<Result>(run: (known: Known, ask: Ask) => Promise<Result>): Promise<Result> {
    const sinceMs = nowMs() - RECENT_MS;
    const done = await lock(async (wasHeld, isHeld) => {
      const beganMs = nowMs();
      const mayAsk = (): boolean => isHeld() && nowMs() < beganMs + LAST_SEND_MS;
      await knowledge.look();
      while (wasHeld && nowMs() < beganMs + LONGEST_DELAY_MS && knowledge.heardAtMs() < sinceMs) {
        await pause(LOOK_MS);
        await knowledge.look();
      }
      return isHeld() && ([await run(knowledge.current(), askWhile(mayAsk))] as const);
    });
    return done ? done[0] : exclusively(run);
  };
}
