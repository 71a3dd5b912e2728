import { setTimeout } from 'node:timers/promises';
import { signIn } from '../http/support/people.js';
import { inspectEnd, type EndState } from '../load/load-end.js';
import { createRecord, type LoadRecord } from '../load/load-record.js';
import { createRequests } from '../load/load-requests.js';
import { ADMINISTRATOR, createLoadServers, type LoadServers, type LogLine } from '../load/load-servers.js';
import { runLoad } from '../load/run-load.js';
import { createReplicaSet, type ReplicaSet } from '../support/replica-set.js';

export interface FailoverOptions {
  /** The `mongod`. */
  readonly mongod: string;
  /** How long the clients go on. */
  readonly seconds: number;
  readonly seed: number;
  readonly clients: number;
  readonly servers: number;
}

/** What came of a run, over by then. */
export interface FailoverRun {
  readonly record: LoadRecord;
  readonly end: EndState;
  readonly log: readonly LogLine[];
  /** When there was another primary. */
  readonly failedOverAtMs: number;
}

const MEMBERS = 3;
/** Often, and behind the bound of 5 s. */
const PROBE_AFTER_MS = [0, 10, 25, 50, 100, 200, 400, 800, 1500, 2500, 3500, 4500, 5010, 5250, 5500, 6000, 7000];
const LAG_MS = 1000;
/** A run that takes longer than this has time for a second outage. */
const SECOND_ROUND_SECONDS = 40;
const FREEZE_MS = 8000;

/** Lets clients loose on servers of a replica set that fails over, and asks about everything at the end. */
export async function runFailover(options: FailoverOptions): Promise<FailoverRun> {
  const set = await createReplicaSet({ binary: options.mongod, members: MEMBERS, isTesting: true });
  try {
    const servers = await createLoadServers(set.url);
    try {
      return await run(set, servers, options);
    } finally {
      await servers.close();
    }
  } finally {
    await set.remove();
  }
}

async function run(set: ReplicaSet, servers: LoadServers, options: FailoverOptions): Promise<FailoverRun> {
  const { seconds, seed, clients } = options;
  const record = createRecord();
  while (servers.started.length < options.servers) await servers.start();
  const { started } = servers;
  const requests = createRequests(
    started.map(({ origin }) => origin),
    { record, mayBeUnavailable: true },
  );
  const administrator = await signIn(started[0]!.program, ADMINISTRATOR);
  const failedOverAtMs = await runLoad({
    ...{ requests, administratorToken: administrator.token, seed, clients, probeAfterMs: PROBE_AFTER_MS },
    happen: () => failOver(set, seconds),
  });
  await set.waitForPrimary();
  for (const server of started) await server.untilReady();
  const end = await inspectEnd(requests);
  return { record, end, failedOverAtMs, log: started.flatMap((server) => server.log()) };
}

/**
 * The primary is killed while nobody follows it, so that what it alone has is undone; it comes back to find another.
 * Where there is time, that one hangs for a while. Takes as many seconds as the run; when there was another primary.
 */
async function failOver(set: ReplicaSet, seconds: number): Promise<number> {
  const over = setTimeout(seconds * 1000);
  await setTimeout((seconds * 1000) / 3);
  const killed = await set.waitForPrimary();
  const followers = Array.from({ length: MEMBERS }, (_, index) => index).filter((index) => index !== killed);
  const lag = (mode: 'alwaysOn' | 'off') =>
    Promise.all(followers.map((index) => set.configureFailPoint(index, { name: 'stopReplProducer', mode })));
  await lag('alwaysOn');
  await setTimeout(LAG_MS);
  await set.kill(killed);
  await lag('off');
  const next = await set.waitForPrimary({ otherThan: killed });
  const failedOverAtMs = performance.now();
  await set.start(killed);
  if (seconds >= SECOND_ROUND_SECONDS) {
    await setTimeout((seconds * 1000) / 6);
    await hang(set, next);
  }
  await over;
  return failedOverAtMs;
}

async function hang(set: ReplicaSet, index: number): Promise<void> {
  set.freeze(index);
  try {
    await set.waitForPrimary({ otherThan: index });
    await setTimeout(FREEZE_MS);
  } finally {
    set.thaw(index);
  }
}
