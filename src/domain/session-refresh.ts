import { noteFrom } from './audit-entry.js';
import { AuthError } from './errors.js';
import type { RefreshToken } from './refresh-token.js';
import { hashSecret } from './secrets.js';
import { judgeRefresh, type ClientInfo, type Session } from './session.js';
import {
  issueSession,
  markEnded,
  readLiveOwner,
  readOwner,
  type IssuedSession,
  type SessionServiceOptions,
} from './session-issue.js';
import { endRefusal } from './session-refusal.js';
import type { Stamped } from './session-store.js';
import type { User } from './user.js';

/** Each try can only miss because another request changed the row: so many in a row mean that something is wrong. */
const MOST_TRIES = 8;

export interface RefreshInput {
  readonly refreshToken: string;
  /** When the request arrived, by the store's clock. */
  readonly arrivedAt: Date;
  /** For the log: grace answers are worth a look. */
  readonly client: ClientInfo;
}

/** What a token was exchanged for, and how it came to that. */
interface Exchange extends Stamped {
  readonly verdict: 'rotated' | 'still-current' | 'same-successor' | 'answer-lost';
  readonly user: User;
  readonly refreshToken: string;
}

/**
 * Exchanges a refresh token for the next pair: one update that acts and answers, a judgement of the row as it left it,
 * and at most one more write, which repeats the premise of the judgement and starts again where it misses.
 *
 * @throws AuthError `SESSION_EXPIRED`, `USER_BANNED`, `TOKEN_THEFT_DETECTED`, `SERVICE_UNAVAILABLE`
 * @see RFC 9700 section 4.14.2 (refresh token rotation)
 */
export function createRefresh(options: SessionServiceOptions): (input: RefreshInput) => Promise<IssuedSession> {
  const { refreshTokens, emit } = options;

  return async function refresh(input) {
    const token = refreshTokens.decode(input.refreshToken);
    if (token === null) throw new AuthError('SESSION_EXPIRED');
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const exchange = await tryExchange(options, token, input);
      if (exchange === null) continue;
      const issued = await issueSession(options, exchange);
      const { userId, id: sessionId, generation } = exchange.session;
      const { verdict } = exchange;
      emit({ type: 'session.refreshed', userId, sessionId, generation, verdict, client: input.client });
      return issued;
    }
    throw new AuthError('SERVICE_UNAVAILABLE', { extensions: { retryAfterSeconds: 1 } });
  };
}

/** One try; `null` where the row changed between judgement and write. */
async function tryExchange(
  options: SessionServiceOptions,
  token: RefreshToken,
  { refreshToken, arrivedAt, client }: RefreshInput,
): Promise<Exchange | null> {
  const { stores, refreshTokens, policy } = options;
  const nonce = refreshTokens.drawNonce();
  const successor = refreshTokens.successor(token, { generation: token.generation + 1, nonce });
  const presented = { hash: hashSecret(token.secret), generation: token.generation, arrivedAt, nonce };
  const told = await stores.sessions.present(
    { sessionId: token.sessionId, successorHash: hashSecret(successor.secret), ...presented },
    policy,
  );
  if (told === null) throw new AuthError('SESSION_EXPIRED');

  const { session, now } = told;
  const owner = told.owner ?? (await readOwner(stores, session));
  const { user } = owner;
  const verdict = judgeRefresh(presented, { session, now }, { owner, graceMs: policy.graceMs });
  switch (verdict.kind) {
    case 'cut':
      throw new AuthError('SESSION_EXPIRED');
    case 'over':
      await markEnded(options, session, verdict.end.reason);
      throw endRefusal(verdict.end);
    case 'theft':
      if (!(await endForTheft(options, session, client))) return null;
      throw new AuthError('TOKEN_THEFT_DETECTED');
    case 'ahead-of-store':
      if (!(await endForRestore(options, session))) return null;
      throw new AuthError('SESSION_EXPIRED');
    case 'answer-lost':
      return displaceLostSuccessor(options, token, session);
    case 'rotated':
      return { session, now, verdict: 'rotated', user: live(user), refreshToken: refreshTokens.encode(successor) };
    case 'still-current':
      return { session, now, verdict: 'still-current', user: live(user), refreshToken };
    case 'same-successor':
      return giveSuccessorAgain(options, token, {
        session,
        now,
        user: live(user),
        arrivedAt,
        isConfirmed: verdict.isConfirmed,
      });
  }
}

/** A session whose user is gone was judged to be over. */
function live(user: User | null): User {
  if (user === null) throw new AuthError('SESSION_EXPIRED');
  return user;
}

async function giveSuccessorAgain(
  { stores, refreshTokens }: SessionServiceOptions,
  token: RefreshToken,
  { session, now, user, arrivedAt, isConfirmed }: Stamped & { user: User; arrivedAt: Date; isConfirmed: boolean },
): Promise<Exchange | null> {
  const successor = refreshTokens.findSuccessor(token, session);
  // Another server derived it under a secret that this one does not have: that one can answer, or this one after grace.
  if (successor === null) throw new AuthError('SERVICE_UNAVAILABLE', { extensions: { retryAfterSeconds: 1 } });
  const answered = isConfirmed ? { session } : await stores.sessions.markAnswered(session, arrivedAt);
  if (answered === null) return null;
  // `now` is that of the first update, no later than the user was read: a token issued later must not speak for what was
  // then.
  const refreshToken = refreshTokens.encode(successor);
  return { session: answered.session, now, verdict: 'same-successor', user, refreshToken };
}

async function displaceLostSuccessor(
  options: SessionServiceOptions,
  token: RefreshToken,
  session: Session,
): Promise<Exchange | null> {
  const { stores, refreshTokens, policy } = options;
  const nonce = refreshTokens.drawNonce();
  const successor = refreshTokens.successor(token, { generation: session.generation + 1, nonce });
  const stamped = await stores.sessions.displace(session, { hash: hashSecret(successor.secret), nonce }, policy);
  if (stamped === null) return null;

  // This write gives a new token out: as after any such, the user is looked at behind it.
  const user = await readLiveOwner(options, stamped);
  return { verdict: 'answer-lost', user, refreshToken: refreshTokens.encode(successor), ...stamped };
}

/** Whether the session is ended now, by this or before: only the request that ended it raises the alarm. */
async function endForTheft(options: SessionServiceOptions, session: Session, client: ClientInfo): Promise<boolean> {
  const { stores, policy, emit } = options;
  if (session.endedAt !== null) return true;
  if (!(await stores.sessions.endWhere(session, 'theft', policy, noteFrom(client)))) return false;
  const { userId, id: sessionId } = session;
  emit({ type: 'session.theft', userId, sessionId, client });
  emit({ type: 'session.ended', userId, sessionId, reason: 'theft' });
  return true;
}

async function endForRestore({ stores, policy, emit }: SessionServiceOptions, session: Session): Promise<boolean> {
  if (session.endedAt !== null) return true;
  if (!(await stores.sessions.endWhere(session, 'store-restored', policy))) return false;
  const { userId, id: sessionId } = session;
  emit({ type: 'session.ahead-of-store', userId, sessionId });
  emit({ type: 'session.ended', userId, sessionId, reason: 'store-restored' });
  return true;
}
