import type { SecretHash, UserId } from './ids.js';

/**
 * Codes that make the first administrator. All of them open the same door, once: while one sign-up holds the claim,
 * none other gets it.
 */
export interface SetUpCodeStore {
  /** Adds a code that holds for `ttlMs` from now. Codes of other servers hold beside it. */
  create(hash: SecretHash, ttlMs: number): Promise<void>;
  /**
   * Claims the door for this user. Whether the code is known and not expired, and nobody else holds the claim. One
   * left by a sign-up that crashed lapses after `claimTtlMs`.
   */
  claim(hash: SecretHash, userId: UserId, claimTtlMs: number): Promise<boolean>;
  /** Gives the claim back, if this user holds it: the sign-up came to nothing, the code stays good. */
  release(userId: UserId): Promise<void>;
}
