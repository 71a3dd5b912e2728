import { emailKey } from './email.js';
import { AuthError } from './errors.js';
import type { Passwords } from './password.js';
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
export function createPasswordCheck(users: Stores['users'], passwords: Passwords): CheckCredentials {
  return async ({ email, password }) => {
    const user = await users.findByEmailKey(emailKey(email));
    const isRight = await passwords.verify(user?.passwordHash ?? null, password);
    if (user === null || !isRight) throw new AuthError('INVALID_CREDENTIALS');
    if (passwords.isOutdated(user.passwordHash)) {
      await users.replacePasswordHash(user.id, user.passwordHash, await passwords.hash(password));
    }
    return user;
  };
}
