import { systemClock } from '../../domain/clock.js';
import type { Clock } from '../../domain/clock.js';
import { clockOf, type GuardContext } from './guard-context.js';

/** The clock to judge by in this context. */
export type ClockOf = (context: GuardContext) => Clock;

// Kept, so that an application's tests which put a fake in its place do not stop the time here.
const { queueMicrotask } = globalThis;

/**
 * Reads the clock of a context once for all that runs at a stretch: a list of 10,000 rows takes one reading, not one a
 * field. It is forgotten before anything goes on that waits from then on, so neither a long operation nor a
 * subscription is judged by a time that is over. No promise is made.
 */
export function createJudgingClock(): ClockOf {
  // The last one alone: the contexts of one server have all the same.
  let source = systemClock;
  let judging = readOnceAtAStretch(source);
  return (context) => {
    if (context.clock === source) return judging;
    const clock = clockOf(context);
    if (clock !== source) {
      source = clock;
      judging = readOnceAtAStretch(clock);
    }
    return judging;
  };
}

function readOnceAtAStretch(clock: Clock): Clock {
  let reading: Date | null = null;
  const forget = (): void => {
    reading = null;
  };
  return {
    now() {
      if (reading === null) {
        reading = clock.now();
        queueMicrotask(forget);
      }
      return reading;
    },
  };
}
