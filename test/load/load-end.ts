import { setTimeout } from 'node:timers/promises';
import { keepPair } from './load-clients.js';
import { ACCEPTED, mayBeOver, overSince, sessionsOf, type KnownSession, type KnownUser } from './load-record.js';
import { isUnclear, type Requests, type Told } from './load-requests.js';

/** What was found at the end of a run, a sentence for each session or user whose state is not as acknowledged. */
export interface EndState {
  readonly checked: {
    readonly live: number;
    readonly over: number;
    readonly banned: number;
    readonly unbanned: number;
  };
  readonly lostSessions: string[];
  readonly revivedSessions: string[];
  readonly lostBans: string[];
  readonly keptBans: string[];
}

const AT_ONCE = 8;
const MOST_TRIES = 60;
const RETRY_MS = 250;

/** Asks every server about everything that was acknowledged. */
export async function inspectEnd(requests: Requests): Promise<EndState> {
  const { record } = requests;
  const sessions = sessionsOf(record);
  const live = sessions.filter((session) => !mayBeOver(session));
  const over = sessions.filter((session) => overSince(session) !== null);
  const banned = record.users.filter(({ ban, lift }) => ban?.acknowledgedAtMs != null && lift === null);
  const unbanned = record.users.filter(({ lift }) => lift?.acknowledgedAtMs != null);
  return {
    checked: { live: live.length, over: over.length, banned: banned.length, unbanned: unbanned.length },
    lostSessions: await gather(live, (session) => useEverywhere(requests, session)),
    revivedSessions: await gather(over, (session) => presentEverywhere(requests, session)),
    lostBans: await gather(banned, (user) => signInEverywhere(requests, user, 'USER_BANNED')),
    keptBans: await gather(unbanned, (user) => signInEverywhere(requests, user, ACCEPTED)),
  };
}

/** Refreshes a live session at one server after the other, and asks each with the token that the last one gave. */
async function useEverywhere(requests: Requests, session: KnownSession): Promise<string | null> {
  for (let server = 0; server < requests.servers; server += 1) {
    const told = await untilClear(() => requests.refresh(server, session, session.refreshToken));
    if (told.outcome !== ACCEPTED) return `${session.id}: ${told.outcome} for a refresh at server ${server}`;
    keepPair(session, told);
  }
  for (let server = 0; server < requests.servers; server += 1) {
    const token = session.accessTokens.at(-1) ?? '';
    const told = await untilClear(() => requests.verify(server, session, token));
    if (told.outcome !== ACCEPTED) return `${session.id}: ${told.outcome} for a request at server ${server}`;
  }
  return null;
}

/** Presents the tokens of a session that is over; whether an access token is accepted, the record tells. */
async function presentEverywhere(requests: Requests, session: KnownSession): Promise<string | null> {
  const { accessTokens, refreshToken } = session;
  for (let server = 0; server < requests.servers; server += 1) {
    for (const token of new Set([accessTokens[0] ?? '', accessTokens.at(-1) ?? ''])) {
      await untilClear(() => requests.verify(server, session, token));
    }
    const { outcome } = await untilClear(() => requests.refresh(server, session, refreshToken));
    if (outcome === ACCEPTED) return `${session.id} was refreshed at server ${server}`;
  }
  return null;
}

async function signInEverywhere(requests: Requests, user: KnownUser, expected: string): Promise<string | null> {
  for (let server = 0; server < requests.servers; server += 1) {
    const { outcome } = await untilClear(() => requests.signIn(server, user));
    if (outcome !== expected) return `${user.id}: ${outcome} for a sign-in at server ${server}`;
  }
  return null;
}

/** Asks again while the answer is that there is none yet. */
async function untilClear(ask: () => Promise<Told>): Promise<Told> {
  let told = await ask();
  for (let tries = 1; isUnclear(told) && tries < MOST_TRIES; tries += 1) {
    await setTimeout(RETRY_MS);
    told = await ask();
  }
  return told;
}

/** The findings about these, some of them looked at together. */
async function gather<Item>(items: readonly Item[], find: (item: Item) => Promise<string | null>): Promise<string[]> {
  const left = [...items];
  const findings: string[] = [];
  const work = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) {
      const finding = await find(item);
      if (finding !== null) findings.push(finding);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return findings;
}
