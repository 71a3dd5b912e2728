/** Of what make a database is: each version has all that those before it have, and more. */
export interface StoreVersion {
  /** 0: nothing of ours is there, or nobody noted it. */
  readonly found: number;
  /** What this Latchkey works with. */
  readonly needed: number;
  /** What is to be done to get there, in that order and in words; empty: nothing. */
  readonly pending: readonly string[];
}
