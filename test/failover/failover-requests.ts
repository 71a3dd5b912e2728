import { REFRESH, SIGN_IN, SIGN_OUT, SIGN_UP, PASSWORD } from '../http/support/people.js';
import { createClient, type Answer } from '../support/client.js';
import {
  ACCEPTED,
  mayBeBanned,
  mayBeOver,
  mustBeBanned,
  type FailoverRecord,
  type KnownSession,
  type KnownUser,
} from './failover-record.js';

/** An answer, with its outcome in one word: `OK`, the code of its error, or `NO ANSWER`. */
export interface Told {
  readonly sentAtMs: number;
  readonly answeredAtMs: number;
  readonly outcome: string;
  /** Throws where there was no answer. */
  text(path: string): string;
  readonly answer: Answer | null;
}

/** Sends requests to servers by number, counts what comes back, and notes what should not have. */
export interface Requests {
  readonly servers: number;
  readonly record: FailoverRecord;
  /** Asks with one of the session's access tokens. */
  verify(server: number, session: KnownSession, token: string): Promise<Told>;
  signUp(server: number, email: string): Promise<Told>;
  signIn(server: number, user: KnownUser): Promise<Told>;
  refresh(server: number, session: KnownSession, refreshToken: string): Promise<Told>;
  signOut(server: number, session: KnownSession): Promise<Told>;
  /** As an administrator. */
  ban(server: number, administratorToken: string, user: KnownUser): Promise<Told>;
  unban(server: number, administratorToken: string, user: KnownUser): Promise<Told>;
}

const VERIFIED = '{ viewer { id } session { id } }';
const BAN = 'mutation ($userId: ID!) { banUser(input: { userId: $userId }) { user { id } } }';
const UNBAN = 'mutation ($userId: ID!) { unbanUser(userId: $userId) { user { id } } }';

/** Nothing is known of what it did: worth another try. */
export const isUnclear = ({ outcome }: Told): boolean => outcome === 'SERVICE_UNAVAILABLE' || outcome === 'NO ANSWER';

export function createRequests(origins: readonly string[], record: FailoverRecord): Requests {
  const clients = origins.map((origin) => createClient(origin));

  async function send(server: number, query: string, options: { token?: string; variables?: Record<string, unknown> }) {
    const client = clients[server];
    if (client === undefined) throw new RangeError(`There is no server ${server}.`);
    const sentAtMs = performance.now();
    const answer = await client.ask(query, options).catch((error: unknown) => toNoAnswer(record, error));
    const answeredAtMs = performance.now();
    const outcome = answer === null ? 'NO ANSWER' : (answer.code ?? ACCEPTED);
    const text = (path: string): string => {
      if (answer === null) throw new TypeError('There was no answer.');
      return answer.text(path);
    };
    return { sentAtMs, answeredAtMs, outcome, answer, text };
  }

  /** Counts it; an outcome that is not among the expected ones is noted. */
  function note(act: string, told: Told, expected: Readonly<Record<string, boolean>>): Told {
    const key = `${act} ${told.outcome}`;
    record.counts.set(key, (record.counts.get(key) ?? 0) + 1);
    const isExpected = expected[told.outcome] ?? told.outcome === 'SERVICE_UNAVAILABLE';
    if (!isExpected) record.unexpected.push(`${key}: ${JSON.stringify(told.answer?.body ?? null)}`);
    return told;
  }

  return {
    ...{ servers: origins.length, record },
    async verify(server, session, token) {
      const told = await send(server, VERIFIED, { token });
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
    async signUp(server, email) {
      const told = await send(server, SIGN_UP, { variables: { input: { email, password: PASSWORD } } });
      return note('sign-up', told, { [ACCEPTED]: true });
    },
    async signIn(server, user) {
      const told = await send(server, SIGN_IN, { variables: { input: { email: user.email, password: PASSWORD } } });
      return note('sign-in', told, {
        [ACCEPTED]: !mustBeBanned(user, told.sentAtMs),
        USER_BANNED: mayBeBanned(user, told.sentAtMs),
        // Banned and unbanned while the password was checked.
        SESSION_EXPIRED: user.ban !== null && (user.ban.acknowledgedAtMs ?? Infinity) > told.sentAtMs,
      });
    },
    async refresh(server, session, refreshToken) {
      const told = await send(server, REFRESH, { variables: { input: { refreshToken } } });
      return note('refresh', told, {
        // A session that is acknowledged to be over is refused everywhere, at once: the store decides.
        [ACCEPTED]: !isSurelyOver(session, told.sentAtMs),
        SESSION_EXPIRED: mayBeOver(session),
        USER_BANNED: mayBeBanned(session.user, told.sentAtMs),
      });
    },
    async signOut(server, session) {
      const { refreshToken } = session;
      return note('sign-out', await send(server, SIGN_OUT, { variables: { input: { refreshToken } } }), {
        [ACCEPTED]: true,
      });
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
function toNoAnswer(record: FailoverRecord, error: unknown): null {
  if (!(error instanceof TypeError) || error.message !== 'fetch failed') throw error;
  record.unexpected.push(`no answer: ${String(error.cause)}`);
  return null;
}
