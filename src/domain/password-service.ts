import { noteFrom, noteOf } from './audit-entry.js';
import { auditRefusals, type NoteSubject } from './audit-entry-service.js';
import { emailKey } from './email.js';
import { AuthError } from './errors.js';
import type { SessionId } from './ids.js';
import type { MailLinks, PostMail } from './mail.js';
import { passwordResetMail } from './mail-texts.js';
import { badMailToken, createMailToken, decodeMailToken, drawMailSecret, type MailToken } from './mail-token.js';
import { checkNewPassword } from './password.js';
import type { Principal } from './principal.js';
import type { IssuedSession, SessionServiceOptions } from './session-issue.js';
import { renewSession } from './session-renewal.js';
import type { ClientInfo } from './session.js';
import { NO_PASSWORD, holdsMailToken, type User } from './user.js';

export interface PasswordServiceOptions extends SessionServiceOptions {
  readonly postMail: PostMail;
  readonly links: MailLinks;
}

export interface ChangePasswordInput {
  readonly currentPassword: string;
  readonly newPassword: string;
  readonly client: ClientInfo;
}

export interface RequestResetInput {
  readonly email: string;
  readonly client: ClientInfo;
}

export interface ResetPasswordInput {
  /** From the mail. */
  readonly token: string;
  readonly newPassword: string;
  readonly client: ClientInfo;
}

/** The session in use after a change of the password, and those that ended with it. */
export interface ChangedPassword {
  readonly issued: IssuedSession;
  readonly revokedSessionIds: readonly SessionId[];
}

/** The use cases of passwords that are kept here. */
export interface PasswordService {
  /**
   * Changes the viewer's password: every other session is over, the one in use goes on with a fresh pair.
   *
   * @throws AuthError `RATE_LIMITED`, `INVALID_CREDENTIALS`, `WEAK_PASSWORD`, `BAD_USER_INPUT`, with nothing changed; `CONFLICT` where
   *   another change came in between; `FORBIDDEN` where the application keeps the password; `SESSION_EXPIRED`
   */
  change(viewer: Pick<Principal, 'userId' | 'sessionId'>, input: ChangePasswordInput): Promise<ChangedPassword>;
  /**
   * Mails a link to choose a new password, where there is such an account. Takes the same time where there is none.
   *
   * @throws AuthError `RATE_LIMITED`
   */
  requestReset(input: RequestResetInput): Promise<void>;
  /**
   * Sets a new password for who holds the token of such a mail; every session is over.
   *
   * @throws AuthError `BAD_USER_INPUT` with the field `token` for one that is wrong, used or too old; `WEAK_PASSWORD`;
   *   `RATE_LIMITED`
   */
  reset(input: ResetPasswordInput): Promise<void>;
}

export function createPasswordService(options: PasswordServiceOptions): PasswordService {
  const { stores, passwords, attempts, policy, emit, postMail, links } = options;
  const { users, sessions, auditEntries, clock } = stores;

  /** The change has decided already: this only marks the rows, and a crash before it revives nothing. */
  async function endBelowFloor({ id: userId, floor }: User): Promise<SessionId[]> {
    const reason = 'password-changed';
    const ended = await sessions.endBelow(userId, floor, reason, policy);
    for (const sessionId of ended) emit({ type: 'session.ended', userId, sessionId, reason });
    return ended;
  }

  async function findMailed(text: string, noteSubject: NoteSubject): Promise<Mailed> {
    const token = decodeMailToken(text);
    const user = token && (await users.findById(token.userId));
    if (user) noteSubject(user.id);
    const isGood = user && holdsMailToken(user, { purpose: 'password-reset', hash: token.hash }, clock.now());
    if (!isGood) throw badMailToken();
    return { user, token };
  }

  return {
    async change({ userId, sessionId }, { currentPassword, newPassword, client }) {
      await checkNewPassword(newPassword, 'newPassword');
      const before = await users.findById(userId);
      if (before === null) throw new AuthError('SESSION_EXPIRED');
      // Nothing is tried, so nothing is told: whoever repeats it must not fill the log.
      if (before.passwordHash === NO_PASSWORD) throw new AuthError('FORBIDDEN', { message: KEPT_ELSEWHERE });
      const by = noteOf({ userId, sessionId, client });
      const change = await auditRefusals(auditEntries, { action: 'password-changed', by }, async () => {
        const { ipAddress } = client;
        const attempt = { kind: 'change-password', account: before.emailKey, ipAddress, knownAs: sessionId } as const;
        await attempts.run(attempt, async () => {
          const isRight = await passwords.verify(before.passwordHash, currentPassword);
          if (!isRight) throw new AuthError('INVALID_CREDENTIALS');
        });
        const changed = await users.changePassword(userId, before, await passwords.hash(newPassword), by);
        if (changed.kind === 'not-found') throw new AuthError('SESSION_EXPIRED');
        if (changed.kind !== 'changed') throw new AuthError('CONFLICT');
        return changed;
      });
      emit({ type: 'password.changed', userId, sessionId, client });
      // Its own session lives by the floor of before: a revocation that came since then did not spare it.
      const issued = await renewSession(options, { sessionId, client }, { ...change.user, floor: before.floor });
      return { issued, revokedSessionIds: await endBelowFloor(change.user) };
    },

    requestReset({ email, client }) {
      const { ipAddress } = client;
      const attempt = { kind: 'request-password-reset', account: null, ipAddress, knownAs: null } as const;
      return attempts.run(attempt, async () => {
        const token = { purpose: 'password-reset', drawn: drawMailSecret(), by: noteFrom(client) } as const;
        postMail(async () => {
          const user = await users.findByEmailKey(emailKey(email));
          const text = await createMailToken(stores, user?.passwordHash === NO_PASSWORD ? null : user, token);
          if (user === null || text === null) return null;
          return { to: user.email, ...passwordResetMail(links.resetPassword(text)) };
        });
      });
    },

    async reset({ token: text, newPassword, client }) {
      await checkNewPassword(newPassword, 'newPassword');
      const { ipAddress } = client;
      const by = noteFrom(client);
      const attempt = { kind: 'reset-password', account: null, ipAddress, knownAs: null } as const;
      const change = await auditRefusals(auditEntries, { action: 'password-reset', by }, async (noteSubject) => {
        const { user, token } = await attempts.run(attempt, () => findMailed(text, noteSubject));
        const changed = await users.resetPassword(user.id, token.hash, await passwords.hash(newPassword), by);
        if (changed.kind !== 'changed') throw badMailToken();
        return changed;
      });
      emit({ type: 'password.reset', userId: change.user.id, client });
      await endBelowFloor(change.user);
    },
  };
}

interface Mailed {
  readonly user: User;
  readonly token: MailToken;
}

const KEPT_ELSEWHERE = 'The password of this account is not kept here.';
