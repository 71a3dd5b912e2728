import type { Clock } from '../../src/domain/clock.js';

/** A clock that stands still until a test advances it. Starts at the real time, so that no TTL index eats the test's rows. */
export class ManualClock implements Clock {
  #nowMs = Date.now();

  now(): Date {
    return new Date(this.#nowMs);
  }

  /** Moves the time on by this many milliseconds. */
  advance(ms: number): void {
    this.#nowMs += ms;
  }
}
