import { systemNodeClock, type NodeClock } from '../../src/domain/clock.js';
import type { FeedReport, RevocationFeed } from '../../src/domain/revocation-store.js';
import type { Revocation } from '../../src/domain/revocation.js';
import type { Stores } from '../../src/domain/stores.js';

/** A feed, and what it has told so far. */
export interface Listening extends RevocationFeed {
  readonly told: Revocation[];
  readonly reports: FeedReport[];
  /** How often it was told that keys changed. */
  keyChanges(): number;
  /** How often it was told that what roles allow changed. */
  permissionChanges(): number;
  /** When it was last told that it knows everything, on the monotonic clock. */
  currentAsOfMs(): number;
}

export interface ListenOptions {
  readonly retentionMs?: number;
  readonly nodeClock?: NodeClock;
  /** Runs whenever keys changed; the feed waits for it. */
  readonly onKeys?: () => Promise<void>;
  /** Runs whenever what roles allow changed; the feed waits for it. */
  readonly onPermissions?: () => Promise<void>;
}

const RETENTION_MS = 660_000;

/** Follows these stores' feed, and writes down what it tells. */
export function listen(stores: Pick<Stores, 'revocations'>, options: ListenOptions = {}): Listening {
  const { retentionMs = RETENTION_MS, nodeClock = systemNodeClock, onKeys, onPermissions } = options;
  const told: Revocation[] = [];
  const reports: FeedReport[] = [];
  let changes = 0;
  let permissionChanges = 0;
  let asOfMs = -Infinity;
  const feed = stores.revocations.follow(
    {
      tell: (revocations) => void told.push(...revocations),
      async keysChanged() {
        changes += 1;
        await onKeys?.();
      },
      async permissionsChanged() {
        permissionChanges += 1;
        await onPermissions?.();
      },
      current: (asOf) => void (asOfMs = asOf.monotonicMs),
      report: (report) => void reports.push(report),
    },
    { retentionMs, nodeClock },
  );
  return {
    ...{ ...feed, told, reports },
    keyChanges: () => changes,
    permissionChanges: () => permissionChanges,
    currentAsOfMs: () => asOfMs,
  };
}
