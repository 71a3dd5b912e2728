/**
 * What does it cost to know who asks? `{ viewer { id roles } }` with a valid access token over HTTP, beside Apollo Server
 * that answers the same to everybody: on Fastify, on Express, and on node:http with as little as it takes. All servers run
 * at once on one core, and are asked in turns; what is written are medians, and how much of each other's speed is ours.
 *
 *     npx tsx bench/verified-requests.ts [--seconds=4] [--rounds=5] [--json]
 */
import { join } from 'node:path';
import { leaveServerCore } from './support/cores.js';
import { loadHttp, type HttpLoad } from './support/http-load.js';
import { median, printResults } from './support/in-process.js';
import { startLatchkey } from './support/latchkey.js';
import { startServerProcess, type ServerProcess } from './support/server-process.js';
import { numberOption } from './support/options.js';

const SECONDS = numberOption('seconds', 4);
const ROUNDS = numberOption('rounds', 5);
const QUERY = '{ viewer { id roles } }';

interface Contestant {
  readonly server: ServerProcess;
  readonly headers: Readonly<Record<string, string>>;
  readonly rounds: HttpLoad[];
}

const bare = (name: string): Promise<ServerProcess> =>
  startServerProcess({
    args: ['--import', 'tsx', join(import.meta.dirname, 'servers', `${name}.ts`)],
    folder: join(import.meta.dirname, '..'),
  });

async function latchkey(environment: Readonly<Record<string, string>>): Promise<Contestant> {
  const server = await startLatchkey(environment);
  return { server, headers: { authorization: `Bearer ${server.accessToken}` }, rounds: [] };
}

const ours = await latchkey({});
const contestants = new Map<string, Contestant>([
  ['Latchkey', ours],
  ['Latchkey, LOG_LEVEL=warn', await latchkey({ LOG_LEVEL: 'warn' })],
  ['Apollo Server on Fastify', { server: await bare('bare-fastify'), headers: {}, rounds: [] }],
  ['Apollo Server on node:http', { server: await bare('bare-http'), headers: {}, rounds: [] }],
  ['Apollo Server on Express', { server: await bare('bare-express'), headers: {}, rounds: [] }],
]);
leaveServerCore();

async function expectedOf({ server, headers }: Contestant): Promise<string> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
  const response = await fetch(`${server.origin}/graphql`, { ...init, body: JSON.stringify({ query: QUERY }) });
  const text = await response.text();
  if (!/"viewer":\{"id":"[\w-]{22}","roles":\["ADMIN"\]\}/.test(text)) throw new Error(`an unexpected answer: ${text}`);
  return text;
}

try {
  // The first round warms them up.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const contestant of contestants.values()) {
      const expected = await expectedOf(contestant);
      const load = await loadHttp({ ...contestant, query: QUERY, expected, seconds: SECONDS });
      if (round > 0) contestant.rounds.push(load);
    }
  }
  const medianOf = ({ rounds }: Contestant, name: keyof HttpLoad): number => median(rounds.map((load) => load[name]));
  printResults(
    Object.fromEntries(
      [...contestants].map(([name, contestant]) => [
        name,
        {
          requestsPerSecond: medianOf(contestant, 'requestsPerSecond'),
          oursIsTimesAsFast: medianOf(ours, 'requestsPerSecond') / medianOf(contestant, 'requestsPerSecond'),
          cpuMicroseconds: medianOf(contestant, 'cpuMicrosecondsPerRequest'),
          itsCpuOverOurs:
            medianOf(contestant, 'cpuMicrosecondsPerRequest') / medianOf(ours, 'cpuMicrosecondsPerRequest'),
        },
      ]),
    ),
  );
} finally {
  for (const { server } of contestants.values()) await server.stop();
}
