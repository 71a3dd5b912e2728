import { setTimeout } from 'node:timers/promises';
import { eventually } from '../http/support/eventually.js';
import { PASSWORD, signIn, signUp, type Person } from '../http/support/people.js';
import { startServer, type TestServer } from '../support/server.js';

/** Two servers of one store, of which the first is to lose its revocation feed. */
export interface Pair {
  readonly losing: TestServer;
  readonly other: TestServer;
  readonly administrator: Person;
  /** Whom the other server bans meanwhile. */
  readonly banned: Person;
  /** Banned with them, and not asked about at the losing server before the outage is over. */
  readonly unseen: Person;
  /** Whom nothing happens to. */
  readonly spared: Person;
  close(): Promise<void>;
}

export interface Outage {
  /** How long it goes on after the bound: long enough for answers that wait for the database. */
  readonly beyondMs: number;
  lose(): Promise<void> | void;
  heal(): Promise<void> | void;
}

/** What the losing server said to the tokens of both, from before the loss until after it was over. */
export interface Observation {
  readonly lostAtMs: number;
  readonly bannedAtMs: number;
  readonly healedAtMs: number;
  readonly banned: readonly Sighting[];
  readonly spared: readonly Sighting[];
  /** What `/readyz` said. */
  readonly readiness: readonly Sighting[];
}

export interface Sighting {
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
  /** `OK`, or the code of the error; of `/readyz`, store and feed. */
  readonly outcome: string;
}

/** How old a node's knowledge may be at most, and how long after its acknowledgement a ban may go unnoticed. */
export const BOUND_MS = 5000;
const WATCH_EVERY_MS = 100;
const RETRY_MS = 100;

const VERIFIED = '{ viewer { id } session { id } }';
const BAN = 'mutation ($userId: ID!) { banUser(input: { userId: $userId }) { user { id } } }';
const ADMINISTRATOR = { email: 'administrator@example.com', password: PASSWORD };
const ENVIRONMENT = {
  PUBLIC_URL: 'http://auth.example.com',
  ADMIN_EMAIL: ADMINISTRATOR.email,
  ADMIN_PASSWORD: ADMINISTRATOR.password,
};

/** Starts two servers, by different addresses of the same store. */
export async function startPair(losingUrl: string, otherUrl: string): Promise<Pair> {
  const other = await startServer(otherUrl, { environment: ENVIRONMENT });
  try {
    const losing = await startServer(losingUrl, { environment: ENVIRONMENT });
    const close = async (): Promise<void> => {
      await Promise.all([losing.close(), other.close()]);
    };
    try {
      const administrator = await signIn(other, ADMINISTRATOR);
      const [banned, unseen, spared] = [await signUp(other), await signUp(other), await signUp(other)];
      return { losing, other, administrator, banned, unseen, spared, close };
    } catch (error) {
      await losing.close();
      throw error;
    }
  } catch (error) {
    await other.close();
    throw error;
  }
}

/** Loses the feed, bans somebody at the other server, waits until the bound is over, heals, and waits for the server. */
export async function observe(pair: Pair, { beyondMs, lose, heal }: Outage): Promise<Observation> {
  const { losing, banned, spared } = pair;
  await untilFresh(losing);
  await untilFresh(pair.other);
  const watches = [
    watch(() => askWith(losing, banned)),
    watch(() => askWith(losing, spared)),
    watch(() => readinessOf(losing)),
  ] as const;
  let isHealed = false;
  try {
    await eventually(() => watches.every(({ sightings }) => sightings.length > 0));
    await lose();
    const lostAtMs = performance.now();
    await ban(pair, pair.unseen);
    await ban(pair, banned);
    const bannedAtMs = performance.now();
    await setTimeout(BOUND_MS + beyondMs);
    const healedAtMs = performance.now();
    await heal();
    isHealed = true;
    await untilFresh(losing);
    // What was asked before the server was ready may be answered after it.
    const [ofBanned, ofSpared, readiness] = await Promise.all(watches.map(({ stop }) => stop()));
    return { lostAtMs, bannedAtMs, healedAtMs, banned: ofBanned!, spared: ofSpared!, readiness: readiness! };
  } finally {
    if (!isHealed) await heal();
    await Promise.all(watches.map(({ stop }) => stop()));
  }
}

/** What a server answers to this person's access token: `OK`, or a code. */
export async function askWith(server: TestServer, { token }: Person): Promise<string> {
  return (await server.client().ask(VERIFIED, { token })).code ?? 'OK';
}

/** Until the server says that its store is there and its knowledge of revocations is fresh. */
const untilFresh = (server: TestServer): Promise<void> =>
  eventually(async () => (await readinessOf(server)) === '200 reachable fresh');

/** Until the server says that its store is there, and its knowledge of revocations is not fresh. */
export const untilStale = (server: TestServer): Promise<void> =>
  eventually(async () => (await readinessOf(server)) === '503 reachable stale');

async function readinessOf(server: TestServer): Promise<string> {
  const response = await server.client().fetch('/readyz');
  const { store, revocationFeed } = (await response.json()) as Readonly<Record<string, unknown>>;
  return `${response.status} ${String(store)} ${String(revocationFeed)}`;
}

/** Bans at the other server, again until it is acknowledged. */
async function ban({ other, administrator }: Pair, { id: userId }: Person): Promise<void> {
  for (;;) {
    const { code } = await other.client().ask(BAN, { token: administrator.token, variables: { userId } });
    if (code === undefined) return;
    if (code !== 'SERVICE_UNAVAILABLE') throw new Error(`The ban was refused: ${code}`);
    await setTimeout(RETRY_MS);
  }
}

/** Asks again and again, also while earlier answers are not there. What stops it, waits for them and answers all. */
function watch(ask: () => Promise<string>): { readonly sightings: Sighting[]; stop(): Promise<Sighting[]> } {
  const sightings: Sighting[] = [];
  const open = new Set<Promise<void>>();
  const timer = setInterval(() => {
    const sentAtMs = performance.now();
    const asking = ask()
      .catch((error: unknown) => `no answer: ${String(error)}`)
      .then((outcome) => {
        sightings.push({ sentAtMs, answeredAtMs: performance.now(), outcome });
        open.delete(asking);
      });
    open.add(asking);
  }, WATCH_EVERY_MS);
  return {
    sightings,
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
      return sightings;
    },
  };
}
