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
  readonly email: string;
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

/** Lets a user in who has given the right password, from there, or throws. */
export type Admit = (user: User, client: ClientAddress) => void;

/**
 * Lets nobody in before they have shown that mail to their address arrives: they are mailed how.
 *
 * @throws AuthError `FORBIDDEN` with the reason `email-not-verified`
 */
export const requireVerifiedEmail =
  ({ postVerification }: Pick<EmailService, 'postVerification'>): Admit =>
  (user, client) => {
    if (user.emailVerified) return;
    postVerification(user.id, noteOf({ userId: user.id, client }));
    throw new AuthError('FORBIDDEN', {
      message: 'Confirm your e-mail address first: the link was sent to you again.',
      extensions: { reason: 'email-not-verified' },
    });
  };

/** Checks against the passwords that are kept here. */
export const createPasswordCheck =
  (users: Stores['users'], passwords: Passwords): CheckCredentials =>
  async ({ email, password }, noteSubject) => {
    const user = await users.findByEmailKey(emailKey(email));
    if (user !== null) noteSubject?.(user.id);
    return provePassword({ users, passwords }, user, password);
  };
