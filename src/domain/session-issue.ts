import type { AccessTokens } from './access-token.js';
import type { Attempts } from './attempt-service.js';
import type { CheckCredentials, TellUnverified } from './credentials.js';
import type { DeviceTokens } from './device-token.js';
import { AuthError } from './errors.js';
import type { EmitEvent } from './events.js';
import type { Passwords } from './password.js';
import type { Policy } from './policy.js';
import { toPrincipal, type Principal } from './principal.js';
import type { RefreshTokens } from './refresh-token.js';
import type { PermissionsOf } from './role-permission.js';
import { endRefusal } from './session-refusal.js';
import { judgeEnd, sessionExpiry, type EndReason, type OwnerAt, type Session } from './session.js';
import type { Stamped } from './session-store.js';
import type { Stores } from './stores.js';
import type { User } from './user.js';

/** What the use cases of sessions are made of. */
export interface SessionServiceOptions {
  readonly stores: Pick<Stores, 'sessions' | 'users' | 'auditEntries' | 'clock'>;
  readonly passwords: Passwords;
  readonly attempts: Attempts;
  readonly deviceTokens: DeviceTokens;
  /** Left out: by the passwords that are kept here. */
  readonly checkCredentials?: CheckCredentials | undefined;
  /** Given where nobody signs in before their address is confirmed. */
  readonly tellUnverified?: TellUnverified | undefined;
  readonly accessTokens: AccessTokens;
  readonly refreshTokens: RefreshTokens;
  readonly permissionsOf: PermissionsOf;
  readonly policy: Policy;
  readonly emit: EmitEvent;
}

/** A session and the pair of tokens that speaks for it. */
export interface IssuedSession {
  readonly session: Session;
  readonly user: User;
  readonly principal: Principal;
  readonly accessToken: string;
  readonly accessTokenExpiresAt: Date;
  readonly expiresInSeconds: number;
  readonly refreshToken: string;
  readonly refreshTokenExpiresAt: Date;
  /** Makes the device known to the account; `null` where nobody signed in by this. */
  readonly deviceToken: string | null;
}

export interface SessionToIssue extends Stamped {
  readonly user: User;
  readonly refreshToken: string;
  /** Of a sign-in. */
  readonly deviceToken?: string | null;
}

/** Signs the access token for a session in the state that the store gave, and puts the pair together. */
export async function issueSession(
  { accessTokens, permissionsOf }: Pick<SessionServiceOptions, 'accessTokens' | 'permissionsOf'>,
  { session, now, user, refreshToken, deviceToken = null }: SessionToIssue,
): Promise<IssuedSession> {
  const { token, principal, expiresAt, expiresInSeconds } = await accessTokens.issue(session, user, now);
  return {
    session,
    user,
    principal: toPrincipal(principal, permissionsOf),
    accessToken: token,
    accessTokenExpiresAt: expiresAt,
    expiresInSeconds,
    refreshToken,
    refreshTokenExpiresAt: sessionExpiry(session),
    deviceToken,
  };
}

type EndingOptions = Pick<SessionServiceOptions, 'policy' | 'emit'> & {
  readonly stores: Pick<Stores, 'sessions' | 'users' | 'clock'>;
};

/** Reads a session's user, and notes when. */
export async function readOwner({ users, clock }: Pick<Stores, 'users' | 'clock'>, session: Session): Promise<OwnerAt> {
  return { user: await users.findById(session.userId), now: clock.now() };
}

/**
 * The user of a session that a write has just given a new pair, read behind it: a ban or a revocation that came before
 * the write did not see that pair. Where the session is over, it is ended.
 *
 * @throws AuthError `USER_BANNED`, `TOKEN_THEFT_DETECTED`, `SESSION_EXPIRED`
 */
export async function readLiveOwner(options: EndingOptions, stamped: Stamped): Promise<User> {
  const owner = await readOwner(options.stores, stamped.session);
  const end = judgeEnd(stamped, owner);
  if (end === null && owner.user !== null) return owner.user;
  await markEnded(options, stamped.session, end?.reason ?? 'revoked');
  throw end === null ? new AuthError('SESSION_EXPIRED') : endRefusal(end);
}

/** Ends a session that was found to be over, if nobody did yet: from then on its row says why. */
export async function markEnded(
  { stores, policy, emit }: EndingOptions,
  session: Session,
  reason: EndReason,
): Promise<void> {
  if (session.endedAt !== null) return;
  const ended = await stores.sessions.end(session.id, reason, policy);
  if (ended !== null) emit({ type: 'session.ended', userId: session.userId, sessionId: session.id, reason });
}
