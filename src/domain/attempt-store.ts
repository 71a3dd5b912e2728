import type { Allowance } from './attempt.js';

/** A count, as the store knows it. */
export interface StoredCount {
  /** Tells nothing of whom it is about. */
  readonly key: string;
  readonly allowance: Allowance;
}

export type Taking =
  | { readonly kind: 'taken' }
  | {
      readonly kind: 'refused';
      /** Nothing is allowed for so long. */
      readonly retryAfterMs: number;
      /** Whether one of these counts refuses for the first time while it lets nobody through. */
      readonly isFirst: boolean;
    };

/**
 * Counts of tries, shared by all servers of one database. Each count changes atomically, by the store's clock, and is
 * gone by itself when it is too old to refuse anything. Any method rejects with `SERVICE_UNAVAILABLE` while the
 * database is away.
 */
export interface AttemptStore {
  /**
   * Takes one try of each of these counts, or of none of them where one refuses. Of tries at once, on any server, no
   * more are taken than the allowance has left. One that is refused leaves the delays as they are; one that is refused
   * at the same moment as another is taken may turn that one's delay into the next.
   */
  take(counts: readonly StoredCount[]): Promise<Taking>;
  /** Undoes that, for a try that was not made: also the delay that it began. Never gives more than was taken. */
  giveBack(counts: readonly StoredCount[]): Promise<void>;
  /** Forgets these counts. */
  clear(counts: readonly StoredCount[]): Promise<void>;
}
