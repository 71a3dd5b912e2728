import { OPERATOR } from '../domain/audit-entry.js';
import { emailKey, parseEmail } from '../domain/email.js';
import { AuthError } from '../domain/errors.js';
import type { UserId } from '../domain/ids.js';
import type { Stores } from '../domain/stores.js';
import { judgeEnd } from '../domain/session.js';
import type { Role, User } from '../domain/user.js';
import type { UserAdministration } from '../domain/user-administration.js';
import { toJson, type CommandOutcome } from './outcome.js';
import { UsageError } from './usage-error.js';
import type { UserCommand, UserName } from './user-command.js';
import { exportFile, importFile } from './user-files.js';
import { describeUser, formatUsers, shownUser } from './user-view.js';

/** What commands on users are done with. */
export interface UserTools {
  readonly stores: Pick<Stores, 'users' | 'sessions' | 'auditEntries' | 'clock'>;
  readonly administration: UserAdministration;
  /** Every role that the operator names, and ours. */
  readonly roles: readonly Role[];
  /** Asks for a new password. @throws UsageError where none is given */
  readonly readPassword: () => Promise<string>;
}

/**
 * Does what the command says, beside running servers: they refuse at once what it ends.
 *
 * @throws UsageError for a file that cannot be opened, and a role that nobody knows
 * @throws AuthError as in GraphQL: `NOT_FOUND`, `FORBIDDEN`, `BAD_USER_INPUT`, `WEAK_PASSWORD`, `EMAIL_TAKEN`
 */
export async function runUserCommand(command: UserCommand, tools: UserTools): Promise<CommandOutcome> {
  switch (command.act) {
    case 'import':
      return importFile(command, tools.stores);
    case 'export':
      return exportFile(command, tools.stores);
    case 'list':
      return listUsers(command, tools);
    case 'delete': {
      const { id, email } = await deleteUser(command.user, tools);
      return { text: command.isJson ? toJson({ id, email, deleted: true }) : `Deleted: ${email || id}\n`, exitCode: 0 };
    }
    default: {
      const user = await change(command, tools);
      return showUser(user, command.isJson, tools);
    }
  }
}

type Change = Exclude<UserCommand, { readonly act: 'import' | 'export' | 'list' | 'delete' }>;

async function change(command: Change, tools: UserTools): Promise<User> {
  const { administration, stores, roles } = tools;
  if (command.act === 'create') {
    command.roles.forEach((role) => assertKnown(role, roles));
    const { email, emailVerified, hasPassword } = command;
    // Nobody is asked for a password twice for an address that cannot be.
    parseEmail(email, 'email');
    const password = hasPassword ? await tools.readPassword() : null;
    return administration.create(OPERATOR, { email, password, emailVerified, roles: command.roles });
  }
  const user = await findUser(command.user, stores);
  switch (command.act) {
    case 'show':
      return user;
    case 'ban': {
      const { reason, publicReason, until } = command;
      return (await administration.ban(OPERATOR, { userId: user.id, reason, publicReason, until })).user;
    }
    case 'unban':
      return administration.unban(OPERATOR, user.id);
    case 'grant':
      assertKnown(command.role, roles);
      return administration.grantRole(OPERATOR, user.id, command.role);
    case 'withdraw':
      return administration.withdrawRole(OPERATOR, user.id, command.role);
  }
}

async function deleteUser(name: UserName, { administration, stores }: UserTools): Promise<User> {
  const { id } = await findUser(name, stores);
  return (await administration.delete(OPERATOR, id)).user;
}

async function showUser(user: User, isJson: boolean, { stores }: UserTools): Promise<CommandOutcome> {
  const open = await stores.sessions.listOpenByUser([user.id]);
  const now = stores.clock.now();
  const live = open.filter((session) => judgeEnd({ session, now }, { user, now }) === null);
  const shown = { ...shownUser(user, now), sessions: live.length };
  return { text: isJson ? toJson(shown) : describeUser(shown), exitCode: 0 };
}

const PAGE = 500;

async function listUsers(
  { filter, limit, after, isJson }: Extract<UserCommand, { readonly act: 'list' }>,
  { stores }: UserTools,
): Promise<CommandOutcome> {
  const { users, clock } = stores;
  let cursor = after === null ? null : await findUser(after, stores);
  const found: User[] = [];
  for (let isMore = true; isMore && found.length < limit;) {
    const size = Math.min(PAGE, limit - found.length);
    const page: User[] = await users.list(filter, size, cursor);
    found.push(...page);
    cursor = page.at(-1) ?? null;
    isMore = page.length === size;
  }
  const shown = found.map((user) => shownUser(user, clock.now()));
  return { text: isJson ? toJson(shown) : formatUsers(shown), exitCode: 0 };
}

const ID_PREFIX = 'id:';

/**
 * The user of this id or address. Where applications choose the ids, somebody's id may be another's address: then it is
 * not guessed who is meant. `id:` before it says that it is an id, and nothing else: anybody may sign up with an address
 * that begins so.
 *
 * @throws AuthError `NOT_FOUND`; `CONFLICT` where it is the id of one and the address of another
 */
export async function findUser(name: UserName, { users }: Pick<Stores, 'users'>): Promise<User> {
  const isId = name.startsWith(ID_PREFIX);
  const byId = await users.findById((isId ? name.slice(ID_PREFIX.length) : name) as UserId);
  const byAddress = isId ? null : await users.findByEmailKey(emailKey(name));
  if (byId !== null && byAddress !== null && byId.id !== byAddress.id) {
    throw new AuthError('CONFLICT', {
      message: `${name} is the id of one user and the address of another: say ${ID_PREFIX}${name} or ${ID_PREFIX}${byAddress.id}.`,
    });
  }
  const user = byId ?? byAddress;
  if (user === null) throw new AuthError('NOT_FOUND', { message: `There is no user ${name}.` });
  return user;
}

/** Of one that is misspelled, nobody would notice that it allows nothing. */
function assertKnown(role: Role, roles: readonly Role[]): void {
  if (roles.includes(role)) return;
  throw new UsageError(`user: there is no role ${role}; there are ${roles.join(', ')}, and those that ROLES names`);
}
