import type { FollowOptions, RevocationFeed, RevocationListener } from '../../domain/revocation-store.js';
import { pollEvery } from '../polling.js';
import { loadRevocations } from './revocation-load.js';
import type { FeedSource } from './revocation-stream.js';

const POLL_INTERVAL_MS = 1_000;
/** A write shows up so long at most after the time that it bears. */
const OVERLAP_MS = 10_000;

/** Follows a server that has no change streams, as it is no member of a replica set: by asking it each second. */
export function followByPolling(
  { models, time }: Pick<FeedSource, 'models' | 'time'>,
  listener: RevocationListener,
  { retentionMs, nodeClock }: FollowOptions,
): RevocationFeed {
  listener.report({ kind: 'polling', intervalMs: POLL_INTERVAL_MS });
  let readUpTo: number | null = null;

  return pollEvery(POLL_INTERVAL_MS, listener, async () => {
    const asOf = nodeClock.moment();
    const now = time.clock.now().getTime();
    const since = readUpTo === null ? now - retentionMs : readUpTo - OVERLAP_MS;
    for await (const batch of loadRevocations(models, new Date(since))) listener.tell(batch);
    await listener.keysChanged();
    await listener.permissionsChanged();
    readUpTo = now;
    listener.current(asOf);
  });
}
