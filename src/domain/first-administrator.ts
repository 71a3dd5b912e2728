import type { EmailAndPassword } from './credentials.js';
import { emailKey, parseEmail } from './email.js';
import { AuthError } from './errors.js';
import type { EmitEvent } from './events.js';
import { createUserId } from './ids.js';
import { checkNewPassword, type Passwords } from './password.js';
import type { Stores } from './stores.js';
import { ADMIN, knownRoles, type Role } from './user.js';

export interface FirstAdministratorOptions {
  readonly stores: Pick<Stores, 'users'>;
  readonly passwords: Passwords;
  readonly emit: EmitEvent;
  /** Those that this server knows. */
  readonly roles: readonly Role[];
}

/**
 * The address of an administrator who is to be made, checked with the password.
 *
 * @throws AuthError `BAD_USER_INPUT` or `WEAK_PASSWORD` for what no account may have
 */
export async function checkFirstAdministrator({ email, password }: EmailAndPassword): Promise<string> {
  const address = parseEmail(email, 'ADMIN_EMAIL');
  await checkNewPassword(password, 'ADMIN_PASSWORD');
  return address;
}

/**
 * Makes this administrator where no administrator exists: a new account, or an existing one that has this password.
 *
 * @throws AuthError `BAD_USER_INPUT` or `WEAK_PASSWORD` for what no account may have; `INVALID_CREDENTIALS` where there
 *   is an account with this address and another password: whoever signed up with it need not be the operator
 */
export async function ensureAdministrator(
  { stores, passwords, emit, roles }: FirstAdministratorOptions,
  { email, password }: EmailAndPassword,
): Promise<void> {
  const { users } = stores;
  if (await users.hasAdministrator()) return;
  const address = await checkFirstAdministrator({ email, password });
  const passwordHash = await passwords.hash(password);
  const key = emailKey(address);
  const user = { id: createUserId(), email: address, emailKey: key, emailVerified: true, passwordHash, roles: [ADMIN] };
  if ((await users.create(user)) !== null) {
    emit({ type: 'user.created', userId: user.id, roles: user.roles });
    return;
  }

  const existing = await users.findByEmailKey(key);
  const isTheirs = await passwords.verify(existing?.passwordHash ?? null, password);
  if (existing === null || !isTheirs) throw new AuthError('INVALID_CREDENTIALS');
  const change = await users.grantRole(existing.id, ADMIN);
  if (change.kind !== 'changed') return;
  emit({ type: 'roles.changed', userId: existing.id, by: existing.id, roles: knownRoles(change.user, roles) });
}
