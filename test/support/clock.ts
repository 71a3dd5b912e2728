import type { Clock, Moment, NodeClock } from '../../src/domain/clock.js';

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

/** The clocks of one node: they go on as this clock does, but what they show may be wrong. */
export class ManualNodeClock implements NodeClock {
  readonly #clock: Clock;
  #wallOffsetMs: number;

  constructor(clock: Clock, wallOffsetMs = 0) {
    this.#clock = clock;
    this.#wallOffsetMs = wallOffsetMs;
  }

  moment(): Moment {
    const nowMs = this.#clock.now().getTime();
    // The monotonic clock counts from some start of its own.
    return { monotonicMs: nowMs - 1_700_000_000_000, wallMs: nowMs + this.#wallOffsetMs };
  }

  /** Sets the wall clock by so much. */
  set(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }
}
