/**
 * Where the time comes from. A store brings its own (the database's), so that a node's wrong clock decides
 * nothing; tests bring one that they advance.
 */
export interface Clock {
  /** The present moment. */
  now(): Date;
}

/** The clock of this process. */
export const systemClock: Clock = { now: () => new Date() };

/** A moment by both clocks of this process: one may stand still while the machine sleeps, the other may be set. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/** How long ago something was, on this node; never what time it is. */
export interface NodeClock {
  moment(): Moment;
}

/** The clocks of this process. */
export const systemNodeClock: NodeClock = {
  moment: () => ({ monotonicMs: performance.now(), wallMs: Date.now() }),
};

/** How long ago that was, by whichever clock says longer. */
export function ageMs(then: Moment, now: Moment): number {
  return Math.max(now.monotonicMs - then.monotonicMs, now.wallMs - then.wallMs);
}
