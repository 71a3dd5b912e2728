import type { UserId } from '../../domain/ids.js';
import { hashKind } from '../../domain/password-hash.js';
import type { ImportedUser, UserInTheWay } from '../../domain/user-store.js';
import { entriesOfImportedUser } from '../audit-changes.js';
import type { SqlParameters } from './rows.js';
import type { AuditedWriting } from './user-change.js';
import { banColumns, newUserColumns } from './user-row.js';

const IN_THE_WAY = `SELECT id, email_key FROM users WHERE id IN (SELECT value FROM json_each(:ids))
  UNION SELECT id, email_key FROM users WHERE email_key IN (SELECT value FROM json_each(:email_keys))`;

const INSERT = `INSERT INTO users
    (id, email, email_key, email_verified, password_hash, roles, ver, floor, ver_changed_at, created_at,
      last_sign_in_at, ban_at, ban_by, ban_until, ban_reason, ban_public_reason)
  SELECT :id, :email, :email_key, :email_verified, :password_hash, :roles, max(:ver, gone + 1), gone,
      iif(gone = 0, 0, :now), coalesce(:created_at, :now),
      :last_sign_in_at, :ban_at, :ban_by, :ban_until, :ban_reason, :ban_public_reason
    FROM (SELECT coalesce((SELECT ver FROM deleted_users WHERE id = :id), 0) AS gone)`;

/** Adds these users in one transaction, but for those whose id or address somebody has. */
export const importUsers = (
  { client, addEntry }: Pick<AuditedWriting, 'client' | 'addEntry'>,
  users: readonly ImportedUser[],
): Promise<(UserInTheWay | null)[]> =>
  client.write((now) => {
    const rows = client.all(IN_THE_WAY, {
      ids: JSON.stringify(users.map(({ id }) => id)),
      email_keys: JSON.stringify(users.map(({ emailKey }) => emailKey)),
    });
    const existing = rows.map((row) => ({ id: row['id'] as UserId, emailKey: String(row['email_key']) }));
    const byId = new Map(existing.map((user) => [user.id, user]));
    const byKey = new Map(existing.map((user) => [user.emailKey, user]));
    return users.map((user) => {
      const { id, emailKey } = user;
      const inTheWay = byId.get(id) ?? byKey.get(emailKey) ?? null;
      if (inTheWay !== null) return inTheWay;
      client.change(INSERT, importedColumns(user, now));
      client.change('INSERT OR IGNORE INTO hash_kinds SELECT :kind WHERE :kind IS NOT NULL', {
        kind: hashKind(user.passwordHash),
      });
      entriesOfImportedUser(user).forEach((entry) => addEntry(now, entry));
      byId.set(id, { id, emailKey });
      byKey.set(emailKey, { id, emailKey });
      return null;
    });
  });

const importedColumns = (user: ImportedUser, now: Date): SqlParameters => ({
  ...newUserColumns(user, now),
  ...banColumns(user.ban),
  created_at: user.createdAt?.getTime() ?? null,
  last_sign_in_at: user.lastSignInAt?.getTime() ?? null,
});
