import { setTimeout as wait } from 'node:timers/promises';
import type { Connection, mongo } from 'mongoose';
import { ageMs, type Moment } from '../../domain/clock.js';
import { AuthError } from '../../domain/errors.js';
import type { FollowOptions, RevocationFeed, RevocationListener } from '../../domain/revocation-store.js';
import { createBeats } from './beats.js';
import type { ReadCertainly } from './certain-read.js';
import type { Heartbeat } from './heartbeat.js';
import type { Models } from './models.js';
import { feedPipeline, toFeedChange, type FeedEvent } from './revocation-changes.js';
import { loadRevocations } from './revocation-load.js';
import type { StoreTime } from './time.js';

/** What a feed is made of. */
export interface FeedSource {
  readonly connection: Connection;
  readonly models: Models;
  readonly heartbeat: Heartbeat;
  readonly readCertainly: ReadCertainly;
  readonly time: StoreTime;
}

const BEAT_INTERVAL_MS = 1_000;
/** Silent for so long, a stream is given up. On a primary that was replaced, empty batches kept coming for a minute. */
const LONGEST_SILENCE_MS = 30_000;
const FIRST_RESTART_DELAY_MS = 250;
/** Each time that it fails, the delay doubles; so long at most, since a whole load follows. */
const LONGEST_RESTART_DELAY_MS = 8_000;
const CATCH_UP_DEADLINE_MS = 5_000;

type Stream = mongo.ChangeStream<mongo.Document, FeedEvent & mongo.ChangeStreamDocument>;

/**
 * Follows the database by one change stream, over short breaks by the driver's own means. Where it breaks for good, its
 * history is gone, or it stays silent, it begins again with everything.
 */
export function followStream(
  source: FeedSource,
  listener: RevocationListener,
  { retentionMs, nodeClock }: FollowOptions,
): RevocationFeed {
  const { connection, models, heartbeat, readCertainly, time } = source;
  const closing = new AbortController();
  const isClosed = (): boolean => closing.signal.aborted;
  const beats = createBeats(heartbeat, nodeClock);
  /** When the newest beat was sent that came back, or the stream was ready to tell; `null` before that. */
  let heardAt: Moment | null = null;
  let stream: Stream | null = null;
  let delayMs = FIRST_RESTART_DELAY_MS;
  let isReported = false;

  /** Once, until a beat comes back: what lasts is not said each time that it fails. */
  function report(cause: unknown): void {
    if (!isReported && !isClosed()) listener.report({ kind: 'interrupted', cause });
    isReported = true;
  }

  /** Opened at the time of a write before the load: what the load is too early to see, the stream tells. */
  async function openAndLoad(): Promise<Stream> {
    return readCertainly(async (session) => {
      const { operationTime } = session;
      const options = operationTime ? { startAtOperationTime: operationTime } : {};
      const opened = connection.watch<FeedEvent>(feedPipeline(heartbeat.nodeId), options) as unknown as Stream;
      stream = opened;
      const since = new Date(time.clock.now().getTime() - retentionMs);
      for await (const batch of loadRevocations(models, since, session)) listener.tell(batch);
      return opened;
    });
  }

  async function tell(event: FeedEvent): Promise<void> {
    const change = toFeedChange(event, time.clock.now());
    if (change?.kind === 'revocation') listener.tell([change.revocation]);
    if (change?.kind === 'keys') await listener.keysChanged();
    if (change?.kind === 'permissions') await listener.permissionsChanged();
    const asOf = change?.kind === 'beat' ? beats.came(change.beat) : null;
    if (asOf === null) return;
    heardAt = asOf;
    delayMs = FIRST_RESTART_DELAY_MS;
    isReported = false;
    listener.current(asOf);
  }

  async function followOnce(): Promise<void> {
    heardAt = null;
    const opened = await openAndLoad();
    await listener.keysChanged();
    await listener.permissionsChanged();
    heardAt = nodeClock.moment();
    void beat();
    while (!isClosed()) await tell(await opened.next());
  }

  const beat = (): Promise<void> => beats.send().catch(report);

  async function run(): Promise<void> {
    while (!isClosed()) {
      try {
        await followOnce();
      } catch (cause) {
        report(cause);
      }
      await stream?.close().catch(() => undefined);
      stream = null;
      // Not in step with the other nodes, all of which may have lost the same server.
      await wait(delayMs * (0.5 + Math.random()), undefined, { signal: closing.signal }).catch(() => undefined);
      delayMs = Math.min(2 * delayMs, LONGEST_RESTART_DELAY_MS);
    }
  }

  const running = run();
  const timer = setInterval(() => {
    void beat();
    if (heardAt === null || ageMs(heardAt, nodeClock.moment()) <= LONGEST_SILENCE_MS) return;
    void stream?.close().catch(() => undefined);
  }, BEAT_INTERVAL_MS).unref();

  return {
    async catchUp() {
      const came = beats.next();
      // The first may be one that was sent before this call.
      void beat().then(beat);
      const late = wait(CATCH_UP_DEADLINE_MS, 'late', { ref: false });
      if ((await Promise.race([came, late])) === 'late') throw new AuthError('SERVICE_UNAVAILABLE');
    },
    async close() {
      clearInterval(timer);
      closing.abort();
      await stream?.close().catch(() => undefined);
      await running;
    },
  };
}
