/** A moment by both clocks: the monotonic one may stand still while the machine sleeps, the other may be set. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

export type Clock = () => Moment;

/** The clocks of this page. */
export const systemClock: Clock = () => ({ monotonicMs: performance.now(), wallMs: Date.now() });

/** How long ago that was, by whichever clock says longer: too much costs a refresh that was not needed yet. */
export const ageMs = (then: Moment, now: Moment): number =>
  Math.max(now.monotonicMs - then.monotonicMs, now.wallMs - then.wallMs);

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** The moment so long before; a wall clock that was set back since makes it now. */
export function momentBefore(now: Moment, sinceMs: number): Moment {
  const age = Math.max(0, sinceMs);
  return { monotonicMs: now.monotonicMs - age, wallMs: now.wallMs - age };
}
