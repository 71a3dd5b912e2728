import { emailKey } from './email.js';
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
 * @throws AuthError `INVALID_CREDENTIALS`, in the same time for a wrong password and an unknown address;
 *   `SERVICE_UNAVAILABLE`
 */
export type CheckCredentials = (credentials: EmailAndPassword) => Promise<User>;

/** Checks against the passwords that are kept here. */
export const createPasswordCheck =
  (users: Stores['users'], passwords: Passwords): CheckCredentials =>
  async ({ email, password }) =>
    provePassword({ users, passwords }, await users.findByEmailKey(emailKey(email)), password);
