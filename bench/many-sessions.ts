/**
 * Does a server slow down as its store grows? Refreshes, a user's list of sessions, sign-ins and bans, with 1,000,000
 * sessions of 100,000 users in the store, beside a hundredth of both; over HTTP, one after the other, in turns, each for a
 * user who is chosen at random from all of them. On SQLite, and on MongoDB where `MONGODB_URI` names a replica set.
 *
 *     npx tsx bench/many-sessions.ts [--sessions=1000000] [--users=100000] [--rounds=5] [--json]
 *
 * To fill the stores takes minutes, and 2 GB in the temporary folder. Each refresh rotates: grace is 0.
 */
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leaveServerCore } from './support/cores.js';
import { fillStore, PASSWORD, type FilledStore } from './support/filled-store.js';
import { connectHttp, type HttpConnection } from './support/http-connection.js';
import { median, printResults } from './support/in-process.js';
import { signInAdministrator, startLatchkey, type Latchkey } from './support/latchkey.js';
import { freshDatabases } from './support/mongodb.js';
import { numberOption } from './support/options.js';

const SESSIONS = numberOption('sessions', 1_000_000);
const USERS = numberOption('users', 100_000);
const ROUNDS = numberOption('rounds', 5);
const TIMES_LARGER = 100;
const SMALL_USERS = Math.floor(USERS / TIMES_LARGER);
/** In one round. Who is banned stays so: most users are left in the end, also in the small store. */
const BANS = Math.min(60, Math.floor(SMALL_USERS / (2 * (ROUNDS + 1))));
if (BANS === 0) throw new RangeError(`--users: ${2 * (ROUNDS + 1) * TIMES_LARGER} at least, with ${ROUNDS} rounds`);
if (SESSIONS < USERS) throw new RangeError('--sessions: one for each user at least');

/** What is asked of one of the two stores, and who is left in it. */
interface Contestant {
  readonly store: FilledStore;
  readonly server: Latchkey;
  /** Of this round: a server closes one on which nothing is asked for long. */
  connection: HttpConnection | null;
  /** The refresh tokens that are not the first any more, by session. */
  readonly refreshTokens: Map<number, string>;
  readonly banned: Set<number>;
}

interface Payload {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly sessions: readonly unknown[];
  readonly revokedSessionIds: readonly unknown[];
}

interface Asked {
  readonly query: string;
  readonly input?: object;
  readonly accessToken?: string;
}

/** The answer's one field, and how long it took. */
async function ask({ connection }: Contestant, asked: Asked): Promise<{ payload: Payload; ms: number }> {
  const { query, input, accessToken } = asked;
  const body = JSON.stringify({ query, variables: { input } });
  const headers = accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` };
  const beganMs = performance.now();
  const answer = (await connection?.ask(body, headers)) ?? '';
  const ms = performance.now() - beganMs;
  const { data, errors } = JSON.parse(answer) as { readonly data?: Record<string, Payload>; readonly errors?: unknown };
  const [payload] = Object.values(data ?? {});
  if (payload === undefined || errors !== undefined) throw new Error(answer);
  return { payload, ms };
}

function pickUser({ store, banned }: Contestant): number {
  for (;;) {
    const user = randomInt(store.users);
    if (!banned.has(user)) return user;
  }
}

const PAIR = 'accessToken refreshToken user { id }';
const REFRESH = `mutation ($input: RefreshSessionInput) { refreshSession(input: $input) { ${PAIR} } }`;
const SIGN_IN = `mutation ($input: SignInInput!) { signIn(input: $input) { ${PAIR} } }`;
const BAN = 'mutation ($input: BanUserInput!) { banUser(input: $input) { revokedSessionIds } }';
const LIST = '{ viewer { sessions { id current createdAt lastSeenAt deviceName userAgent ipAddress } } }';
const SESSIONS_EACH = Math.floor(SESSIONS / USERS);

async function refresh(contestant: Contestant): Promise<{ payload: Payload; ms: number }> {
  const { store, refreshTokens } = contestant;
  const session = pickUser(contestant) + randomInt(SESSIONS_EACH) * store.users;
  const refreshToken = refreshTokens.get(session) ?? store.refreshToken(session);
  const answered = await ask(contestant, { query: REFRESH, input: { refreshToken } });
  if (answered.payload.refreshToken === refreshToken) throw new Error('The refresh token did not rotate.');
  refreshTokens.set(session, answered.payload.refreshToken);
  return answered;
}

/** By somebody who refreshed a moment ago. */
async function list(contestant: Contestant): Promise<number> {
  const { accessToken } = (await refresh(contestant)).payload;
  const { payload, ms } = await ask(contestant, { query: LIST, accessToken });
  if (payload.sessions.length < SESSIONS_EACH) throw new Error(`a user has ${payload.sessions.length} sessions`);
  return ms;
}

async function signIn(contestant: Contestant): Promise<number> {
  const input = { email: contestant.store.email(pickUser(contestant)), password: PASSWORD };
  return (await ask(contestant, { query: SIGN_IN, input })).ms;
}

async function ban(contestant: Contestant, accessToken: string): Promise<number> {
  const user = pickUser(contestant);
  const input = { userId: contestant.store.userId(user), reason: 'spam' };
  const { payload, ms } = await ask(contestant, { query: BAN, input, accessToken });
  contestant.banned.add(user);
  const { length } = payload.revokedSessionIds;
  if (length < SESSIONS_EACH) throw new Error(`a ban ended ${length} sessions`);
  return ms;
}

interface Act {
  readonly times: number;
  readonly act: (contestant: Contestant, adminToken: string) => Promise<number>;
}

const ACTS: Readonly<Record<string, Act>> = {
  refresh: { times: 60, act: async (contestant) => (await refresh(contestant)).ms },
  'list of sessions': { times: 60, act: list },
  'sign-in': { times: 12, act: signIn },
  ban: { times: BANS, act: ban },
};

const log = (text: string): void => console.error(text);

async function prepare(url: string, users: number, sessions: number): Promise<Contestant> {
  const beganMs = performance.now();
  const store = await fillStore({ url, users, sessions });
  log(`${sessions} sessions of ${users} users, filled in ${((performance.now() - beganMs) / 1_000).toFixed(0)} s`);
  const server = await startLatchkey({ ...store.environment, REFRESH_GRACE_SECONDS: '0' });
  return { store, server, connection: null, refreshTokens: new Map(), banned: new Set() };
}

/** Milliseconds of each act of one round, of the small store and of the large one. */
async function measureRound(
  contestants: readonly Contestant[],
): Promise<Readonly<Record<string, readonly number[][]>>> {
  const adminTokens = await Promise.all(contestants.map(({ server }) => signInAdministrator(server.origin)));
  for (const contestant of contestants) contestant.connection = await connectHttp(contestant.server.origin);
  const measured: Record<string, number[][]> = {};
  for (const [name, { times, act }] of Object.entries(ACTS)) {
    const lists = (measured[name] = contestants.map((): number[] => []));
    for (let time = 0; time < times; time += 1) {
      const turn = time % 2 === 0 ? [...contestants.entries()] : [...contestants.entries()].toReversed();
      for (const [index, contestant] of turn) {
        lists[index]?.push(await act(contestant, adminTokens[index] ?? ''));
      }
    }
  }
  for (const { connection } of contestants) connection?.close();
  return measured;
}

const at = (list: readonly number[], share: number): number =>
  list.toSorted((left, right) => left - right)[Math.floor(list.length * share)] ?? NaN;

type Figures = Readonly<Record<string, number>>;

async function measure(storeName: string, nextUrl: () => string): Promise<Record<string, Figures>> {
  const contestants: Contestant[] = [];
  try {
    contestants.push(await prepare(nextUrl(), SMALL_USERS, Math.floor(SESSIONS / TIMES_LARGER)));
    contestants.push(await prepare(nextUrl(), USERS, SESSIONS));
    const rounds: Awaited<ReturnType<typeof measureRound>>[] = [];
    // The first round warms them up.
    for (let round = 0; round <= ROUNDS; round += 1) {
      const measured = await measureRound(contestants);
      if (round > 0) rounds.push(measured);
    }
    const figures = Object.keys(ACTS).map((name): [string, Figures] => {
      const [small = [], large = []] = contestants.map((_, index) => rounds.map((round) => round[name]?.[index] ?? []));
      const ratio = median(large.map((times, round) => median(times) / median(small[round] ?? [])));
      const [smallMs, largeMs] = [small.flat(), large.flat()];
      const p90Ratio = at(largeMs, 0.9) / at(smallMs, 0.9);
      return [`${storeName}, ${name}`, { smallMs: median(smallMs), largeMs: median(largeMs), ratio, p90Ratio }];
    });
    return Object.fromEntries(figures);
  } finally {
    for (const { connection, server } of contestants) {
      connection?.close();
      await server.stop();
    }
  }
}

const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
const { MONGODB_URI } = process.env;
const databases = MONGODB_URI === undefined ? null : freshDatabases(MONGODB_URI);
let files = 0;

try {
  leaveServerCore();
  const results = await measure('SQLite', () => `file:${join(folder, `store-${(files += 1)}`, 'latchkey.db')}`);
  rmSync(folder, { recursive: true, force: true });
  if (databases === null) log('MongoDB: left out, for want of a replica set in MONGODB_URI');
  else Object.assign(results, await measure('MongoDB', () => databases.next()));
  printResults(results);
} finally {
  rmSync(folder, { recursive: true, force: true });
  // What failed before is what is to be told.
  await databases?.dropAll().catch((error: unknown) => console.error(error));
}
