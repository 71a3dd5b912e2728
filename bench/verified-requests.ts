/**
 * What does it cost to know who asks? `{ viewer { id roles } }` with a valid access token over HTTP, beside Apollo Server
 * that answers the same to everybody: on Fastify, on Express, and on node:http with as little as it takes. All servers run
 * at once on one core, and are asked in turns; what is written are medians, and how much of each other's speed is ours.
 *
 *     npx tsx bench/verified-requests.ts [--seconds=4] [--rounds=5] [--rivals] [--json]
 *
 * With `--rivals`, also beside what a user would take instead, asked in the same turns who is signed in; `bench/rivals` says
 * what they are. Those on MongoDB want a replica set in `MONGODB_URI`, and ours is on one too then.
 */
import { join } from 'node:path';
import { leaveServerCore } from './support/cores.js';
import { loadHttp, type HttpLoad } from './support/http-load.js';
import { median, printResults } from './support/in-process.js';
import { startLatchkey } from './support/latchkey.js';
import { freshDatabases } from './support/mongodb.js';
import { askOnce, refuseStranger, type Question } from './support/question.js';
import { requireRivals, RIVALS, startRival } from './support/rivals.js';
import { startServerProcess, type ServerProcess } from './support/server-process.js';
import { hasOption, numberOption } from './support/options.js';

const SECONDS = numberOption('seconds', 4);
const ROUNDS = numberOption('rounds', 5);
const WITH_RIVALS = hasOption('rivals');
if (WITH_RIVALS) requireRivals();

interface Contestant {
  readonly server: ServerProcess;
  /** Asked anew each round: a sign-in may not last for all of them. */
  readonly question: () => Question | Promise<Question>;
  readonly isOnMongodb?: boolean;
  /** Nobody is asked who they are. */
  readonly isBare?: boolean;
  readonly rounds: HttpLoad[];
}

const QUERY = '{ viewer { id roles } }';
const VIEWER = /^\{"data":\{"viewer":\{"id":"([\w-]{22})","roles":\["ADMIN"\]\}\}\}\s*$/;
const idIn = (answer: string): string | undefined => VIEWER.exec(answer)?.[1];

async function bare(name: string): Promise<Contestant> {
  const server = await startServerProcess({
    args: ['--import', 'tsx', join(import.meta.dirname, 'servers', `${name}.ts`)],
    folder: join(import.meta.dirname, '..'),
  });
  const question = (): Question => ({ query: QUERY, headers: {}, userId: 'a'.repeat(22), idIn });
  return { server, question, isBare: true, rounds: [] };
}

async function latchkey(environment: Readonly<Record<string, string>>): Promise<Contestant> {
  const server = await startLatchkey(environment);
  const [, claims = ''] = server.accessToken.split('.');
  const { sub } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { readonly sub: string };
  const headers = { authorization: `Bearer ${server.accessToken}` };
  return { server, question: () => ({ query: QUERY, headers, userId: sub, idIn }), rounds: [] };
}

const ours = await latchkey({});
const contestants = new Map<string, Contestant>([
  ['Latchkey', ours],
  ['Latchkey, LOG_LEVEL=warn', await latchkey({ LOG_LEVEL: 'warn' })],
  ['Apollo Server on Fastify', await bare('bare-fastify')],
  ['Apollo Server on node:http', await bare('bare-http')],
  ['Apollo Server on Express', await bare('bare-express')],
]);

const { MONGODB_URI } = process.env;
const databases = WITH_RIVALS && MONGODB_URI !== undefined ? freshDatabases(MONGODB_URI) : null;
let oursOnMongodb: Contestant | null = null;
if (databases !== null) {
  oursOnMongodb = { ...(await latchkey({ STORE_URL: databases.next() })), isOnMongodb: true };
  contestants.set('Latchkey, MongoDB', oursOnMongodb);
}

async function addRivals(): Promise<void> {
  for (const rival of RIVALS) {
    const { name, isOnMongodb, signIn } = rival;
    if (isOnMongodb && databases === null) {
      console.error(`${name}: left out, for want of a replica set in MONGODB_URI`);
      continue;
    }
    const server = await startRival(rival, isOnMongodb ? databases?.next() : undefined);
    contestants.set(name, { server, question: () => signIn(server.origin), isOnMongodb, rounds: [] });
  }
}

async function ask(contestant: Contestant): Promise<HttpLoad> {
  const { server, isBare = false } = contestant;
  const question = await contestant.question();
  if (!isBare) await refuseStranger(server, question);
  const expected = await askOnce(server, question);
  return loadHttp({ ...question, server, expected, seconds: SECONDS });
}

const medianOf = ({ rounds }: Contestant, name: keyof HttpLoad): number => median(rounds.map((load) => load[name]));

function figuresOf(contestant: Contestant): Readonly<Record<string, number>> {
  const [speed, cpu] = [medianOf(contestant, 'requestsPerSecond'), medianOf(contestant, 'cpuMicrosecondsPerRequest')];
  const onSameStore = contestant.isOnMongodb === true ? oursOnMongodb : null;
  return {
    requestsPerSecond: speed,
    oursIsTimesAsFast: medianOf(ours, 'requestsPerSecond') / speed,
    ...(onSameStore && { oursOnMongodbIsTimesAsFast: medianOf(onSameStore, 'requestsPerSecond') / speed }),
    cpuMicroseconds: cpu,
    itsCpuOverOurs: cpu / medianOf(ours, 'cpuMicrosecondsPerRequest'),
  };
}

try {
  if (WITH_RIVALS) await addRivals();
  leaveServerCore();
  // The first round warms them up.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const contestant of contestants.values()) {
      const load = await ask(contestant);
      if (round > 0) contestant.rounds.push(load);
    }
  }
  printResults(Object.fromEntries([...contestants].map(([name, contestant]) => [name, figuresOf(contestant)])));
} finally {
  for (const { server } of contestants.values()) await server.stop();
  // What failed before is what is to be told.
  await databases?.dropAll().catch((error: unknown) => console.error(error));
}
