import { AuthError } from './errors.js';
import { isJudgedWhole } from './password-hash.js';
import type { Passwords } from './password.js';
import type { UserStore } from './user-store.js';
import type { User } from './user.js';

export interface PasswordProofOptions {
  readonly users: Pick<UserStore, 'replacePasswordHash'>;
  readonly passwords: Passwords;
}

/**
 * Checks that the password is this user's, and answers the user as they were read before that. A hash that was made
 * with other parameters than today's is made anew.
 *
 * @param user `null` for an account that is not there: takes the same time
 * @throws AuthError `INVALID_CREDENTIALS`, `SERVICE_UNAVAILABLE`
 */
export async function provePassword(
  { users, passwords }: PasswordProofOptions,
  user: User | null,
  password: string,
): Promise<User> {
  const isRight = await passwords.verify(user?.passwordHash ?? null, password);
  if (user === null || !isRight) throw new AuthError('INVALID_CREDENTIALS');
  // What the old hash did not look at may be mistyped, and must not become the password.
  if (passwords.isOutdated(user.passwordHash) && isJudgedWhole(user.passwordHash, password)) {
    await users.replacePasswordHash(user.id, user.passwordHash, await passwords.hash(password));
  }
  return user;
}
