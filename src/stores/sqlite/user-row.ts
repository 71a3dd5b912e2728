import type { UserId } from '../../domain/ids.js';
import type { NewUser } from '../../domain/user-store.js';
import { raisedVer, type Ban, type MailTokenRow, type User } from '../../domain/user.js';
import type { SqliteClient } from './client.js';
import type { SqlParameters, SqlRow } from './rows.js';

/** A row of the table `users`. */
interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly email_key: string;
  readonly email_verified: number;
  readonly password_hash: string;
  readonly roles: string;
  readonly ver: number;
  readonly floor: number;
  readonly ver_changed_at: number;
  readonly ban_at: number | null;
  readonly ban_by: string | null;
  readonly ban_until: number | null;
  readonly ban_reason: string | null;
  readonly ban_public_reason: string | null;
  readonly created_at: number;
  readonly last_sign_in_at: number | null;
  readonly mail_tokens: string;
}

/** What {@link userOf} reads, as a statement names it: columns that come later do not move these. */
export const USER_COLUMNS = `id, email, email_key, email_verified, password_hash, roles, ver, floor, ver_changed_at,
  ban_at, ban_by, ban_until, ban_reason, ban_public_reason, created_at, last_sign_in_at, mail_tokens`;
const USER_BY_ID = `SELECT ${USER_COLUMNS} FROM users WHERE id = :id`;

/** In the column `ban_by`: the tables of the first version want somebody there wherever there is a ban. */
const NOBODY = '';

const dateOrNull = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));

function banOf(row: UserRow): Ban | null {
  if (row.ban_at === null) return null;
  return {
    at: new Date(row.ban_at),
    by: row.ban_by === NOBODY ? null : (row.ban_by as UserId),
    until: dateOrNull(row.ban_until),
    reason: row.ban_reason,
    publicReason: row.ban_public_reason,
  };
}

/** The user that a row holds. */
export function userOf(columns: SqlRow): User {
  const row = columns as unknown as UserRow;
  return {
    id: row.id as UserId,
    email: row.email,
    emailKey: row.email_key,
    emailVerified: row.email_verified === 1,
    passwordHash: row.password_hash,
    roles: JSON.parse(row.roles) as string[],
    ver: row.ver,
    floor: row.floor,
    verChangedAt: new Date(row.ver_changed_at),
    ban: banOf(row),
    createdAt: new Date(row.created_at),
    lastSignInAt: dateOrNull(row.last_sign_in_at),
    mailTokens: (JSON.parse(row.mail_tokens) as StoredMailToken[]).map(({ expiresAt, ...token }) => ({
      ...token,
      expiresAt: new Date(expiresAt),
    })),
  };
}

/** The user as they are now; `null`: gone. */
export function findUser(client: Pick<SqliteClient, 'first'>, id: UserId): User | null {
  const row = client.first(USER_BY_ID, { id });
  return row && userOf(row);
}

type StoredMailToken = Omit<MailTokenRow, 'expiresAt'> & { readonly expiresAt: number };

/** The column `mail_tokens`. */
export const mailTokensColumn = (tokens: readonly MailTokenRow[]): string =>
  JSON.stringify(tokens.map(({ expiresAt, ...token }) => ({ ...token, expiresAt: expiresAt.getTime() })));

/** The columns of a new user, with `now`. */
export const newUserColumns = (user: NewUser, now: Date): SqlParameters => ({
  id: user.id,
  email: user.email,
  email_key: user.emailKey,
  email_verified: user.emailVerified ? 1 : 0,
  password_hash: user.passwordHash,
  roles: JSON.stringify(user.roles),
  ver: raisedVer(0, now),
  now: now.getTime(),
});

/** The columns of a ban. */
export const banColumns = (ban: Ban | null): SqlParameters => ({
  ban_at: ban?.at.getTime() ?? null,
  ban_by: ban === null ? null : (ban.by ?? NOBODY),
  ban_until: ban?.until?.getTime() ?? null,
  ban_reason: ban?.reason ?? null,
  ban_public_reason: ban?.publicReason ?? null,
});

/** What a guarded change may write of a user. */
export const changeableColumns = (user: User): SqlParameters => ({
  ...banColumns(user.ban),
  id: user.id,
  email_verified: user.emailVerified ? 1 : 0,
  password_hash: user.passwordHash,
  mail_tokens: mailTokensColumn(user.mailTokens),
  roles: JSON.stringify(user.roles),
  ver: user.ver,
  floor: user.floor,
  ver_changed_at: user.verChangedAt.getTime(),
});
