/**
 * How soon does a server answer that was not running? From its start to the first right answer over HTTP, on one core: the
 * published program, on a SQLite store that is there (a signed-in viewer) and in an empty folder; beside Apollo Server on
 * node:http without any authentication, bundled in the same way, and from `node_modules`. In turns, in one run.
 *
 *     npx tsx bench/start.ts [--rounds=15] [--json]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leaveServerCore } from './support/cores.js';
import { askGraphql, type GraphqlRequest } from './support/graphql.js';
import { median, printResults } from './support/in-process.js';
import { ADMINISTRATOR_ENVIRONMENT, ourProgram, signInAdministrator } from './support/latchkey.js';
import { numberOption } from './support/options.js';
import { bundleServer, compileServer } from './support/programs.js';
import { startServerProcess, type ServerProcess } from './support/server-process.js';

const ROUNDS = numberOption('rounds', 15);
/** Where it binds changes with each start, and tokens are to hold; longer than all of this takes. */
const ENVIRONMENT = { PUBLIC_URL: 'https://auth.example.com', ACCESS_TOKEN_TTL_SECONDS: '86400' };

interface Start {
  readonly ms: number;
  /** What the server has had of processors: what others do on the machine counts for less in it. */
  readonly cpuMs: number;
}

interface Contestant {
  readonly start: () => Promise<ServerProcess>;
  readonly request: GraphqlRequest;
  readonly isRight: (data: object) => boolean;
  /** Each ends as it began. */
  readonly cleanUp?: () => void;
  readonly rounds: Start[];
}

const makeFolder = (): string => mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true });
const idOf = (data: object): string | undefined => (data as { readonly viewer?: { readonly id: string } }).viewer?.id;
const startLatchkey = (folder: string, environment = {}): Promise<ServerProcess> =>
  startServerProcess({ args: [program, 'serve'], folder, environment: { ...ENVIRONMENT, ...environment } });

/** A store as a server leaves it behind, with an administrator who is signed in. */
async function onStore(folder: string): Promise<Contestant> {
  const server = await startLatchkey(folder, ADMINISTRATOR_ENVIRONMENT);
  const accessToken = await signInAdministrator(server.origin);
  const request = { query: '{ viewer { id roles } }', accessToken };
  const id = idOf(await askGraphql(server.origin, request));
  await server.stop();
  const isRight = (data: object): boolean => id !== undefined && idOf(data) === id;
  return { start: () => startLatchkey(folder), request, isRight, rounds: [] };
}

function inEmptyFolder(): Contestant {
  let folder = '';
  return {
    start: () => startLatchkey((folder = makeFolder())),
    request: { query: '{ __typename }' },
    isRight: (data) => (data as { readonly __typename: string }).__typename === 'Query',
    cleanUp: () => removeFolder(folder),
    rounds: [],
  };
}

const bare = (path: string, folder: string): Contestant => ({
  start: () => startServerProcess({ args: [path], folder }),
  request: { query: '{ viewer { id roles } }' },
  isRight: (data) => idOf(data) === 'a'.repeat(22),
  rounds: [],
});

async function timeStart({ start, request, isRight, cleanUp }: Contestant): Promise<Start> {
  const beganMs = performance.now();
  const server = await start();
  try {
    const data = await askGraphql<object>(server.origin, request);
    const measured = { ms: performance.now() - beganMs, cpuMs: server.cpuMs() };
    if (!isRight(data)) throw new Error(`another answer: ${JSON.stringify(data)}`);
    return measured;
  } finally {
    await server.stop();
    cleanUp?.();
  }
}

const program = await ourProgram();
const [bundled, unbundled] = [await bundleServer('bare-http'), await compileServer('bare-http', 'viewer-schema')];
const storeFolder = makeFolder();

try {
  const contestants: Readonly<Record<string, Contestant>> = {
    'Latchkey, its store there': await onStore(storeFolder),
    'Latchkey, in an empty folder': inEmptyFolder(),
    'Apollo Server, bundled': bare(bundled.path, bundled.folder),
    'Apollo Server, from node_modules': bare(unbundled.path, unbundled.folder),
  };
  leaveServerCore();
  const all = Object.values(contestants);
  // The first round warms up what the machine keeps of files.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const contestant of round % 2 === 0 ? all : all.toReversed()) {
      const measured = await timeStart(contestant);
      if (round > 0) contestant.rounds.push(measured);
    }
  }
  const [, , besideBundled, besideUnbundled] = all;
  /** Of each round, so that what else the machine does meets all alike. */
  const timesOf = (name: keyof Start, contestant: Contestant, other?: Contestant): number =>
    median(contestant.rounds.map((measured, round) => measured[name] / (other?.rounds[round]?.[name] ?? NaN)));
  const figuresOf = (contestant: Contestant): Readonly<Record<string, number>> => ({
    ms: median(contestant.rounds.map(({ ms }) => ms)),
    cpuMs: median(contestant.rounds.map(({ cpuMs }) => cpuMs)),
    timesBundled: timesOf('ms', contestant, besideBundled),
    timesFromModules: timesOf('ms', contestant, besideUnbundled),
    cpuTimesBundled: timesOf('cpuMs', contestant, besideBundled),
    cpuTimesFromModules: timesOf('cpuMs', contestant, besideUnbundled),
  });
  printResults(Object.fromEntries(Object.entries(contestants).map(([name, each]) => [name, figuresOf(each)])));
} finally {
  removeFolder(storeFolder);
  for (const rival of [bundled, unbundled]) rival.remove();
}
