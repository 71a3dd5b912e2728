/**
 * What does a server hold for the sessions that are in use? Resident memory with 100,000 of them on SQLite, each of which
 * has asked with an access token of its own, beside Apollo Server on node:http that was asked as often, with the same
 * headers: bundled as ours is, and from `node_modules`. In turns, in one run: each session once a round, in any order. It is
 * read as soon as the last is answered: garbage that nobody has collected yet counts.
 *
 *     npx tsx bench/memory.ts [--sessions=100000] [--rounds=5] [--json]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leaveServerCore } from './support/cores.js';
import { fillStore } from './support/filled-store.js';
import { connectHttp } from './support/http-connection.js';
import { median, printResults } from './support/in-process.js';
import { issueAccessTokens, type SignedIn } from './support/issued-tokens.js';
import { startLatchkey } from './support/latchkey.js';
import { numberOption } from './support/options.js';
import { bundleServer, compileServer } from './support/programs.js';
import { startServerProcess, type ServerProcess } from './support/server-process.js';

const SESSIONS = numberOption('sessions', 100_000);
const ROUNDS = numberOption('rounds', 5);
const USERS = Math.ceil(SESSIONS / 10);
const CONNECTIONS = 32;
const QUERY = JSON.stringify({ query: '{ viewer { id roles } }' });
/** Longer than all of this takes. */
const ENVIRONMENT = { PUBLIC_URL: 'https://auth.example.com', ACCESS_TOKEN_TTL_SECONDS: '7200' };

interface Contestant {
  readonly server: ServerProcess;
  readonly answerTo: (session: SignedIn) => string;
  /** Before anything was asked. */
  readonly atStart: number;
  readonly rounds: number[];
}

const contestant = (server: ServerProcess, answerTo: Contestant['answerTo']): Contestant => ({
  ...{ server, answerTo, atStart: server.residentMegabytes(), rounds: [] },
});

function shuffled<Value>(values: readonly Value[]): Value[] {
  const keyed = values.map((value) => ({ value, key: Math.random() }));
  return keyed.sort((left, right) => left.key - right.key).map(({ value }) => value);
}

/** Asks once for each, over connections that are kept. */
async function askForEach({ server, answerTo }: Contestant, sessions: readonly SignedIn[]): Promise<void> {
  const left = sessions.values();
  const askOver = async (): Promise<void> => {
    const connection = await connectHttp(server.origin);
    for (const session of left) {
      const answer = await connection.ask(QUERY, { authorization: `Bearer ${session.accessToken}` });
      if (answer.trim() !== answerTo(session)) throw new Error(`another answer: ${answer}`);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, askOver));
}

const viewerAnswer = (id: string, roles: string): string => `{"data":{"viewer":{"id":"${id}","roles":${roles}}}}`;
const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
const [bundled, unbundled] = [await bundleServer('bare-http'), await compileServer('bare-http', 'viewer-schema')];
const servers: ServerProcess[] = [];
async function started<Server extends ServerProcess>(starting: Promise<Server>): Promise<Server> {
  const server = await starting;
  servers.push(server);
  return server;
}

try {
  leaveServerCore();
  const url = `file:${join(folder, 'latchkey.db')}`;
  const store = await fillStore({ url, users: USERS, sessions: SESSIONS });
  const ours = await started(startLatchkey({ ...store.environment, ...ENVIRONMENT }));
  const startBare = (args: readonly string[]): Promise<ServerProcess> =>
    started(startServerProcess({ args, folder: unbundled.folder }));
  const toEverybody = (): string => viewerAnswer('a'.repeat(22), '["ADMIN"]');
  const contestants: Readonly<Record<string, Contestant>> = {
    Latchkey: contestant(ours, ({ userId }) => viewerAnswer(userId, '[]')),
    'Apollo Server, bundled': contestant(await startBare([bundled.path]), toEverybody),
    'Apollo Server, from node_modules': contestant(await startBare([unbundled.path]), toEverybody),
  };
  const sessions = await issueAccessTokens(store, { issuer: ENVIRONMENT.PUBLIC_URL, ttlSeconds: 7_200 });
  if (sessions.length !== SESSIONS) throw new Error(`${sessions.length} sessions have a token`);
  const all = Object.values(contestants);
  // The first round warms them up.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const each of round % 2 === 0 ? all : all.toReversed()) {
      await askForEach(each, shuffled(sessions));
      if (round > 0) each.rounds.push(each.server.residentMegabytes());
    }
  }
  const inUse = ({ rounds }: Contestant): number => median(rounds);
  const figuresOf = (each: Contestant): Readonly<Record<string, number>> => ({
    atStart: each.atStart,
    megabytes: inUse(each),
    most: Math.max(...each.rounds),
    oursHasMore: median(all[0]?.rounds.map((ofOurs, round) => ofOurs - (each.rounds[round] ?? NaN)) ?? []),
  });
  printResults(Object.fromEntries(Object.entries(contestants).map(([name, each]) => [name, figuresOf(each)])));
} finally {
  for (const server of servers) await server.stop();
  for (const program of [bundled, unbundled]) program.remove();
  rmSync(folder, { recursive: true, force: true });
}
