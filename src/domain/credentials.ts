import { noteOf, type ClientAddress } from './audit-entry.js';
import type { NoteSubject } from './audit-entry-service.js';
import { emailKey } from './email.js';
import type { EmailService } from './email-service.js';
import { AuthError } from './errors.js';
import type { Passwords } from './password.js';
import { provePassword } from './password-proof.js';
import type { Stores } from './stores.js';
import type { User } from './user.js';

/** What somebody signs in with. */
export interface EmailAndPassword {
  /** As it was typed. */
  readonly email: string;
  /** As it was typed. */
  readonly password: string;
}

/**
 * Whose e-mail address and password these are, as the user was before they were checked: what is revoked meanwhile
 * must hold for the session that starts.
 *
 * @param noteSubject told whose account it is, once that is known, for the audit log
 * @param client for the audit log: where from
 * @throws AuthError `INVALID_CREDENTIALS`, in the same time for a wrong password and an unknown address;
 *   `SERVICE_UNAVAILABLE`
 */
export type CheckCredentials = (
  credentials: EmailAndPassword,
  noteSubject?: NoteSubject,
  client?: ClientAddress,
) => Promise<User>;

/** Tells who has given the right password that their address is to be confirmed first: off the request's path. */
export type TellUnverified = (user: User, client?: ClientAddress) => void;

/** Mails the link again. */
export const mailUnverified =
  ({ postVerification }: Pick<EmailService, 'postVerification'>): TellUnverified =>
  (user, client) =>
    postVerification(user.id, noteOf({ userId: user.id, client }));

export interface PasswordCheckOptions {
  readonly users: Stores['users'];
  readonly passwords: Passwords;
  /** Given where nobody is let in before their address is confirmed. */
  readonly tellUnverified?: TellUnverified | undefined;
}

/**
 * Checks against the passwords that are kept here. Before the address is confirmed none is right: whoever signs up with
 * somebody's address, and signs in by the same password, is not to learn whether it was taken.
 */
export const createPasswordCheck =
  ({ users, passwords, tellUnverified }: PasswordCheckOptions): CheckCredentials =>
  async ({ email, password }, noteSubject, client) => {
    const user = await users.findByEmailKey(emailKey(email));
    if (user !== null) noteSubject?.(user.id);
    if (tellUnverified === undefined || user === null || user.emailVerified) {
      return provePassword({ users, passwords }, user, password);
    }
    const isRight = await passwords.verify(user.passwordHash, password, { isRefused: true });
    if (isRight) tellUnverified(user, client);
    throw new AuthError('INVALID_CREDENTIALS');
  };
