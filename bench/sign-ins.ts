/**
 * What does a sign-in cost beside its password hash, and does a flood of them keep others waiting? Sign-ins over HTTP, as
 * many at once as keep both cores busy, beside nothing but argon2id with the same parameters, and beside a server that
 * does nothing but check the password; and how long verified requests take meanwhile, beside how long they take when
 * nobody else asks, here and there: that server verifies nothing.
 *
 *     npx tsx bench/sign-ins.ts [--seconds=3] [--rounds=5] [--rivals] [--json]
 *
 * With `--rivals` also beside better-auth and accounts-js, with the hashes that they make: dearer ones, or cheaper, than
 * argon2id with 19 MiB and two passes. accounts-js wants a replica set in `MONGODB_URI`.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ALL_CORES } from './support/cores.js';
import { askGraphql } from './support/graphql.js';
import { loadChains, type Chain } from './support/http-chain.js';
import { median, printResults } from './support/in-process.js';
import { startLatchkey } from './support/latchkey.js';
import { freshDatabases } from './support/mongodb.js';
import { hasOption, numberOption } from './support/options.js';
import { compileServer } from './support/programs.js';
import { requireRivals, RIVALS, SIGN_INS, startRival, type Rival, type SignInRequest } from './support/rivals.js';
import { startServerProcess, type ServerProcess } from './support/server-process.js';

const SECONDS = numberOption('seconds', 3);
const ROUNDS = numberOption('rounds', 5);
const WITH_RIVALS = hasOption('rivals');
if (WITH_RIVALS) requireRivals();
/** So that no account has more sessions than it may have within a round. */
const USERS = 50;
const AT_ONCE = 16;
const PASSWORD = 'correct horse battery';
const PAUSE_MS = 2;
const SIGN_UP = 'mutation ($input: SignUpInput!) { signUp(input: $input) { deviceToken } }';
const SIGN_IN = 'mutation ($input: SignInInput!) { signIn(input: $input) { user { id } } }';

const server = await startLatchkey({}, ALL_CORES);
const accountOf = (index: number) => ({ email: `user-${index % USERS}@example.com`, password: PASSWORD });
/** Of those who sign in where they did before: nobody is sent a mail about it. */
const deviceTokens: string[] = [];
for (let index = 0; index < USERS; index += 1) {
  const request = { query: SIGN_UP, variables: { input: accountOf(index) } };
  const { signUp } = await askGraphql<{ readonly signUp: { readonly deviceToken: string } }>(server.origin, request);
  deviceTokens.push(signUp.deviceToken);
}
const inputOf = (index: number) => ({ ...accountOf(index), deviceToken: deviceTokens[index % USERS] });

function chainOf(bodyOf: (count: number) => string, answer: RegExp): Chain {
  let count = 0;
  return {
    next: () => bodyOf((count += 1)),
    take(text) {
      if (!answer.test(text)) throw new Error(`no sign-in: ${text}`);
    },
  };
}

const OURS = Array.from({ length: AT_ONCE }, (_, place) =>
  chainOf(
    (count) => JSON.stringify({ query: SIGN_IN, variables: { input: inputOf(place + AT_ONCE * count) } }),
    /^\{"data":\{"signIn":\{"user":\{"id":"/,
  ),
);

async function signInsPerSecond(at: ServerProcess = server): Promise<number> {
  const load = await loadChains({ server: at, chains: OURS, connections: AT_ONCE, seconds: SECONDS });
  return load.requestsPerSecond;
}

async function bareHashesPerSecond(): Promise<number> {
  const program = join(import.meta.dirname, 'servers/bare-argon2id.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', program, String(SECONDS)]);
  return Number(stdout);
}

/** The time under which 99 of 100 verified requests are answered, asked one after the other. */
async function verifiedP99Ms({ origin }: ServerProcess = server): Promise<number> {
  const { accessToken } = server;
  const endMs = performance.now() + SECONDS * 1_000;
  const times: number[] = [];
  while (performance.now() < endMs) {
    const beganMs = performance.now();
    await askGraphql(origin, { query: '{ viewer { id roles } }', accessToken });
    times.push(performance.now() - beganMs);
    await setTimeout(PAUSE_MS);
  }
  return times.toSorted((left, right) => left - right)[Math.floor(times.length * 0.99)] ?? NaN;
}

interface SigningIn {
  readonly name: string;
  readonly server: ServerProcess;
  readonly request: SignInRequest;
  readonly speeds: number[];
}

const { MONGODB_URI } = process.env;
const databases = WITH_RIVALS && MONGODB_URI !== undefined ? freshDatabases(MONGODB_URI) : null;

async function start(rival: Rival): Promise<SigningIn[]> {
  const { name, program, isOnMongodb, signIn, environment } = rival;
  const request = SIGN_INS[program];
  if (request === undefined || environment !== undefined || (isOnMongodb && databases === null)) return [];
  const started = await startRival(rival, isOnMongodb ? databases?.next() : undefined, ALL_CORES);
  await signIn(started.origin);
  return [{ name, server: started, request, speeds: [] }];
}

const rivals: SigningIn[] = [];
const { path, folder, remove } = await compileServer('bare-sign-in', 'plain-server');
const plain = await startServerProcess({ args: [path], folder, cores: ALL_CORES });
try {
  for (const rival of WITH_RIVALS ? RIVALS : []) rivals.push(...(await start(rival)));
  const figures = {
    signIns: [] as number[],
    bareHashes: [] as number[],
    plain: [] as number[],
    idleP99: [] as number[],
    busyP99: [] as number[],
    plainIdleP99: [] as number[],
    plainBusyP99: [] as number[],
  };
  // It gets quicker over some hundreds of sign-ins, as any server does that runs for long; the first round does the rest.
  await loadChains({ server, chains: OURS, connections: AT_ONCE, seconds: 10 * SECONDS });
  for (let round = 0; round <= ROUNDS; round += 1) {
    const bareHashes = await bareHashesPerSecond();
    const signIns = await signInsPerSecond();
    const checks = await signInsPerSecond(plain);
    const idleP99 = await verifiedP99Ms();
    const [, busyP99] = await Promise.all([signInsPerSecond(), verifiedP99Ms()]);
    const plainIdleP99 = await verifiedP99Ms(plain);
    const [, plainBusyP99] = await Promise.all([signInsPerSecond(plain), verifiedP99Ms(plain)]);
    for (const { server: rival, request, speeds } of rivals) {
      const { path, body, answer } = request;
      const chains = Array.from({ length: AT_ONCE }, () => chainOf(() => body, answer));
      const headers = { origin: rival.origin };
      const load = await loadChains({ server: rival, path, headers, chains, connections: AT_ONCE, seconds: SECONDS });
      if (round > 0) speeds.push(load.requestsPerSecond);
    }
    if (round === 0) continue;
    figures.signIns.push(signIns);
    figures.bareHashes.push(bareHashes);
    figures.plain.push(checks);
    figures.idleP99.push(idleP99);
    figures.busyP99.push(busyP99);
    figures.plainIdleP99.push(plainIdleP99);
    figures.plainBusyP99.push(plainBusyP99);
  }
  const ours = median(figures.signIns);
  const beside = (speeds: readonly number[]) => ({ ours, itsOwn: median(speeds), ratio: ours / median(speeds) });
  const whileBusy = (busy: readonly number[], idle: readonly number[]) => ({
    ...{ underSignIns: median(busy), whenIdle: median(idle), ratio: median(busy) / median(idle) },
  });
  printResults({
    'argon2id alone': beside(figures.bareHashes),
    'plain server': beside(figures.plain),
    ...Object.fromEntries(rivals.map(({ name, speeds }) => [name, beside(speeds)])),
    'p99 of verified requests, ms': whileBusy(figures.busyP99, figures.idleP99),
    'p99 of the plain server, which answers all alike, ms': whileBusy(figures.plainBusyP99, figures.plainIdleP99),
  });
} finally {
  await server.stop();
  await plain.stop();
  remove();
  for (const rival of rivals) await rival.server.stop();
  await databases?.dropAll().catch((error: unknown) => console.error(error));
}
