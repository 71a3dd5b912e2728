import type { NewUser, UserCursor, UserFilter, UserStore } from '../../domain/user-store.js';
import type { User } from '../../domain/user.js';
import { raisedVer } from '../../domain/user.js';
import type { Eventual } from '../guarded.js';
import type { SqlParameters, SqliteClient } from './client.js';
import { changeUser, hasAdministrator } from './user-change.js';
import { addMailToken, verifyEmail } from './user-mail-token.js';
import { userWhere } from './user-filter.js';
import { userOf } from './user-row.js';

const INSERT = `INSERT INTO users
    (id, email, email_key, email_verified, password_hash, roles, ver, floor, ver_changed_at, created_at)
  SELECT :id, :email, :email_key, :email_verified, :password_hash, :roles, max(:ver, gone + 1), gone, :now, :now
    FROM (SELECT coalesce((SELECT ver FROM deleted_users WHERE id = :id), 0) AS gone)
    WHERE true
  ON CONFLICT (email_key) DO NOTHING RETURNING *`;

/** Users in SQLite. */
export function createUserStore(client: SqliteClient): Eventual<UserStore> {
  const find = (sql: string, parameters: SqlParameters): User | null => {
    const row = client.first(sql, parameters);
    return row && userOf(row);
  };
  const run = (sql: string, parameters: (now: Date) => SqlParameters): void =>
    client.write((now) => void client.all(sql, parameters(now)));

  return {
    create: (user) => client.write((now) => find(INSERT, newRow(user, now))),
    findById: (id) => find('SELECT * FROM users WHERE id = :id', { id }),
    findByEmailKey: (key) => find('SELECT * FROM users WHERE email_key = :key', { key }),
    listById: (ids) =>
      client
        .all('SELECT * FROM users WHERE id IN (SELECT value FROM json_each(:ids))', {
          ids: JSON.stringify(ids),
        })
        .map(userOf),
    list: (filter, limit, after) => listUsers(client, filter, limit, after),
    count(filter) {
      const where = userWhere(filter, null, client.now());
      return Number(client.first(`SELECT count(*) AS n FROM users ${where.sql}`, where.parameters)?.['n']);
    },
    hasAdministrator: () => hasAdministrator(client, client.now(), null),

    recordSignIn: (id) =>
      run('UPDATE users SET last_sign_in_at = :now WHERE id = :id', (now) => ({ id, now: now.getTime() })),
    replacePasswordHash: (id, from, to) =>
      run('UPDATE users SET password_hash = :to WHERE id = :id AND password_hash = :from', () => ({ id, from, to })),

    addMailToken: (id, token, ttlMs) => addMailToken(client, id, token, ttlMs),
    verifyEmail: (id, hash) => verifyEmail(client, id, hash),
    changePassword: (id, premise, to) => changeUser(client, id, { kind: 'change-password', premise, to }),
    resetPassword: (id, hash, to) => changeUser(client, id, { kind: 'reset-password', hash, to }),

    ban: (id, ban, guard) => changeUser(client, id, { kind: 'ban', ban, guard }),
    unban: (id, guard) => changeUser(client, id, { kind: 'unban', guard }),
    grantRole: (id, role) => changeUser(client, id, { kind: 'grant-role', role }),
    withdrawRole: (id, role) => changeUser(client, id, { kind: 'withdraw-role', role }),
    raiseFloor: (id, guard) => changeUser(client, id, { kind: 'raise-floor', guard }),
    delete: (id, guard, retentionMs) => changeUser(client, id, { kind: 'delete', guard, retentionMs }),
  };
}

const newRow = (user: NewUser, now: Date): SqlParameters => ({
  id: user.id,
  email: user.email,
  email_key: user.emailKey,
  email_verified: user.emailVerified ? 1 : 0,
  password_hash: user.passwordHash,
  roles: JSON.stringify(user.roles),
  ver: raisedVer(0, now),
  now: now.getTime(),
});

function listUsers(client: SqliteClient, filter: UserFilter, limit: number, after: UserCursor | null): User[] {
  const where = userWhere(filter, after, client.now());
  return client
    .all(`SELECT * FROM users ${where.sql} ORDER BY created_at, id LIMIT :limit`, {
      ...where.parameters,
      limit,
    })
    .map(userOf);
}
