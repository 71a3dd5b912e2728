/**
 * How long do 10,000 revocations take to reach another node? One node ends sessions until another, in a process of its own,
 * refuses all of them: one by one, and a hundred of a user at once, as a ban does. Beside it, a bare change stream, in a
 * process of its own too, that is told of the very same writes, and one that is told of as many bare inserts, one by one and
 * a hundred at once, in turns with them. All from the first write; 32 writes are under way at any time.
 *
 *     MONGODB_URI='mongodb://…?replicaSet=rs0' npx tsx bench/revocation-spread.ts [--revocations=10000] [--rounds=5] [--json]
 *
 * To end one session takes three writes, with those of the audit log: how long they take is said beside the time.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import type { SessionId } from '../src/domain/ids.js';
import { connect } from '../src/stores/mongo/connection.js';
import { openStores } from '../src/stores/open.js';
import { fillStore, LIFETIMES } from './support/filled-store.js';
import { median, printResults } from './support/in-process.js';
import { freshDatabases } from './support/mongodb.js';
import { numberOption } from './support/options.js';

const REVOCATIONS = numberOption('revocations', 10_000);
const ROUNDS = numberOption('rounds', 5);
const AT_ONCE = 32;
const SESSIONS_EACH = 100;
const USERS_EACH = Math.ceil(REVOCATIONS / SESSIONS_EACH);
const { MONGODB_URI = 'mongodb://127.0.0.1:27017/?replicaSet=rs0' } = process.env;

interface Node {
  /** Sends it the ids that it is to hear of. Then, when it knows all of them: by `performance.now()` of this process. */
  awaitAll(ids: readonly string[]): Promise<{ readonly knownAtMs: Promise<number> }>;
  stop(): Promise<void>;
}

async function startNode(...args: readonly string[]): Promise<Node> {
  const child = fork(join(import.meta.dirname, 'servers/revocation-node.ts'), args);
  await hear(child, 'ready');
  return {
    async awaitAll(ids) {
      const waiting = hear(child, 'waiting');
      child.send(ids);
      await waiting;
      const knownAtMs = hear(child, 'all known').then(() => performance.now());
      // Where writing fails before, that is what is to be told.
      knownAtMs.catch(() => undefined);
      return { knownAtMs };
    },
    async stop() {
      if (child.exitCode !== null) return;
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

/** Waits for this word, which is the next; rejects where the process ends instead. */
function hear(child: ChildProcess, expected: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onExit = (): void => reject(new Error('a node ended'));
    child.once('exit', onExit);
    child.once('message', (word) => {
      child.off('exit', onExit);
      if (word === expected) resolve();
      else reject(new Error(`a node says ${JSON.stringify(word)}`));
    });
  });
}

interface Spread {
  /** From the first write until the last was acknowledged. */
  readonly writtenMs: number;
  /** From the first write until a node knew of all; in the order of the nodes. */
  readonly knownMs: readonly number[];
}

/** A write and the ids that it is to make known. */
interface Write {
  readonly ids: readonly string[];
  readonly act: () => Promise<unknown>;
}

async function spread(nodes: readonly Node[], writes: readonly Write[]): Promise<Spread> {
  const ids = writes.flatMap((write) => write.ids);
  const awaited = await Promise.all(nodes.map((node) => node.awaitAll(ids)));
  const beganMs = performance.now();
  const left = writes.values();
  const writeAll = async (): Promise<void> => {
    for (const { act } of left) await act();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, writeAll));
  const writtenMs = performance.now() - beganMs;
  const knownAtMs = await Promise.all(awaited.map((each) => each.knownAtMs));
  return { writtenMs, knownMs: knownAtMs.map((atMs) => atMs - beganMs) };
}

/** What is measured in each round. */
const KINDS = ['sign-outs', 'bare inserts', 'ends of 100 sessions', 'bare inserts of 100'] as const;
type Round = Readonly<Record<(typeof KINDS)[number], Spread>>;

const databases = freshDatabases(MONGODB_URI);
const url = databases.next();
const nodes: Node[] = [];
const closing: (() => Promise<unknown>)[] = [];

try {
  // Each round ends others, and each user's only once.
  const users = 2 * USERS_EACH * (ROUNDS + 1);
  const store = await fillStore({ url, users, sessions: users * SESSIONS_EACH });
  const here = await openStores(url);
  closing.push(() => here.close());
  const connection = await connect(url);
  closing.push(() => connection.close());
  const collection = await connection.createCollection<{ readonly _id: string }>('bare');
  for (const args of [
    ['latchkey', url],
    ['bare', url, 'sessions'],
    ['bare', url, 'bare'],
  ]) {
    nodes.push(await startNode(...args));
  }
  const [ofSessions, ofInserts] = [nodes.slice(0, 2), nodes.slice(2)];

  const sessionsOf = (user: number): SessionId[] =>
    Array.from({ length: SESSIONS_EACH }, (_, index) => store.sessionId(user + index * users));
  /** The users whose turn it is, each time others. */
  let used = 0;
  const nextUsers = (): number[] => Array.from({ length: USERS_EACH }, () => used++);
  const endOne = (id: SessionId): Write => ({
    ids: [id],
    act: () => here.sessions.end(id, 'signed-out', LIFETIMES),
  });
  const endAllOf = (user: number): Write => ({
    ids: sessionsOf(user),
    act: () => here.sessions.endBelow(store.userId(user), Date.now(), 'banned', LIFETIMES),
  });
  function insertMany(count: number): Write {
    const ids = Array.from({ length: count }, () => randomUUID());
    const documents = ids.map((_id) => ({ _id, at: new Date() }));
    return { ids, act: () => collection.insertMany(documents, { ordered: false }) };
  }
  const writes = (times: number, make: () => Write): Write[] => Array.from({ length: times }, make);

  const rounds: Round[] = [];
  // The first round warms them up.
  for (let round = 0; round <= ROUNDS; round += 1) {
    const measured: Round = {
      'sign-outs': await spread(ofSessions, nextUsers().flatMap(sessionsOf).map(endOne)),
      'bare inserts': await spread(
        ofInserts,
        writes(USERS_EACH * SESSIONS_EACH, () => insertMany(1)),
      ),
      'ends of 100 sessions': await spread(ofSessions, nextUsers().map(endAllOf)),
      'bare inserts of 100': await spread(
        ofInserts,
        writes(USERS_EACH, () => insertMany(SESSIONS_EACH)),
      ),
    };
    if (round > 0) rounds.push(measured);
  }

  /** What of it a node was told, and how many times as long ours took to be told of this. */
  function figuresOf(kind: keyof Round, ours: keyof Round, node: 0 | 1 = 0): Readonly<Record<string, number>> {
    const known = rounds.map((round) => round[kind].knownMs[node] ?? NaN);
    return {
      ms: median(known),
      writtenMs: median(rounds.map((round) => round[kind].writtenMs)),
      behindTheLastMs: median(known.map((ms, round) => ms - (rounds[round]?.[kind].writtenMs ?? NaN))),
      oursIsTimesAsLong: median(known.map((ms, round) => (rounds[round]?.[ours].knownMs[0] ?? NaN) / ms)),
    };
  }
  const [one, many] = ['sign-outs', 'ends of 100 sessions'] as const;
  const ofMany = [figuresOf(many, many), figuresOf(many, many, 1)] as const;
  /** Of that which the writes do not take themselves. */
  const oursIsTimesAsFarBehind = (ofMany[0]['behindTheLastMs'] ?? NaN) / (ofMany[1]['behindTheLastMs'] ?? NaN);
  printResults({
    'sign-outs, refused elsewhere': figuresOf(one, one),
    'the same, by a bare change stream': figuresOf(one, one, 1),
    'bare inserts, by a bare change stream': figuresOf('bare inserts', one),
    'of a user at once, refused elsewhere': ofMany[0],
    'the same at once, by a bare change stream': { ...ofMany[1], oursIsTimesAsFarBehind },
    'bare inserts at once, by a bare change stream': figuresOf('bare inserts of 100', many),
  });
} finally {
  for (const node of nodes) await node.stop();
  for (const close of closing) await close();
  await databases.dropAll().catch((error: unknown) => console.error(error));
}
