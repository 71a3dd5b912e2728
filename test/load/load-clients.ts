import { setTimeout } from 'node:timers/promises';
import { freshEmail } from '../http/support/people.js';
import { ACCEPTED, attempt, overSince, type Attempt, type KnownSession, type KnownUser } from './load-record.js';
import { isUnclear, type Requests, type Told } from './load-requests.js';
import type { Random } from './random.js';

/** What clients are run with. */
export interface Load {
  readonly requests: Requests;
  readonly isOn: () => boolean;
  /** Requests that go on beside the clients: whoever ends the run waits for them. */
  readonly probes: Promise<void>[];
  /** How many accounts there may be. */
  readonly mostUsers: number;
  /** When, after it was acknowledged that a session is over, its access tokens are tried again at every server. */
  readonly probeAfterMs: readonly number[];
}

const MOST_SESSIONS = 3;
/** What one client may try at an account that is banned counts as failed: the servers refuse the sixth, see throttling. */
const MOST_IN_VAIN = 2;
/** Of what a client does next; the rest is verified requests. Each sign-in costs a password hash. */
const CHANCE = {
  signUp: 0.01,
  signInMore: 0.02,
  signOut: 0.03,
  refresh: 0.3,
  loseAnswer: 0.05,
  tryInVain: 0.1,
  lift: 0.5,
};
const THINK_MS = { least: 100, most: 500 };
const RETRY_MS = { least: 100, most: 1000 };
const BAN_PAUSE_MS = { least: 600, most: 1400 };
const LIFT_AFTER_MS = { least: 1000, most: 5000 };

const pause = (random: Random, { least, most }: { readonly least: number; readonly most: number }): Promise<void> =>
  setTimeout(random.between(least, most));

const anyServer = ({ requests }: Load, random: Random): number => Math.floor(random.between(0, requests.servers));

const SIGN_UP_TRIES = 10;

/** Where an account is made, and by what kind of client. */
export type SignUp = Pick<KnownUser, 'transport' | 'address'> & { readonly server: number };

/** Makes an account for a client. A machine that is busy with other tests may need several tries, each for a new one. */
export async function signUpUser(requests: Requests, { server, ...client }: SignUp): Promise<KnownUser> {
  let email = freshEmail();
  let told = await requests.signUp(server, { email, ...client });
  for (let tries = 1; isUnclear(told) && tries < SIGN_UP_TRIES; tries += 1) {
    email = freshEmail();
    told = await requests.signUp(server, { email, ...client });
  }
  const state = { sessions: [], ban: null, lift: null, inVain: 0 };
  const user: KnownUser = { id: told.text('signUp.user.id'), email, ...client, ...state };
  keepSession(user, told, 'signUp');
  requests.record.users.push(user);
  return user;
}

/** One client, which does one thing after the other until the load is over. */
export async function runClient(load: Load, user: KnownUser, random: Random): Promise<void> {
  while (load.isOn()) {
    await act(load, user, random);
    await pause(random, THINK_MS);
  }
}

async function act(load: Load, user: KnownUser, random: Random): Promise<void> {
  if (load.requests.record.users.length < load.mostUsers && random.chance(CHANCE.signUp)) {
    // Whom nobody speaks for: they may be banned, and are asked about at the end.
    const { transport, address } = user;
    await signUpUser(load.requests, { server: anyServer(load, random), transport, address });
    return;
  }
  const held = user.sessions.filter(({ signOut, isGivenUp }) => signOut === null && !isGivenUp);
  const session = random.pick(held);
  if (session === undefined) {
    const isInVain = user.ban !== null && (user.lift?.acknowledgedAtMs ?? null) === null;
    const left = random.pick(user.sessions);
    if (!isInVain || left === undefined) return signIn(load, user, random);
    if (user.inVain >= MOST_IN_VAIN || !random.chance(CHANCE.tryInVain)) return verify(load, left, random);
    user.inVain += 1;
    return signIn(load, user, random);
  }
  if (held.length < MOST_SESSIONS && random.chance(CHANCE.signInMore)) return signIn(load, user, random);
  const drawn = random.next();
  if (drawn < CHANCE.signOut) return signOut(load, session, random);
  return drawn < CHANCE.signOut + CHANCE.refresh ? refresh(load, session, random) : verify(load, session, random);
}

async function verify(load: Load, session: KnownSession, random: Random): Promise<void> {
  const token = random.pick(session.accessTokens) ?? '';
  const { outcome } = await load.requests.verify(anyServer(load, random), session, token);
  if (outcome === 'SESSION_EXPIRED') session.isGivenUp = true;
}

async function signIn(load: Load, user: KnownUser, random: Random): Promise<void> {
  const told = await load.requests.signIn(anyServer(load, random), user);
  if (told.outcome === ACCEPTED) keepSession(user, told, 'signIn');
}

function keepSession(user: KnownUser, told: Told, field: string): void {
  const { accessToken, refreshToken } = told.pair(field);
  user.sessions.push({
    id: told.text(`${field}.session.id`),
    user,
    signIn: { sentAtMs: told.sentAtMs, acknowledgedAtMs: told.answeredAtMs },
    accessTokens: [accessToken],
    refreshToken,
    signOut: null,
    isGivenUp: false,
  });
}

/** Refreshes; while it is not told whether that was done, with the same token again, at whichever server. */
async function refresh(load: Load, session: KnownSession, random: Random): Promise<void> {
  while (load.isOn()) {
    const told = await load.requests.refresh(anyServer(load, random), session, session.refreshToken);
    if (told.outcome === ACCEPTED) {
      // Lost on its way, as far as the client knows: it will come with the same token, perhaps after grace.
      if (!random.chance(CHANCE.loseAnswer)) keepPair(session, told);
      return;
    }
    if (!isUnclear(told)) {
      session.isGivenUp = true;
      return;
    }
    await pause(random, RETRY_MS);
  }
}

/** Keeps what a refresh was answered with. */
export function keepPair(session: KnownSession, told: Told): void {
  const { accessToken, refreshToken } = told.pair('refreshSession');
  session.refreshToken = refreshToken;
  session.accessTokens.push(accessToken);
}

async function signOut(load: Load, session: KnownSession, random: Random): Promise<void> {
  session.signOut = attempt();
  await untilAcknowledged(load, session.signOut, random, (server) => load.requests.signOut(server, session));
  probe(load, session, random);
}

/** An administrator, who bans one user after the other, and takes back some of it. */
export async function runAdministrator(load: Load, token: string, random: Random): Promise<void> {
  while (load.isOn()) {
    const user = random.pick(load.requests.record.users.filter(({ ban }) => ban === null));
    if (user === undefined) return;
    await ban(load, { token, user }, random);
    await pause(random, BAN_PAUSE_MS);
  }
}

interface Act {
  readonly token: string;
  readonly user: KnownUser;
}

async function ban(load: Load, { token, user }: Act, random: Random): Promise<void> {
  user.ban = attempt();
  const tries = await untilAcknowledged(load, user.ban, random, (server) => load.requests.ban(server, token, user));
  user.sessions.forEach((session) => probe(load, session, random));
  // A try of which nothing is known may still take effect, and would ban again who was unbanned meanwhile.
  if (tries === 1 && random.chance(CHANCE.lift)) load.probes.push(lift(load, { token, user }, random));
}

async function lift(load: Load, { token, user }: Act, random: Random): Promise<void> {
  await pause(random, LIFT_AFTER_MS);
  user.lift = attempt();
  await untilAcknowledged(load, user.lift, random, (server) => load.requests.unban(server, token, user));
}

/** Sends it until it is acknowledged, or the load is over. How often. */
async function untilAcknowledged(
  load: Load,
  made: Attempt,
  random: Random,
  send: (server: number) => Promise<Told>,
): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const told = await send(anyServer(load, random));
    if (told.outcome === ACCEPTED) made.acknowledgedAtMs = told.answeredAtMs;
    if (!isUnclear(told) || !load.isOn()) return tries;
    await pause(random, RETRY_MS);
  }
}

/** Tries the tokens of a session that is over, at every server, from that very moment on. */
function probe({ requests, probes, probeAfterMs }: Load, session: KnownSession, random: Random): void {
  const since = overSince(session);
  if (since === null) return;
  for (let server = 0; server < requests.servers; server += 1) {
    probes.push(probeAt(requests, { session, server, since, probeAfterMs }, random));
  }
}

interface Probe {
  readonly session: KnownSession;
  readonly server: number;
  readonly since: number;
  readonly probeAfterMs: readonly number[];
}

async function probeAt(
  requests: Requests,
  { session, server, since, probeAfterMs }: Probe,
  random: Random,
): Promise<void> {
  for (const afterMs of probeAfterMs) {
    const waitMs = since + afterMs - performance.now();
    if (waitMs > 0) await setTimeout(waitMs);
    await requests.verify(server, session, random.pick(session.accessTokens) ?? '');
  }
}
