import type { SessionId } from '../../domain/ids.js';
import type { Session } from '../../domain/session.js';
import type { User } from '../../domain/user.js';
import type { SqliteClient } from './client.js';
import { createRowShape, toRow, type SqlRow, type SqlValue } from './rows.js';
import { SESSION_COLUMNS, sessionOf } from './session-row.js';
import { USER_COLUMNS, userOf } from './user-row.js';

const namesOf = (columns: string): string[] => columns.split(/,\s*/);
const arrayOf = (table: string, columns: string): string =>
  `json_array(${namesOf(columns)
    .map((name) => `${table}.${name}`)
    .join(', ')})`;

const SELECT = `SELECT ${arrayOf('sessions', SESSION_COLUMNS)} AS session,
    CASE WHEN users.id IS NOT NULL THEN ${arrayOf('users', USER_COLUMNS)} END AS user
  FROM sessions LEFT JOIN users ON users.id = sessions.user_id WHERE sessions.id = :id`;

const SESSION = createRowShape(namesOf(SESSION_COLUMNS));
const USER = createRowShape(namesOf(USER_COLUMNS));

/**
 * The session, and its user, who may be gone; `null`: no session. Read together, and as JSON: libsql takes longer to hand
 * forty values over one by one than all of them take to be written and parsed.
 */
export function findWithOwner(
  client: SqliteClient,
  id: SessionId,
): { readonly session: Session; readonly user: User | null } | null {
  const found = client.first(SELECT, { id });
  if (found === null) return null;
  const user = found['user'] == null ? null : userOf(toRow(USER, parse(found, 'user')));
  return { session: sessionOf(toRow(SESSION, parse(found, 'session'))), user };
}

const parse = (row: SqlRow, column: string): SqlValue[] => JSON.parse(String(row[column])) as SqlValue[];
