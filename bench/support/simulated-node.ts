import type { UserId, SessionId } from '../../src/domain/ids.js';
import { createRevocationIndex } from '../../src/domain/revocation-index.js';
import { followRevocations, STALE_AFTER_MS, type Revocations } from '../../src/domain/revocation-service.js';
import type { RevocableToken, Revocation } from '../../src/domain/revocation.js';
import type { RevocationListener } from '../../src/domain/revocation-store.js';
import { followStream } from '../../src/stores/mongo/revocation-stream.js';
import type { Connected, MongoModel } from './mongodb-model.js';
import type { Process, VirtualTime } from './virtual-time.js';

/** One server, as far as the feed goes: index, rules of staleness and stream are those of `src`. */
export interface SimulatedNode extends Pick<Connected, 'silence' | 'lose'> {
  /** Nothing of it runs for so long. */
  stall(ms: number): void;
  /** Does this with what it knows: now, or before anything else once it runs again. */
  whenAwake(act: (revocations: Revocations) => void): void;
  readonly held: number;
  /** For so many seconds it ran, and asked the database about each token. */
  readonly askedSeconds: number;
  /** How often it began again with everything, the first time included. */
  readonly loads: number;
}

export interface SimulatedNodeOptions {
  readonly name: string;
  readonly time: VirtualTime;
  readonly mongo: MongoModel;
  readonly startMs: number;
  readonly retentionMs: number;
  /** How many seconds pass on the node's own clocks in one: 1 where they are right. */
  readonly clockRate: number;
  /** This node refuses it from then on, having been told or having stopped to trust its feed. */
  readonly onRefused: (revocation: Revocation, sinceMs: number) => void;
}

/** A token that was good until this revocation. */
export const tokenOf = (revocation: Revocation): RevocableToken => ({
  sessionId: revocation.kind === 'session-ended' ? revocation.sessionId : ('of nobody' as SessionId),
  userId: revocation.kind === 'user-changed' ? revocation.userId : ('nobody' as UserId),
  ver: 0,
});

export function startNode(options: SimulatedNodeOptions): SimulatedNode {
  const { name, time, mongo, startMs, retentionMs, clockRate, onRefused } = options;
  const process: Process = { stalledUntilMs: 0 };
  const { source, silence, lose } = mongo.connect(name, process);
  const index = createRevocationIndex({ retentionMs });
  const whenAwake: ((revocations: Revocations) => void)[] = [];
  /** When what it knew was so, for as long as it trusts that. `null` until it is told so the first time. */
  let asOfMs: number | null = null;
  let askedMs = 0;
  let countedUntilMs = 0;
  let loads = 0;

  /** From when on it asks, unless it hears of something newer. */
  const asksFromMs = (): number => (asOfMs ?? -Infinity) + STALE_AFTER_MS / clockRate;

  const observing = (listener: RevocationListener): RevocationListener => ({
    ...listener,
    tell(revocations) {
      const news = revocations.filter((each) => index.judge(tokenOf(each)) === null);
      listener.tell(revocations);
      for (const each of news) onRefused(each, Math.min(time.now(), asksFromMs()));
    },
    async keysChanged() {
      loads += 1;
      await listener.keysChanged();
    },
    current(asOf) {
      const fromMs = Math.max(asksFromMs(), countedUntilMs, process.stalledUntilMs);
      if (asOfMs !== null) askedMs += Math.max(0, time.now() - fromMs);
      countedUntilMs = time.now();
      asOfMs = asOf.monotonicMs / clockRate;
      listener.current(asOf);
    },
  });
  let revocations: Revocations | null = null;
  // Not all at once, so that beats are not in step; seeded, as all that is drawn here.
  time.at(
    time.now() + 1_000 * Math.random(),
    () => {
      revocations = followRevocations({
        store: {
          follow: (listener, given) => followStream(source, observing(listener), given),
          readNow: async () => ({ row: null, owner: { user: null, now: source.time.clock.now() } }),
        },
        ...{ index, retentionMs },
        reloadKeys: async () => undefined,
        reloadPermissions: async () => undefined,
        clock: { now: () => new Date(startMs + time.now()) },
        nodeClock: { moment: () => ({ monotonicMs: time.now() * clockRate, wallMs: time.now() * clockRate }) },
        report: () => undefined,
      });
    },
    process,
  );

  return {
    ...{ silence, lose },
    stall(ms) {
      process.stalledUntilMs = Math.max(process.stalledUntilMs, time.now() + ms);
      time.at(process.stalledUntilMs, () => {
        if (process.stalledUntilMs > time.now()) return;
        for (const act of whenAwake.splice(0)) act(revocations!);
      });
    },
    whenAwake(act) {
      if (process.stalledUntilMs > time.now()) whenAwake.push(act);
      else if (revocations !== null) act(revocations);
    },
    get held() {
      return index.size;
    },
    get askedSeconds() {
      return askedMs / 1_000;
    },
    get loads() {
      return loads;
    },
  };
}
