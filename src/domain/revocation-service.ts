import type { Clock, Moment, NodeClock } from './clock.js';
import { ageMs } from './clock.js';
import { AuthError } from './errors.js';
import type { RevocationIndex } from './revocation-index.js';
import type { FeedReport, RevocationStore } from './revocation-store.js';
import type { RevocableToken, RevocationCode } from './revocation.js';
import { judgeEnd } from './session.js';

/** What is known is trusted for so long: a revocation holds on every node at the latest so long after it is acknowledged. */
export const STALE_AFTER_MS = 5_000;

export interface RevocationOptions {
  readonly store: RevocationStore;
  readonly index: RevocationIndex;
  /** For how long a revocation concerns tokens that are out: the lifetime of an access token and a minute more. */
  readonly retentionMs: number;
  /** Reads the signing keys again, which the same feed tells of. */
  readonly reloadKeys: () => Promise<void>;
  /** Reads again what roles allow, which the same feed tells of. */
  readonly reloadPermissions: () => Promise<void>;
  readonly clock: Clock;
  readonly nodeClock: NodeClock;
  readonly report: (report: FeedReport) => void;
}

/** Whether access tokens are still good, judged from memory while that is certain, else from the store. */
export interface Revocations {
  /**
   * Why the token is refused; `null`: it is not. At once and without a read while the feed is fresh, else by a promise
   * of what the store says: `SERVICE_UNAVAILABLE` where it says nothing.
   */
  judge(token: RevocableToken): TokenRefusal | null | Promise<TokenRefusal | null>;
  /** What memory alone says of it. */
  recall(token: RevocableToken): RevocationCode | null;
  /** Whether everything is known that was acknowledged up to 5 s ago. */
  isFresh(): boolean;
  /** How long ago everything was known that was acknowledged; `null`: never yet. */
  lagMs(): number | null;
  /**
   * Resolves at once while the feed is fresh; else when signing keys and permissions were read again.
   *
   * @throws AuthError `SERVICE_UNAVAILABLE`
   */
  freshen(): Promise<void>;
  /** Resolves once everything that was acknowledged before this call is known. @throws AuthError `SERVICE_UNAVAILABLE` */
  catchUp(): Promise<void>;
  close(): Promise<void>;
}

export type TokenRefusal = RevocationCode | 'SERVICE_UNAVAILABLE';

/** Begins to follow the store's feed. */
export function followRevocations(options: RevocationOptions): Revocations {
  const { store, index, retentionMs, reloadKeys, reloadPermissions, clock, nodeClock, report } = options;
  let knownAsOf: Moment | null = null;

  const feed = store.follow(
    {
      tell: (revocations) => index.add(revocations, clock.now()),
      keysChanged: reloadKeys,
      permissionsChanged: reloadPermissions,
      current(asOf) {
        knownAsOf = asOf;
        index.sweep(clock.now());
      },
      report,
    },
    { retentionMs, nodeClock },
  );

  const lagMs = (): number | null => knownAsOf && ageMs(knownAsOf, nodeClock.moment());
  const isFresh = (): boolean => (lagMs() ?? Infinity) < STALE_AFTER_MS;

  return {
    ...{ isFresh, lagMs },
    recall: (token) => index.judge(token),
    judge: (token) => index.judge(token) ?? (isFresh() ? null : askStore(options, token)),
    async freshen() {
      if (!isFresh()) await reloadBoth(options);
    },
    catchUp: () => feed.catchUp(),
    close: () => feed.close(),
  };
}

/** What the feed tells of that is no revocation. */
async function reloadBoth({ reloadKeys, reloadPermissions }: RevocationOptions): Promise<void> {
  await Promise.all([reloadKeys(), reloadPermissions()]);
}

/**
 * What the session and its user are at this moment; keys and permissions are read behind them, for they may be revoked
 * and withdrawn too.
 */
async function askStore(options: RevocationOptions, token: RevocableToken): Promise<TokenRefusal | null> {
  try {
    const { row, owner } = await options.store.readNow(token.sessionId, token.userId);
    await reloadBoth(options);
    const { user } = owner;
    if (row === null || user === null) return 'SESSION_EXPIRED';
    if (judgeEnd(row, owner) !== null || token.ver < user.floor) return 'SESSION_EXPIRED';
    return token.ver < user.ver ? 'TOKEN_EXPIRED' : null;
  } catch (error) {
    // Whatever it is that keeps the store from telling, the token is not let through for it.
    if (!(error instanceof AuthError && error.code === 'SERVICE_UNAVAILABLE')) {
      options.report({ kind: 'interrupted', cause: error });
    }
    return 'SERVICE_UNAVAILABLE';
  }
}
