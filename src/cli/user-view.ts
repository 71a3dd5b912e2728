import type { UserId } from '../domain/ids.js';
import { activeBan, NO_PASSWORD, UNKNOWN_PASSWORD, type Ban, type User } from '../domain/user.js';
import { formatTable } from './table.js';

/** What of a user is shown: as in GraphQL, and whether there is a password; never its hash. */
export interface ShownUser {
  readonly id: UserId;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly hasPassword: boolean;
  readonly createdAt: Date;
  readonly lastSignInAt: Date | null;
  readonly roles: readonly string[];
  /** The one that holds. */
  readonly ban: Ban | null;
}

export function shownUser(user: User, now: Date): ShownUser {
  const { id, email, emailVerified, createdAt, lastSignInAt, roles, passwordHash } = user;
  const hasPassword = passwordHash !== NO_PASSWORD && passwordHash !== UNKNOWN_PASSWORD;
  const ban = activeBan(user, now);
  return {
    ...{ id, email: email === '' ? null : email, emailVerified, hasPassword },
    ...{ createdAt, lastSignInAt, roles: [...roles].sort() },
    ban: ban && { at: ban.at, by: ban.by, until: ban.until, reason: ban.reason, publicReason: ban.publicReason },
  };
}

const TITLES = ['ID', 'EMAIL', 'ROLES', 'CREATED', 'LAST SIGN-IN', 'BANNED'];

/** What somebody wrote must not pass for lines of ours, nor speak to the terminal. */
export const oneLine = (text: string): string => text.replaceAll(/\p{C}/gu, ' ');

export const time = (moment: Date | null): string => moment?.toISOString() ?? '-';

const banned = (ban: Ban | null): string => {
  if (ban === null) return '-';
  return ban.until === null ? 'for good' : `until ${time(ban.until)}`;
};

export const formatUsers = (users: readonly ShownUser[]): string =>
  users.length === 0
    ? 'There is no such user.\n'
    : formatTable(
        TITLES,
        users.map(({ id, email, roles, createdAt, lastSignInAt, ban }) => [
          ...[oneLine(id), email ?? '-', roles.join(' ') || '-', time(createdAt), time(lastSignInAt), banned(ban)],
        ]),
      );

/** One user, a line each. */
export function describeUser(user: ShownUser & { readonly sessions: number }): string {
  const { ban } = user;
  const rows = [
    ['id', user.id],
    ['e-mail', user.email === null ? '-' : `${user.email}${user.emailVerified ? ', verified' : ', not verified'}`],
    ['password', user.hasPassword ? 'set' : 'none'],
    ['roles', user.roles.join(' ') || '-'],
    ['created', time(user.createdAt)],
    ['last sign-in', time(user.lastSignInAt)],
    ['sessions', String(user.sessions)],
    ['banned', banned(ban)],
    ...(ban === null ? [] : [['ban began', `${time(ban.at)}, by ${ban.by ?? 'the operator'}`]]),
    ...(ban?.reason == null ? [] : [['reason', ban.reason]]),
    ...(ban?.publicReason == null ? [] : [['public reason', ban.publicReason]]),
  ];
  return rows.map(([name = '', value = '']) => `${name.padEnd(15)}${oneLine(value)}\n`).join('');
}
