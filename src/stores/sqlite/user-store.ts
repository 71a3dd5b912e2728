import { NOBODY } from '../../domain/audit-entry.js';
import type { UserId } from '../../domain/ids.js';
import type { UserChange, UserCursor, UserFilter, UserStore } from '../../domain/user-store.js';
import type { User } from '../../domain/user.js';
import { entriesOfNewUser, entryOf } from '../audit-changes.js';
import type { Eventual } from '../guarded.js';
import type { UserAct } from '../user-act.js';
import type { AddAuditEntry } from './audit-entry-store.js';
import type { SqliteClient } from './client.js';
import type { SqlParameters } from './rows.js';
import { changeUser, hasAdministrator } from './user-change.js';
import { importUsers } from './user-import.js';
import { addMailToken, verifyEmail } from './user-mail-token.js';
import { userWhere } from './user-filter.js';
import { findUser, newUserColumns, USER_COLUMNS, userOf } from './user-row.js';

const INSERT = `INSERT INTO users
    (id, email, email_key, email_verified, password_hash, roles, ver, floor, ver_changed_at, created_at)
  SELECT :id, :email, :email_key, :email_verified, :password_hash, :roles, max(:ver, gone + 1), gone, :now, :now
    FROM (SELECT coalesce((SELECT ver FROM deleted_users WHERE id = :id), 0) AS gone)
    WHERE true
  ON CONFLICT (email_key) DO NOTHING RETURNING ${USER_COLUMNS}`;

const SELECT = `SELECT ${USER_COLUMNS} FROM users`;

const RECORD_SIGN_IN = 'UPDATE users SET last_sign_in_at = :now WHERE id = :id RETURNING id';

/** Users in SQLite. */
export function createUserStore(client: SqliteClient, addEntry: AddAuditEntry): Eventual<UserStore> {
  const change = (id: UserId, act: UserAct, by = NOBODY): Promise<UserChange> =>
    changeUser({ client, addEntry, by }, id, act);
  const find = (sql: string, parameters: SqlParameters): User | null => {
    const row = client.first(sql, parameters);
    return row && userOf(row);
  };
  const run = (sql: string, parameters: (now: Date) => SqlParameters): Promise<void> =>
    client.write((now) => void client.change(sql, parameters(now)));

  return {
    create: (user, by = NOBODY) =>
      client.write((now) => {
        const created = find(INSERT, newUserColumns(user, now));
        if (created !== null) entriesOfNewUser(user.id, user.roles, by).forEach((entry) => addEntry(now, entry));
        return created;
      }),
    importMany: (users) => importUsers({ client, addEntry }, users),
    listHashKinds: () => client.all('SELECT kind FROM hash_kinds ORDER BY kind').map(({ kind }) => String(kind)),
    findById: (id) => findUser(client, id),
    findByEmailKey: (key) => find(`${SELECT} WHERE email_key = :key`, { key }),
    listById: (ids) =>
      client
        .all(`${SELECT} WHERE id IN (SELECT value FROM json_each(:ids))`, {
          ids: JSON.stringify(ids),
        })
        .map(userOf),
    list: (filter, limit, after) => listUsers(client, filter, limit, after),
    count(filter) {
      const where = userWhere(filter, null, client.now());
      return Number(client.first(`SELECT count(*) AS n FROM users ${where.sql}`, where.parameters)?.['n']);
    },
    hasAdministrator: () => hasAdministrator(client, client.now(), null),

    recordSignIn: (id, by = NOBODY) =>
      client.write((now) => {
        const met = client.first(RECORD_SIGN_IN, { id, now: now.getTime() });
        if (met !== null) addEntry(now, entryOf('sign-in', by, { subjectId: id }));
      }),
    replacePasswordHash: (id, from, to) =>
      run('UPDATE users SET password_hash = :to WHERE id = :id AND password_hash = :from', () => ({ id, from, to })),

    addMailToken: (id, token, ttlMs, by = NOBODY) => addMailToken({ client, addEntry, by }, id, { ...token, ttlMs }),
    verifyEmail: (id, hash, by = NOBODY) => verifyEmail({ client, addEntry, by }, id, hash),
    changePassword: (id, premise, to, by) => change(id, { kind: 'change-password', premise, to }, by),
    resetPassword: (id, hash, to, by) => change(id, { kind: 'reset-password', hash, to }, by),

    ban: (id, ban, guard, by) => change(id, { kind: 'ban', ban, guard }, by),
    unban: (id, guard, by) => change(id, { kind: 'unban', guard }, by),
    grantRole: (id, role, by) => change(id, { kind: 'grant-role', role }, by),
    withdrawRole: (id, role, by) => change(id, { kind: 'withdraw-role', role }, by),
    raiseFloor: (id, guard, by) => change(id, { kind: 'raise-floor', guard }, by),
    delete: (id, guard, retentionMs, by) => change(id, { kind: 'delete', guard, retentionMs }, by),
  };
}

function listUsers(client: SqliteClient, filter: UserFilter, limit: number, after: UserCursor | null): User[] {
  const where = userWhere(filter, after, client.now());
  return client
    .all(`${SELECT} ${where.sql} ORDER BY created_at, id LIMIT :limit`, {
      ...where.parameters,
      limit,
    })
    .map(userOf);
}
