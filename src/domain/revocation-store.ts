import type { SessionId, UserId } from './ids.js';
import type { Moment, NodeClock } from './clock.js';
import type { Revocation } from './revocation.js';
import type { OwnerAt, SessionAt } from './session.js';

/** Something about the feed that an operator should know. */
export type FeedReport =
  /** The database cannot tell by itself: it is asked, so often. Said once. */
  | { readonly kind: 'polling'; readonly intervalMs: number }
  /** The feed broke off, and begins again with everything. */
  | { readonly kind: 'interrupted'; readonly cause: unknown };

/** Who a feed tells. Nothing of it may throw, but for what is said to. */
export interface RevocationListener {
  /** These are so. In any order, and perhaps again; of those that began before the feed, what is still needed. */
  tell(revocations: readonly Revocation[]): void;
  /** Signing keys were added, changed or deleted. Awaited before `current`; where it rejects, the feed begins again. */
  keysChanged(): Promise<void>;
  /** What roles allow was changed. Nothing that came later is told before this has resolved. */
  permissionsChanged(): Promise<void>;
  /** Every revocation that was acknowledged before that moment has been told. */
  current(asOf: Moment): void;
  report(report: FeedReport): void;
}

export interface FollowOptions {
  /** For how long a revocation concerns tokens that are out: older ones need not be told. */
  readonly retentionMs: number;
  readonly nodeClock: NodeClock;
}

/** Goes on until it is closed, and comes back by itself whenever the database was away. */
export interface RevocationFeed {
  /**
   * Resolves once everything that was acknowledged before this call has been told.
   *
   * @throws AuthError `SERVICE_UNAVAILABLE` where the database does not answer in time
   */
  catchUp(): Promise<void>;
  close(): Promise<void>;
}

/** A session and its user, as nobody can have changed them when they were asked for. */
export interface SessionNow {
  /** `null`: there is none, or none any more. */
  readonly row: SessionAt | null;
  readonly owner: OwnerAt;
}

/**
 * How nodes learn that access tokens are no longer good, as the domain asks a database for it. Whatever is written
 * through a `SessionStore`, `UserStore` or `SigningKeyStore` of this database, by another node or a command, is told
 * to all; what this node writes itself need not be. A hand in the database is told where it ends a row, raises `ver`,
 * or deletes while the feed runs.
 */
export interface RevocationStore {
  /** Begins to tell this listener, starting with what `retentionMs` holds; answers at once. */
  follow(listener: RevocationListener, options: FollowOptions): RevocationFeed;
  /**
   * The session and the user as they are: no change acknowledged before the call is missing, not even one that the
   * database's other half acknowledged while this node's half is cut off.
   *
   * @throws AuthError `SERVICE_UNAVAILABLE`, also where the database cannot be sure
   */
  readNow(sessionId: SessionId, userId: UserId): Promise<SessionNow>;
}
