import { REFRESH, SIGN_IN, SIGN_OUT, SIGN_UP, PASSWORD } from '../http/support/people.js';
import { createClient, type Answer } from '../support/client.js';
import { credentialsOf, pairOf, type Pair } from './load-credentials.js';
import {
  ACCEPTED,
  mayBeBanned,
  mayBeOver,
  mustBeBanned,
  type KnownSession,
  type KnownUser,
  type LoadRecord,
} from './load-record.js';

/** An answer, with its outcome in one word: `OK`, the code of its error, or `NO ANSWER`. */
export interface Told {
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
  readonly outcome: string;
  /** Throws where there was no answer. */
  text(path: string): string;
  /** The tokens of this field's payload, however they travelled. Throws where there are none. */
  pair(field: string): Pair;
  readonly answer: Answer | null;
}

/** Sends requests to servers by number, counts what comes back, and notes what should not have. */
export interface Requests {
  readonly servers: number;
  readonly record: LoadRecord;
  /** Asks with one of the session's access tokens. */
  verify(server: number, session: KnownSession, token: string): Promise<Told>;
  signUp(server: number, user: Pick<KnownUser, 'email' | 'transport' | 'address'>): Promise<Told>;
  signIn(server: number, user: KnownUser): Promise<Told>;
  refresh(server: number, session: KnownSession, refreshToken: string): Promise<Told>;
  signOut(server: number, session: KnownSession): Promise<Told>;
  /** As an administrator. */
  ban(server: number, administratorToken: string, user: KnownUser): Promise<Told>;
  unban(server: number, administratorToken: string, user: KnownUser): Promise<Told>;
}

export interface RequestsOptions {
  readonly record: LoadRecord;
  /** Whether `SERVICE_UNAVAILABLE` is an answer that is to be expected. */
  readonly mayBeUnavailable: boolean;
}

const VERIFIED = '{ viewer { id } session { id } }';
const BAN = 'mutation ($userId: ID!) { banUser(input: { userId: $userId }) { user { id } } }';
const UNBAN = 'mutation ($userId: ID!) { unbanUser(userId: $userId) { user { id } } }';

/** Nothing is known of what it did: worth another try. */
export const isUnclear = ({ outcome }: Told): boolean =>
  ['SERVICE_UNAVAILABLE', 'NO ANSWER', 'BAD_GATEWAY'].includes(outcome);

export function createRequests(origins: readonly string[], { record, mayBeUnavailable }: RequestsOptions): Requests {
  const clients = origins.map((origin) => createClient(origin));

  async function send(
    server: number,
    query: string,
    options: { token?: string; variables?: Record<string, unknown>; headers?: Record<string, string> },
  ): Promise<Told> {
    const client = clients[server];
    if (client === undefined) throw new RangeError(`There is no server ${server}.`);
    const sentAtMs = performance.now();
    const answer = await client.ask(query, options).catch((error: unknown) => toNoAnswer(record, error));
    const answeredAtMs = performance.now();
    const outcome = answer === null ? 'NO ANSWER' : (answer.code ?? ACCEPTED);
    const given = (): Answer => {
      if (answer === null) throw new TypeError('There was no answer.');
      return answer;
    };
    const text = (path: string): string => given().text(path);
    return { sentAtMs, answeredAtMs, outcome, answer, text, pair: (field) => pairOf(given(), field) };
  }

  /** Counts it; an outcome that is not among the expected ones is noted. */
  function note(act: string, told: Told, expected: Readonly<Record<string, boolean>>): Told {
    const key = `${act} ${told.outcome}`;
    record.counts.set(key, (record.counts.get(key) ?? 0) + 1);
    const isExpected = expected[told.outcome] ?? (mayBeUnavailable && told.outcome === 'SERVICE_UNAVAILABLE');
    if (!isExpected) record.unexpected.push(`${key}: ${JSON.stringify(told.answer?.body ?? null)}`);
    return told;
  }

  return {
    ...{ servers: origins.length, record },
    async verify(server, session, token) {
      const told = await send(server, VERIFIED, credentialsOf(session.user, { accessToken: token }));
      const { sentAtMs, outcome } = told;
      record.verifications.push({ session, server, sentAtMs, outcome });
      const isOwn = (): boolean => told.text('viewer.id') === session.user.id && told.text('session.id') === session.id;
      const isOver = mayBeOver(session);
      return note('verify', told, {
        [ACCEPTED]: outcome === ACCEPTED && isOwn(),
        SESSION_EXPIRED: isOver,
        TOKEN_EXPIRED: session.user.lift !== null,
      });
    },
    async signUp(server, user) {
      const input = { email: user.email, password: PASSWORD };
      return note('sign-up', await send(server, SIGN_UP, credentialsOf(user, {}, input)), { [ACCEPTED]: true });
    },
    async signIn(server, user) {
      const told = await send(server, SIGN_IN, credentialsOf(user, {}, { email: user.email, password: PASSWORD }));
      return note('sign-in', told, {
        [ACCEPTED]: !mustBeBanned(user, told.sentAtMs),
        USER_BANNED: mayBeBanned(user, told.sentAtMs),
        // Banned and unbanned while the password was checked.
        SESSION_EXPIRED: user.ban !== null && (user.ban.acknowledgedAtMs ?? Infinity) > told.sentAtMs,
      });
    },
    async refresh(server, session, refreshToken) {
      const told = await send(server, REFRESH, credentialsOf(session.user, { refreshToken }));
      return note('refresh', told, {
        // A session that is acknowledged to be over is refused everywhere, at once: the store decides.
        [ACCEPTED]: !isSurelyOver(session, told.sentAtMs),
        SESSION_EXPIRED: mayBeOver(session),
        USER_BANNED: mayBeBanned(session.user, told.sentAtMs),
      });
    },
    async signOut(server, { user, refreshToken }) {
      const told = await send(server, SIGN_OUT, credentialsOf(user, { refreshToken }));
      return note('sign-out', told, { [ACCEPTED]: true });
    },
    async ban(server, token, { id: userId }) {
      return note('ban', await send(server, BAN, { token, variables: { userId } }), { [ACCEPTED]: true });
    },
    async unban(server, token, { id: userId }) {
      return note('unban', await send(server, UNBAN, { token, variables: { userId } }), { [ACCEPTED]: true });
    },
  };
}

const isSurelyOver = ({ user, signOut }: KnownSession, sentAtMs: number): boolean =>
  (signOut?.acknowledgedAtMs ?? Infinity) < sentAtMs || mustBeBanned(user, sentAtMs);

/** A connection that broke; anything else is a fault of the test. */
function toNoAnswer(record: LoadRecord, error: unknown): null {
  if (!(error instanceof TypeError) || error.message !== 'fetch failed') throw error;
  record.unexpected.push(`no answer: ${String(error.cause)}`);
  return null;
}
