import type { FollowOptions, RevocationFeed, RevocationListener } from '../../domain/revocation-store.js';
import { pollEvery } from '../polling.js';
import { loadRevocations } from './revocation-load.js';
import type { FeedSource } from './revocation-stream.js';

const POLL_INTERVAL_MS = 1_000;
/**
 * So far back each look goes, if tokens live so long. A write bears the time when it began, and may have had to wait
 * for long before it was made: with a small overlap, it would come too late to be seen at all.
 */
const LONGEST_OVERLAP_MS = 15 * 60 * 1000;

/** Follows a server that has no change streams, as it is no member of a replica set: by asking it each second. */
export function followByPolling(
  { models, time }: Pick<FeedSource, 'models' | 'time'>,
  listener: RevocationListener,
  { retentionMs, nodeClock }: FollowOptions,
): RevocationFeed {
  listener.report({ kind: 'polling', intervalMs: POLL_INTERVAL_MS });
  let hasLooked = false;

  return pollEvery(POLL_INTERVAL_MS, listener, async () => {
    const asOf = nodeClock.moment();
    const backMs = hasLooked ? Math.min(retentionMs, LONGEST_OVERLAP_MS) : retentionMs;
    const since = new Date(time.clock.now().getTime() - backMs);
    for await (const batch of loadRevocations(models, since)) listener.tell(batch);
    await listener.keysChanged();
    await listener.permissionsChanged();
    hasLooked = true;
    listener.current(asOf);
  });
}
