import { setTimeout } from 'node:timers/promises';
import { eventually } from '../http/support/eventually.js';
import { signIn } from '../http/support/people.js';
import { inspectEnd, type EndState } from '../load/load-end.js';
import { createRecord, type LoadRecord } from '../load/load-record.js';
import { createRequests } from '../load/load-requests.js';
import { ADMINISTRATOR, createLoadServers, type LoadServers, type LogLine } from '../load/load-servers.js';
import { runLoad } from '../load/run-load.js';
import { holdSignIn } from '../process/support/held-request.js';
import { watchReadiness, type Readiness } from './readiness.js';
import { beginSteadyRequests, type SteadyRequests } from './steady-requests.js';
import { startRollingProxy, type RollingProxy, type Upstream } from './rolling-proxy.js';

export interface RollingOptions {
  readonly storeUrl: string;
  /** How long the clients go on, at least: each server is restarted twice in any case. */
  readonly seconds: number;
  readonly seed: number;
  readonly clients: number;
  readonly mostUsers: number;
}

/** What came of a run, over by then. */
export interface RollingRun {
  readonly record: LoadRecord;
  readonly end: EndState;
  readonly restarts: readonly Restart[];
  readonly proxies: Readonly<Record<'watching' | 'blind', RollingProxy>>;
  readonly steady: Pick<SteadyRequests, 'answered' | 'unexpected'>;
  readonly log: readonly LogLine[];
}

/** One server that was stopped, and replaced. */
export interface Restart {
  readonly server: number;
  readonly exitCode: number | NodeJS.Signals;
  /** What its `/readyz` came to from the signal on, each time that it changed. */
  readonly readiness: readonly string[];
  /** What a sign-in was answered that had begun before the signal, and was sent whole after nothing new was accepted. */
  readonly heldAnswer: string;
}

const SERVERS = 2;
const LEAST_ROUNDS = 2;
/** As long as a proxy needs that asks each server twice a second, on a machine that is busy. */
const SHUTDOWN_DELAY_SECONDS = 2;
/** Shorter than that: a connection that is still kept when the server closes was told so before. */
const BLIND_IDLE_MS = 500;
const BETWEEN_MS = 250;
/** At once, and behind the bound of 5 s: a server that started meanwhile has to know as well. */
const PROBE_AFTER_MS = [0, 500, 5010];

/** Replaces one of two servers after the other, again and again, while clients go on behind proxies. */
export async function runRolling(options: RollingOptions): Promise<RollingRun> {
  const environment = { SHUTDOWN_DELAY_SECONDS: String(SHUTDOWN_DELAY_SECONDS) };
  const servers = await createLoadServers(options.storeUrl, environment);
  try {
    while (servers.started.length < SERVERS) await servers.start();
    const upstreams: Upstream[] = servers.started.map(({ origin }) => ({ origin }));
    const readiness = watchReadiness(upstreams);
    try {
      return await runBehindProxies({ servers, upstreams, readiness }, options);
    } finally {
      await readiness.stop();
    }
  } finally {
    await servers.close();
  }
}

interface Behind {
  readonly servers: LoadServers;
  readonly upstreams: Upstream[];
  readonly readiness: Readiness;
}

async function runBehindProxies(behind: Behind, options: RollingOptions): Promise<RollingRun> {
  const { servers, upstreams, readiness } = behind;
  // One goes by `/readyz`, and tries nothing twice; the other, as nginx, by what happens when it connects.
  const { isReady, isStopping } = readiness;
  const watching = await startRollingProxy({ upstreams, isInRotation: isReady, isStopping, triesNext: false });
  const blind = await startRollingProxy({
    ...{ upstreams, isInRotation: () => true, isStopping: () => false, triesNext: true },
    idleMs: BLIND_IDLE_MS,
  });
  try {
    await untilInRotation(readiness);
    const record = createRecord();
    const requests = createRequests([watching.origin, blind.origin], { record, mayBeUnavailable: false });
    const administrator = await signIn(servers.started[0]!.program, ADMINISTRATOR);
    const { seconds, seed, clients, mostUsers } = options;
    const { token } = administrator;
    const steady = beginSteadyRequests([watching.origin, blind.origin], token);
    let restarts: Awaited<ReturnType<typeof roll>>;
    try {
      restarts = await runLoad({
        ...{ requests, administratorToken: token, seed, clients, mostUsers, probeAfterMs: PROBE_AFTER_MS },
        happen: () => roll(behind, seconds),
      });
    } finally {
      await steady.stop();
    }
    // Behind each entrance are the same servers.
    const end = await inspectEnd(createRequests([watching.origin], { record, mayBeUnavailable: false }));
    const log = servers.started.flatMap((server) => server.log());
    return { record, end, restarts, log, steady, proxies: { watching, blind } };
  } finally {
    await Promise.all([watching.close(), blind.close()]);
  }
}

async function roll(behind: Behind, seconds: number): Promise<Restart[]> {
  const endsAtMs = performance.now() + seconds * 1000;
  const restarts: Restart[] = [];
  while (restarts.length < LEAST_ROUNDS * SERVERS || performance.now() < endsAtMs) {
    restarts.push(await restart(behind, restarts.length % SERVERS));
    await setTimeout(BETWEEN_MS);
  }
  return restarts;
}

async function restart({ servers, upstreams, readiness }: Behind, server: number): Promise<Restart> {
  const upstream = upstreams[server]!;
  const { program } = servers.started.find(({ origin }) => origin === upstream.origin)!;
  const held = await holdSignIn(upstream.origin, ADMINISTRATOR.email);
  const before = readiness.history(server).length - 1;
  program.kill('SIGTERM');
  await eventually(() => readiness.history(server).at(-1) === 'closed');
  const heldAnswer = await held.finish();
  const exitCode = await program.ended;
  const seen = readiness.history(server).slice(before);
  upstream.origin = (await servers.start()).origin;
  await untilInRotation(readiness);
  return { server, exitCode, readiness: seen, heldAnswer };
}

const untilInRotation = (readiness: Readiness): Promise<void> =>
  eventually(() => Array.from({ length: SERVERS }, (_, server) => server).every((server) => readiness.isReady(server)));
