import { existsSync } from 'node:fs';
import Database from 'libsql';
import type { StoreVersion } from '../../domain/store-version.js';
import { assertNotNewer } from '../versions.js';
import type { SqliteClient } from './client.js';
import type { SqlRow } from './rows.js';
import { guardSqlite } from './errors.js';
import { versionOf } from './migrations.js';
import { databasePath } from './path.js';

/** A connection that can but read. */
export type SqliteReader = Pick<SqliteClient, 'all' | 'first'>;

/**
 * Reads the database at this path; `null` where there is none, and none is made.
 *
 * @throws AuthError `SERVICE_UNAVAILABLE` where it cannot be read
 */
export async function readSqlite<Result>(path: string, read: (reader: SqliteReader) => Result): Promise<Result | null> {
  if (!existsSync(path)) return null;
  return guardSqlite(() => {
    const database = new Database(path, { readonly: true, fileMustExist: true, timeout: 5000 });
    const all = (sql: string, parameters = {}): SqlRow[] => database.prepare(sql).all(parameters) as SqlRow[];
    try {
      return read({ all, first: (sql, parameters) => all(sql, parameters)[0] ?? null });
    } finally {
      database.close();
    }
  }) as Promise<Result>;
}

/** Of the file that the URL names: 0 where there is none. @throws TypeError where a newer Latchkey made it */
export async function inspectSqliteVersion(url: string): Promise<StoreVersion> {
  const version = (await readSqlite(databasePath(url), versionOf)) ?? NOTHING;
  assertNotNewer(version);
  return version;
}

const NOTHING: StoreVersion = versionOf({ first: () => ({ user_version: 0 }) });
