/**
 * What does a refresh cost, with a grace of 0, so that each one rotates? Over HTTP on SQLite, beside the same server that
 * does not wait for the disk; on MongoDB, beside nothing but the driver's `findOneAndUpdate` by the same index, as many at
 * once; on both, beside a plain server of the libraries that we use; and beside accounts-js. Servers on one core, asked from the other over 32 connections, in turns, ten sessions on
 * each; medians.
 *
 *     npx tsx bench/refreshes.ts [--seconds=3] [--rounds=5] [--sessions=10] [--rivals] [--json]
 *
 * What is on MongoDB wants a replica set in `MONGODB_URI`; with `--rivals`, `npm ci --prefix bench/rivals` comes first.
 * The disk is that of `TMPDIR`.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { leaveServerCore, SERVER_CORE } from './support/cores.js';
import { loadChains, type Chain } from './support/http-chain.js';
import type { HttpLoad } from './support/http-load.js';
import { median, printResults } from './support/in-process.js';
import { startLatchkey, startOnLatchkey } from './support/latchkey.js';
import { freshDatabases } from './support/mongodb.js';
import { hasOption, numberOption } from './support/options.js';
import { bundleWithoutDurability, compileServer } from './support/programs.js';
import { ACCOUNTS_JS, requireRivals, startRival } from './support/rivals.js';
import { startServerProcess, type ServerProcess } from './support/server-process.js';
import { accountsJsChains, bareChains, latchkeyChains } from './support/session-chains.js';

const SECONDS = numberOption('seconds', 3);
const ROUNDS = numberOption('rounds', 5);
const WITH_RIVALS = hasOption('rivals');
if (WITH_RIVALS) requireRivals();
const CONNECTIONS = 32;
const SESSIONS = CONNECTIONS * numberOption('sessions', 10);

interface Contestant {
  readonly server: ServerProcess;
  readonly chains: readonly Chain[];
  readonly rounds: HttpLoad[];
}

const contestants = new Map<string, Contestant>();
const notDurable = await bundleWithoutDurability();
const plainProgram = await compileServer('bare-refresh', 'plain-server');
const EACH_ROTATES = { REFRESH_GRACE_SECONDS: '0' };

async function add(name: string, server: ServerProcess): Promise<void> {
  contestants.set(name, { server, chains: await latchkeyChains(server.origin, SESSIONS), rounds: [] });
}

/** The plain server, in a folder of its own or on a database. */
async function addPlain(name: string, environment: Readonly<Record<string, string>> = {}): Promise<void> {
  const { path, folder } = plainProgram;
  const server = await startServerProcess({ args: [path], folder, environment });
  contestants.set(name, { server, chains: await bareChains(server.origin, SESSIONS), rounds: [] });
}

const bare: number[] = [];
const { MONGODB_URI } = process.env;
const databases = MONGODB_URI === undefined ? null : freshDatabases(MONGODB_URI);

async function barePerSecond(mongodbUri: string): Promise<number> {
  const program = join(import.meta.dirname, 'servers/bare-find-one-and-update.ts');
  const args = [process.execPath, '--import', 'tsx', program, String(SECONDS), String(CONNECTIONS)];
  const env = { ...process.env, MONGODB_URI: mongodbUri };
  const { stdout } = await promisify(execFile)('taskset', ['--cpu-list', SERVER_CORE, ...args], { env });
  return Number(stdout);
}

const speedOf = (name: string): number => {
  const rounds = contestants.get(name)?.rounds ?? [];
  return median(rounds.map(({ requestsPerSecond }) => requestsPerSecond));
};

function figuresOf(name: string, { rounds }: Contestant): Readonly<Record<string, number>> {
  const speed = speedOf(name);
  return {
    refreshesPerSecond: speed,
    cpuMicroseconds: median(rounds.map(({ cpuMicrosecondsPerRequest }) => cpuMicrosecondsPerRequest)),
    sqliteIsTimesAsFast: speedOf('Latchkey, SQLite') / speed,
    ...(databases && { mongodbIsTimesAsFast: speedOf('Latchkey, MongoDB') / speed }),
  };
}

try {
  await add('Latchkey, SQLite', await startLatchkey(EACH_ROTATES));
  await add('Latchkey, SQLite, not durable', await startOnLatchkey([notDurable.path, 'serve'], EACH_ROTATES));
  await addPlain('plain server, SQLite');
  if (databases === null) console.error('what is on MongoDB is left out, for want of a replica set in MONGODB_URI');
  else {
    await add('Latchkey, MongoDB', await startLatchkey({ ...EACH_ROTATES, STORE_URL: databases.next() }));
    await addPlain('plain server, MongoDB', { MONGODB_URI: databases.next() });
  }
  if (databases !== null && WITH_RIVALS) {
    const server = await startRival(ACCOUNTS_JS, databases.next());
    contestants.set(ACCOUNTS_JS.name, { server, chains: await accountsJsChains(server.origin, SESSIONS), rounds: [] });
  }
  leaveServerCore();
  // The first round warms them up.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const { server, chains, rounds } of contestants.values()) {
      const load = await loadChains({ server, chains, connections: CONNECTIONS, seconds: SECONDS });
      if (round > 0) rounds.push(load);
    }
    if (databases !== null) {
      const speed = await barePerSecond(databases.next());
      if (round > 0) bare.push(speed);
    }
  }
  const figures = [...contestants].map(([name, contestant]) => [name, figuresOf(name, contestant)] as const);
  const ofBare = {
    refreshesPerSecond: median(bare),
    mongodbIsTimesAsFast: speedOf('Latchkey, MongoDB') / median(bare),
  };
  printResults(Object.fromEntries([...figures, ...(databases ? [['findOneAndUpdate alone', ofBare] as const] : [])]));
} finally {
  for (const { server } of contestants.values()) await server.stop();
  notDurable.remove();
  plainProgram.remove();
  await databases?.dropAll().catch((error: unknown) => console.error(error));
}
