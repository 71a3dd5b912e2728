import { noteOf } from './audit-entry.js';
import { auditRefusals } from './audit-entry-service.js';
import { AuthError } from './errors.js';
import type { SessionId } from './ids.js';
import { provePassword } from './password-proof.js';
import type { Principal } from './principal.js';
import type { IssuedSession, SessionServiceOptions } from './session-issue.js';
import { renewSession } from './session-renewal.js';
import type { ClientInfo } from './session.js';
import type { User } from './user.js';

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
 * proofs at once, and of a proof and a refresh, the pair that was written last stays. Where the application keeps the
 * passwords, it is asked, with the address that the session was signed in with.
 *
 * Fails as a whole until the one write; where the answer gets lost behind it, the access token of before still serves
 * to prove the password once more.
 *
 * The try is counted before: the session is a known device of its user.
 *
 * @throws AuthError `INVALID_CREDENTIALS` and `RATE_LIMITED`, with nothing changed; `SESSION_EXPIRED`, `USER_BANNED`,
 *   `TOKEN_THEFT_DETECTED` where the session is over; `SERVICE_UNAVAILABLE`
 */
export function createReauthenticate(options: SessionServiceOptions): Reauthenticate {
  const { stores, attempts, emit } = options;
  const prove = createProve(options);

  return async function reauthenticate({ userId, sessionId }, { password, client }) {
    const read = await stores.users.findById(userId);
    if (read === null) throw new AuthError('SESSION_EXPIRED');
    const { ipAddress } = client;
    const attempt = { kind: 'reauthenticate', account: read.emailKey, ipAddress, knownAs: sessionId } as const;
    const tried = { action: 'reauthentication', by: noteOf({ userId, sessionId, client }) } as const;
    const issued = await auditRefusals(stores.auditEntries, tried, async () => {
      const proved = await attempts.run(attempt, () => prove(read, sessionId, password));
      return renewSession(options, { sessionId, client }, proved);
    });
    emit({ type: 'session.reauthenticated', userId, sessionId, client });
    return issued;
  };
}

/** Whether the password is this user's, of this session: answers the user as they were read before that. */
type Prove = (user: User, sessionId: SessionId, password: string) => Promise<User>;

function createProve({ stores, passwords, checkCredentials }: SessionServiceOptions): Prove {
  const { users, sessions } = stores;
  if (checkCredentials === undefined) return (user, _, password) => provePassword({ users, passwords }, user, password);
  return async (user, sessionId, password) => {
    const session = await sessions.findById(sessionId);
    if (session === null) throw new AuthError('SESSION_EXPIRED');
    const { signInEmail: email } = session;
    // A sign-in of another kind, which nobody has a password for: it is to be done once more.
    if (email === null) throw new AuthError('INVALID_CREDENTIALS');
    const { id } = await checkCredentials({ email, password });
    // Not so where their address has become somebody else's.
    if (id !== user.id) throw new AuthError('INVALID_CREDENTIALS');
    return user;
  };
}
