import { parseArgs } from 'node:util';
import { OPERATOR } from '../domain/audit-entry.js';
import { AuthError } from '../domain/errors.js';
import type { SessionId, UserId } from '../domain/ids.js';
import { judgeEnd, sessionExpiry, type Session } from '../domain/session.js';
import type { User } from '../domain/user.js';
import type { UserCursor } from '../domain/user-store.js';
import { toJson, type CommandOutcome } from './outcome.js';
import { openProgress } from './progress.js';
import { formatTable } from './table.js';
import { UsageError } from './usage-error.js';
import { findUser, type UserTools } from './user.js';
import type { UserName } from './user-command.js';
import { oneLine, time } from './user-view.js';

/** What `latchkey session` is asked to do. */
export type SessionCommand = { readonly isJson: boolean } & (
  | { readonly act: 'list'; readonly user: UserName }
  | { readonly act: 'revoke'; readonly whose: 'one'; readonly id: SessionId }
  | { readonly act: 'revoke'; readonly whose: 'user'; readonly user: UserName }
  | { readonly act: 'revoke'; readonly whose: 'all' }
);

/**
 * Reads what stands behind `latchkey session`.
 *
 * @throws UsageError
 */
export function parseSessionCommand(args: readonly string[]): SessionCommand {
  const { values, positionals } = parse(args);
  const { json: isJson = false, all = false, user } = values;
  const [act = '', name, ...others] = positionals;
  if (others.length > 0 || name === '' || user === '') throw new UsageError(`session ${act}: takes one name`);
  if (act === 'list' && name !== undefined && !all && user === undefined) return { act, user: name, isJson };
  if (act === 'list') throw new UsageError('session list: takes the id or the address of a user');
  if (act !== 'revoke') throw new UsageError('session: needs one of list, revoke');
  if ([all || undefined, user, name].filter((given) => given !== undefined).length !== 1) {
    throw new UsageError('session revoke: takes the id of a session, or --user USER, or --all');
  }
  if (all) return { act, whose: 'all', isJson };
  return user === undefined
    ? { act, whose: 'one', id: name as SessionId, isJson }
    : { act, whose: 'user', user, isJson };
}

function parse(args: readonly string[]) {
  const options = { json: { type: 'boolean' }, all: { type: 'boolean' }, user: { type: 'string' } } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`session: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * Does what the command says, beside running servers: they refuse at once what it ends.
 *
 * @throws AuthError `NOT_FOUND`
 */
export async function runSessionCommand(command: SessionCommand, tools: UserTools): Promise<CommandOutcome> {
  const { administration, stores } = tools;
  const { isJson } = command;
  if (command.act === 'list') return listSessions(await findUser(command.user, stores), isJson, tools);
  switch (command.whose) {
    case 'one': {
      const isEnded = await administration.revokeSession(OPERATOR, command.id);
      return revoked({ revokedSessionIds: isEnded ? [command.id] : [] }, isJson);
    }
    case 'user': {
      const { id } = await findUser(command.user, stores);
      const { revokedSessionIds } = await administration.revokeSessions(OPERATOR, id);
      return revoked({ revokedSessionIds }, isJson);
    }
    case 'all':
      return revokeAll(isJson, tools);
  }
}

function revoked(shown: { readonly revokedSessionIds: readonly SessionId[] }, isJson: boolean): CommandOutcome {
  return { text: isJson ? toJson(shown) : `Sessions ended: ${shown.revokedSessionIds.length}\n`, exitCode: 0 };
}

const PAGE = 500;

/** How many ended; none of a user who was deleted since the page was read. */
async function revokeUser(administration: UserTools['administration'], id: UserId): Promise<number> {
  try {
    return (await administration.revokeSessions(OPERATOR, id)).revokedSessionIds.length;
  } catch (error) {
    if (error instanceof AuthError && error.code === 'NOT_FOUND') return 0;
    throw error;
  }
}

/** Every session and every access token of everybody, also those that the store knows nothing of: a backup was restored. */
async function revokeAll(isJson: boolean, { administration, stores }: UserTools): Promise<CommandOutcome> {
  const progress = await openProgress(await stores.users.count({}));
  const count = { users: 0, sessions: 0 };
  try {
    let after: UserCursor | null = null;
    do {
      const page: User[] = await stores.users.list({}, PAGE, after);
      for (const { id } of page) {
        count.users += 1;
        count.sessions += await revokeUser(administration, id);
        progress.update(count.users, `Users: ${count.users}`);
      }
      after = page.length < PAGE ? null : (page.at(-1) ?? null);
    } while (after !== null);
  } finally {
    progress.stop();
  }
  const text = `Users: ${count.users}, sessions ended: ${count.sessions}\n`;
  return { text: isJson ? toJson(count) : text, exitCode: 0 };
}

const TITLES = ['ID', 'CREATED', 'LAST SEEN', 'EXPIRES', 'FROM', 'DEVICE'];

async function listSessions(user: User, isJson: boolean, { stores }: UserTools): Promise<CommandOutcome> {
  const now = stores.clock.now();
  const open = await stores.sessions.listOpenByUser([user.id]);
  const live = open.filter((session) => judgeEnd({ session, now }, { user, now }) === null).map(shownSession);
  if (isJson) return { text: toJson(live), exitCode: 0 };
  const rows = live.map(({ id, createdAt, lastSeenAt, expiresAt, ipAddress, deviceName, userAgent }) => [
    ...[id, time(createdAt), time(lastSeenAt), time(expiresAt)],
    ...[ipAddress ?? '-', oneLine(deviceName ?? userAgent ?? '-')],
  ]);
  return { text: rows.length === 0 ? 'There is no live session.\n' : formatTable(TITLES, rows), exitCode: 0 };
}

/** As in GraphQL. */
const shownSession = (session: Session) => ({
  id: session.id,
  createdAt: session.createdAt,
  lastSeenAt: session.lastSeenAt,
  expiresAt: sessionExpiry(session),
  authenticatedAt: session.authenticatedAt,
  transport: session.transport,
  deviceName: session.deviceName,
  userAgent: session.userAgent,
  ipAddress: session.ipAddress,
});
