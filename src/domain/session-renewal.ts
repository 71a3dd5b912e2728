import { noteOf, type ClientAddress } from './audit-entry.js';
import { AuthError } from './errors.js';
import type { Principal } from './principal.js';
import { hashSecret } from './secrets.js';
import { issueSession, readLiveOwner, type IssuedSession, type SessionServiceOptions } from './session-issue.js';
import type { User } from './user.js';

/**
 * Gives the session of who has just proved their password a fresh pair, whose access token says so. The refresh tokens
 * of before are void, without alarm: who holds one of them must not outlive the proof. Of two proofs at once, and of a
 * proof and a refresh, the pair that was written last stays.
 *
 * @param user as they were read before the password was checked; a `ver` may be the one that came of it
 * @throws AuthError `SESSION_EXPIRED`, `USER_BANNED`, `TOKEN_THEFT_DETECTED` where the session is over;
 *   `SERVICE_UNAVAILABLE`
 */
export async function renewSession(
  options: SessionServiceOptions,
  { sessionId, client }: Pick<Principal, 'sessionId'> & { readonly client: ClientAddress },
  user: Pick<User, 'id' | 'ver' | 'floor'>,
): Promise<IssuedSession> {
  const { stores, refreshTokens, policy } = options;
  const [secret, nonce] = [refreshTokens.draw(), refreshTokens.drawNonce()];
  const proof = { sessionId, user, hash: hashSecret(secret), nonce };
  const stamped = await stores.sessions.reauthenticate(proof, policy, noteOf({ userId: user.id, client }));
  if (stamped === null) throw new AuthError('SESSION_EXPIRED');
  const owner = await readLiveOwner(options, stamped);
  const { session } = stamped;
  // Missed, and live all the same: a revocation that it met was undone in between.
  if (session.nonce !== nonce) throw new AuthError('SERVICE_UNAVAILABLE', { extensions: { retryAfterSeconds: 1 } });
  const refreshToken = refreshTokens.encode({ sessionId, generation: session.generation, secret });
  return issueSession(options, { user: owner, refreshToken, ...stamped });
}
