import { noteOf, type ClientAddress } from './audit-entry.js';
import type { CheckCredentials, EmailAndPassword } from './credentials.js';
import { AuthError } from './errors.js';
import type { EmitEvent } from './events.js';
import type { UserId } from './ids.js';
import type { Stores } from './stores.js';
import { NO_PASSWORD, type User } from './user.js';
import type { NewUser } from './user-store.js';

/** The application's own check: the user's id; `null` for a wrong password and an unknown address alike. */
export type AuthenticateUser = (credentials: EmailAndPassword) => string | null | Promise<string | null>;

/** As long as an id may be that a token carries in a cookie. */
const LONGEST_ID = 255;
/** The store's clock is followed, not asked: a change this long before may have come after. */
const CLOCK_TOLERANCE_MS = 5_000;

/**
 * The user that the application calls so: whoever is not known here yet gets a row without address and password, which
 * roles and bans are kept on. `client`: where the user comes from, for the audit log.
 *
 * @throws TypeError for what is no text of 1 to 255 characters
 */
export type EnsureUser = (id: string, client?: ClientAddress) => Promise<User>;

export function createEnsureUser(users: Stores['users'], emit: EmitEvent): EnsureUser {
  return async (id, client) => {
    assertUserId(id);
    const existing = await users.findById(id);
    if (existing !== null) return existing;
    try {
      const created = await users.create(newExternalUser(id), noteOf({ userId: id, client }));
      if (created !== null) {
        emit({ type: 'user.created', userId: id, roles: [] });
        return created;
      }
    } catch (error) {
      // Two first sign-ins at once: the other one's row is as good, and which of its keys is taken is the store's choice.
      if ((await users.findById(id)) === null) throw error;
    }
    const other = await users.findById(id);
    if (other === null) throw new TypeError('a user row that another sign-in made is gone');
    return other;
  };
}

/**
 * Checks credentials by the application. Nothing is hashed here, so that a wrong password and an unknown address cost
 * the same on our side.
 */
export function createExternalCheck(
  { users, clock }: Pick<Stores, 'users' | 'clock'>,
  authenticate: AuthenticateUser,
  ensureUser: EnsureUser,
): CheckCredentials {
  async function check(credentials: EmailAndPassword): Promise<UserId> {
    const id: unknown = await authenticate({ email: credentials.email, password: credentials.password });
    if (id === null) throw new AuthError('INVALID_CREDENTIALS');
    assertUserId(id);
    return id;
  }

  return async (credentials, noteSubject, client) => {
    const beganAtMs = clock.now().getTime() - CLOCK_TOLERANCE_MS;
    const id = await check(credentials);
    noteSubject?.(id);
    const known = (await users.findById(id)) ?? (await ensureUser(id, client));
    // Who it is was not known before, so the row was read afterwards. If the user's sessions were revoked meanwhile,
    // as for a changed password, or the user deleted, this one would outlive that: the password is asked for again,
    // behind the read. So it is at a user's first sign-in here, too.
    if (known.verChangedAt.getTime() >= beganAtMs && (await check(credentials)) !== id) {
      throw new AuthError('INVALID_CREDENTIALS');
    }
    return known;
  };
}

function assertUserId(id: unknown): asserts id is UserId {
  if (typeof id === 'string' && id !== '' && id.length <= LONGEST_ID && id.isWellFormed()) return;
  throw new TypeError(`a user id is a text of 1 to ${LONGEST_ID} characters`);
}

/** The `emailKey` of a user whose account the application keeps: no address that anybody could sign up with, since those hold no space. */
export const externalUserKey = (id: UserId): string => `user ${id}`;

const newExternalUser = (id: UserId): NewUser => ({
  ...{ id, email: '', emailKey: externalUserKey(id), emailVerified: false, passwordHash: NO_PASSWORD, roles: [] },
});
