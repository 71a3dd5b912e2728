import { setTimeout } from 'node:timers/promises';
import pLimit from 'p-limit';
import { signIn } from '../http/support/people.js';
import { createReplicaSet, type ReplicaSet } from '../support/replica-set.js';
import { runAdministrator, runClient, signUpUser, type Load } from './failover-clients.js';
import { inspectEnd, type EndState } from './failover-end.js';
import { createRecord, type FailoverRecord } from './failover-record.js';
import { createRequests } from './failover-requests.js';
import { ADMINISTRATOR, startServers, type FailoverServers, type LogLine } from './failover-servers.js';
import { createRandom } from './random.js';

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
  readonly record: FailoverRecord;
  readonly end: EndState;
  readonly log: readonly LogLine[];
  /** When there was another primary. */
  readonly failedOverAtMs: number;
}

const MEMBERS = 3;
const SIGN_UPS_AT_ONCE = 4;
const LAG_MS = 1000;
/** A run that takes longer than this has time for a second outage. */
const SECOND_ROUND_SECONDS = 40;
const FREEZE_MS = 8000;

/** Lets clients loose on servers of a replica set that fails over, and asks about everything at the end. */
export async function runFailover(options: FailoverOptions): Promise<FailoverRun> {
  const set = await createReplicaSet({ binary: options.mongod, members: MEMBERS, isTesting: true });
  try {
    const servers = await startServers(set.url, options.servers);
    try {
      return await run(set, servers, options);
    } finally {
      await servers.close();
    }
  } finally {
    await set.remove();
  }
}

async function run(set: ReplicaSet, servers: FailoverServers, options: FailoverOptions): Promise<FailoverRun> {
  const { seconds, seed, clients } = options;
  const record = createRecord();
  const requests = createRequests(servers.origins, record);
  const administrator = await signIn(servers.programs[0]!, ADMINISTRATOR);
  const limit = pLimit(SIGN_UPS_AT_ONCE);
  const signUps = Array.from({ length: clients }, (_, client) =>
    limit(() => signUpUser(requests, client % requests.servers)),
  );
  const users = await Promise.all(signUps);

  let isOn = true;
  const load: Load = { requests, isOn: () => isOn, probes: [] };
  const stop = (): boolean => (isOn = false);
  const [failedOverAtMs] = await Promise.all([
    failOver(set, seconds).finally(stop),
    runAdministrator(load, administrator.token, createRandom(seed)).catch(stopAndThrow(stop)),
    ...users.map((user, client) => runClient(load, user, createRandom(seed + client + 1)).catch(stopAndThrow(stop))),
  ]);
  while (load.probes.length > 0) await Promise.all(load.probes.splice(0));

  await set.waitForPrimary();
  await servers.untilReady();
  const end = await inspectEnd(requests);
  return { record, end, failedOverAtMs, log: servers.origins.flatMap((_, server) => servers.log(server)) };
}

/** A client that cannot go on is a fault of the test: the others need not go on either. */
const stopAndThrow =
  (stop: () => void) =>
  (error: unknown): never => {
    stop();
    throw error;
  };

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
