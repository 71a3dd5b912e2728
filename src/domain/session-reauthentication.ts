import { AuthError } from './errors.js';
import { provePassword } from './password-proof.js';
import type { Principal } from './principal.js';
import { createNonce } from './refresh-token.js';
import { hashSecret } from './secrets.js';
import { issueSession, readLiveOwner, type IssuedSession, type SessionServiceOptions } from './session-issue.js';
import type { ClientInfo } from './session.js';

export interface ReauthenticateInput {
  readonly password: string;
  /** For the log: a proof from elsewhere is worth a look. */
  readonly client: ClientInfo;
}

/** Takes a fresh proof of the password for the session in use. */
export type Reauthenticate = (
  viewer: Pick<Principal, 'userId' | 'sessionId'>,
  input: ReauthenticateInput,
) => Promise<IssuedSession>;

/**
 * Checks the password of the viewer, and gives their session a fresh pair whose access token says that it was proved
 * now. The refresh tokens of before are void, without alarm: who holds one of them must not outlive the proof. Of two
 * proofs at once, and of a proof and a refresh, the pair that was written last stays.
 *
 * Fails as a whole until the one write; where the answer gets lost behind it, the access token of before still serves
 * to prove the password once more.
 *
 * @throws AuthError `INVALID_CREDENTIALS`, with nothing changed; `SESSION_EXPIRED`, `USER_BANNED`,
 *   `TOKEN_THEFT_DETECTED` where the session is over; `SERVICE_UNAVAILABLE`
 */
export function createReauthenticate(options: SessionServiceOptions): Reauthenticate {
  const { stores, passwords, refreshTokens, policy, emit } = options;
  const { users, sessions } = stores;

  return async function reauthenticate({ userId, sessionId }, { password, client }) {
    const read = await users.findById(userId);
    if (read === null) throw new AuthError('SESSION_EXPIRED');
    const proved = await provePassword({ users, passwords }, read, password);

    const [secret, nonce] = [refreshTokens.draw(), createNonce()];
    const proof = { sessionId, user: proved, hash: hashSecret(secret), nonce };
    const stamped = await sessions.reauthenticate(proof, policy);
    if (stamped === null) throw new AuthError('SESSION_EXPIRED');
    const user = await readLiveOwner(options, stamped);
    const { session } = stamped;
    // Missed, and live all the same: a revocation that it met was undone in between.
    if (session.nonce !== nonce) throw new AuthError('SERVICE_UNAVAILABLE', { extensions: { retryAfterSeconds: 1 } });
    emit({ type: 'session.reauthenticated', userId, sessionId, client });
    const refreshToken = refreshTokens.encode({ sessionId, generation: session.generation, secret });
    return issueSession(options, { ...stamped, user, refreshToken });
  };
}
