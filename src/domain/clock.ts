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
