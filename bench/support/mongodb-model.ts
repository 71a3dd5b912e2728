import type { SessionId, UserId } from '../../src/domain/ids.js';
import type { Revocation } from '../../src/domain/revocation.js';
import { createCertainRead } from '../../src/stores/mongo/certain-read.js';
import type { Heartbeat } from '../../src/stores/mongo/heartbeat.js';
import type { FeedEvent } from '../../src/stores/mongo/revocation-changes.js';
import type { FeedSource } from '../../src/stores/mongo/revocation-stream.js';
import type { Process, VirtualTime } from './virtual-time.js';

/** So long a write is waited for: `DEADLINE_MS` of src/stores/mongo/errors.ts. */
const WRITE_DEADLINE_MS = 6_000;

/** What stands for MongoDB: rows that were revoked, the oplog, and change streams that tell of it late. */
export interface MongoModel {
  /** A revocation that is acknowledged at this moment; `null`: there is no primary that could. */
  revoke(isBan: boolean): Revocation | null;
  /** A revocation from before the beginning: in the rows, and in no change stream. */
  recall(atMs: number): void;
  /** What a node of this name is connected by. */
  connect(nodeId: string, process: Process): Connected;
  /** No primary for so long: nothing is written, read or told. */
  elect(ms: number): void;
  /** What change streams have sent since the beginning, of all nodes. */
  sent(): { readonly events: number; readonly replies: number; readonly beats: number };
}

export interface Connected {
  readonly source: FeedSource;
  /** The stream that is open says nothing for so long, whatever happens; one that is opened later does. */
  silence(ms: number): void;
  /** The stream that is open can go on no more. */
  lose(): void;
}

export interface MongoModelOptions {
  readonly time: VirtualTime;
  /** From a write until it is told of, in ms. */
  readonly drawDelayMs: () => number;
  /** The database's wall clock at the beginning. */
  readonly startMs: number;
}

interface Row {
  readonly _id: string;
  readonly endedAt?: Date;
  readonly verChangedAt?: Date;
  readonly ver?: number;
  readonly floor?: number;
}

export function createMongoModel({ time, drawDelayMs, startMs }: MongoModelOptions): MongoModel {
  const rows: Readonly<Record<'sessions' | 'users', Row[]>> = { sessions: [], users: [] };
  const oplog: FeedEvent[] = [];
  const streams = new Set<Stream>();
  const sent = { events: 0, replies: 0, beats: 0 };
  let awayUntilMs = 0;
  let made = 0;

  const wall = (atMs = time.now()): Date => new Date(startMs + atMs);
  const backAtMs = (): number => Math.max(time.now(), awayUntilMs);

  function append(event: FeedEvent): void {
    oplog.push(event);
    for (const stream of streams) stream.append(event);
  }

  function row(isBan: boolean, at: Date): { readonly revocation: Revocation; readonly event: FeedEvent } {
    made += 1;
    const _id = String(made).padStart(22, '0');
    const wallTime = at;
    if (!isBan) {
      rows.sessions.push({ _id, endedAt: at });
      const told = { updateDescription: { updatedFields: { endedAt: at } }, wallTime };
      return {
        revocation: { kind: 'session-ended', sessionId: _id as SessionId, at },
        event: { operationType: 'update', ns: { coll: 'sessions' }, documentKey: { _id }, ...told },
      };
    }
    const [ver, floor] = [at.getTime(), at.getTime()];
    rows.users.push({ _id, ver, floor, verChangedAt: at });
    const fullDocument = { ver, floor, verChangedAt: at };
    return {
      revocation: { kind: 'user-changed', userId: _id as UserId, ver, floor, at },
      event: { operationType: 'replace', ns: { coll: 'users' }, documentKey: { _id }, fullDocument, wallTime },
    };
  }

  /** A change stream of one node, with the driver's half of it. */
  function open(nodeId: string, process: Process, position: number): Stream {
    const isMeant = ({ ns, documentKey }: FeedEvent): boolean => ns.coll !== 'heartbeats' || documentKey._id === nodeId;
    /** In the database, received by the driver. */
    let pending = oplog.slice(position).filter(isMeant);
    let received: FeedEvent[] = [];
    let fault: Error | null = null;
    let waiting: { resolve(event: FeedEvent): void; reject(error: Error): void } | null = null;
    let isReplying = false;
    let silentUntilMs = 0;

    /** One reply at a time, with what there is when it is begun: what comes meanwhile is in the next. */
    function reply(): void {
      if (isReplying || pending.length === 0 || fault !== null) return;
      isReplying = true;
      const batch = pending;
      pending = [];
      time.at(time.now() + drawDelayMs(), () => arrive(batch), process);
    }

    function arrive(batch: readonly FeedEvent[]): void {
      const heldUntilMs = Math.max(awayUntilMs, silentUntilMs);
      if (heldUntilMs > time.now()) {
        time.at(heldUntilMs + drawDelayMs(), () => arrive(batch), process);
        return;
      }
      if (fault !== null) return;
      isReplying = false;
      sent.replies += 1;
      sent.events += batch.length;
      received = received.concat(batch);
      const next = waiting === null ? undefined : received.shift();
      if (next !== undefined) waiting?.resolve(next);
      if (next !== undefined) waiting = null;
      reply();
    }

    const stream: Stream = {
      append(event) {
        if (!isMeant(event)) return;
        pending.push(event);
        reply();
      },
      next() {
        const event = received.shift();
        if (event !== undefined) return Promise.resolve(event);
        if (fault !== null) return Promise.reject(fault);
        return new Promise((resolve, reject) => (waiting = { resolve, reject }));
      },
      close: async () => stream.fail(new Error('The stream is closed.')),
      fail(error) {
        fault ??= error;
        streams.delete(stream);
        waiting?.reject(fault);
        waiting = null;
      },
      silence(ms) {
        silentUntilMs = Math.max(silentUntilMs, time.now() + ms);
      },
    };
    streams.add(stream);
    reply();
    return stream;
  }

  return {
    sent: () => ({ ...sent }),
    elect: (ms) => (awayUntilMs = Math.max(awayUntilMs, time.now() + ms)),
    recall: (atMs) => void row(false, wall(atMs)),
    revoke(isBan) {
      if (awayUntilMs > time.now()) return null;
      const { revocation, event } = row(isBan, wall());
      append(event);
      return revocation;
    },

    connect(nodeId, process) {
      let current: Stream | null = null;
      let beats = 0;

      /** The rows are those of the moment when they are asked for; they take their time to come. */
      function cursorOf(name: 'sessions' | 'users', filter: Record<string, { $gt: Date }>): object {
        const [[field, { $gt }]] = Object.entries(filter) as [[keyof Row, { $gt: Date }]];
        async function* iterate(): AsyncGenerator<Row> {
          await time.pass(backAtMs() - time.now(), process);
          const found = rows[name].filter((each) => (each[field] as Date) > $gt);
          await time.pass(drawDelayMs(), process);
          yield* found;
        }
        const cursor = { project: () => cursor, sort: () => cursor, [Symbol.asyncIterator]: iterate };
        return cursor;
      }
      const model = (name: 'sessions' | 'users'): object => ({
        collection: { find: (filter: Record<string, { $gt: Date }>) => cursorOf(name, filter) },
      });

      const heartbeat: Heartbeat = {
        nodeId,
        next: () => (beats += 1),
        write: (beat, session) =>
          new Promise((resolve, reject) => {
            const writtenAtMs = backAtMs();
            const told = { updateDescription: { updatedFields: { beat } }, wallTime: wall() };
            const write = (): void => {
              sent.beats += 1;
              append({ operationType: 'update', ns: { coll: 'heartbeats' }, documentKey: { _id: nodeId }, ...told });
              if (session) Object.assign(session, { operationTime: oplog.length });
              time.at(time.now() + drawDelayMs(), resolve, process);
            };
            if (writtenAtMs === time.now()) {
              write();
              return;
            }
            time.at(writtenAtMs, write);
            time.at(time.now() + WRITE_DEADLINE_MS, () => reject(new Error('too late')), process);
          }),
      };

      const connection = {
        startSession: async () => ({
          operationTime: undefined as number | undefined,
          advanceOperationTime(operationTime: number) {
            this.operationTime = operationTime;
          },
          endSession: async () => undefined,
        }),
        watch(_pipeline: unknown, { startAtOperationTime = oplog.length }: { startAtOperationTime?: number }) {
          current = open(nodeId, process, startAtOperationTime);
          return current;
        },
      } as unknown as FeedSource['connection'];

      return {
        source: {
          ...{ connection, heartbeat, readCertainly: createCertainRead(connection, heartbeat) },
          models: { sessions: model('sessions'), users: model('users') } as unknown as FeedSource['models'],
          time: { clock: { now: () => wall() }, expression: () => '$$NOW' },
        },
        silence: (ms) => current?.silence(ms),
        lose: () => current?.fail(new Error('The history of the stream is lost.')),
      };
    },
  };
}

interface Stream {
  append(event: FeedEvent): void;
  next(): Promise<FeedEvent>;
  close(): Promise<void>;
  fail(error: Error): void;
  silence(ms: number): void;
}
