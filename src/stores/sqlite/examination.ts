import { statSync } from 'node:fs';
import Database from 'libsql';
import type { StoreFacts } from '../../domain/store-facts.js';
import { assertNotNewer } from '../versions.js';
import type { SqlRow } from './client.js';
import { MIGRATIONS, versionOf } from './migrations.js';
import { databasePath } from './path.js';
import { readSqlite, type SqliteReader } from './read-only.js';
import { signingKeyOf } from './signing-key-store.js';

/** Look-ups of every request or refresh, which must not read every row. */
const LOOK_UPS: Readonly<Record<string, string>> = {
  'users by address': 'SELECT id FROM users WHERE email_key = :key',
  'sessions by user': 'SELECT id FROM sessions WHERE user_id = :key AND ended_at IS NULL',
  'revocations by age': 'SELECT sequence FROM revocations WHERE at > :key',
  'audit entries by age': 'SELECT id FROM audit_entries WHERE at > :key',
};

/**
 * Looks at the database file that the URL names, and changes nothing; `null` where there is none.
 *
 * @throws TypeError where a newer Latchkey made it; `SERVICE_UNAVAILABLE` where it cannot be read
 */
export const examineSqlite = (url: string, now: Date): Promise<StoreFacts | null> => {
  const path = databasePath(url);
  return readSqlite(path, (reader) => examine(reader, path, now));
};

function examine(reader: SqliteReader, path: string, now: Date): StoreFacts {
  const version = versionOf(reader);
  assertNotNewer(version);
  const isCurrent = version.pending.length === 0;
  const declared = declaredSchema();
  const found = schemaOf(reader.all(SCHEMA));
  const missing = isCurrent ? [...declared.keys()].filter((name) => !found.has(name)) : [];
  const isWhole = isCurrent && missing.length === 0;
  const newest = isWhole ? Number(reader.first('SELECT max(at) AS at FROM audit_entries')?.['at'] ?? 0) : 0;
  return {
    kind: 'SQLite',
    release: String(reader.first('SELECT sqlite_version() AS release')?.['release']),
    path,
    mode: statSync(path).mode & 0o777,
    damage: reader
      .all('PRAGMA quick_check(5)')
      .map((row) => String(row['quick_check']))
      .filter((said) => said !== 'ok'),
    version,
    missing,
    altered: isCurrent
      ? [...declared].filter(([name, sql]) => (found.get(name) ?? sql) !== sql).map(([name]) => name)
      : [],
    scans: isWhole ? Object.keys(LOOK_UPS).filter((name) => isScan(reader, LOOK_UPS[name] ?? '')) : [],
    aheadMs: newest - now.getTime(),
    signingKeys: isWhole ? reader.all('SELECT * FROM signing_keys ORDER BY sequence').map(signingKeyOf) : [],
  };
}

const SCHEMA = 'SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL';

/** Each table, index and trigger with the statement that made it. */
const schemaOf = (rows: readonly SqlRow[]): Map<string, string> =>
  new Map(rows.map(({ type, name, sql }) => [`${String(type)} ${String(name)}`, String(sql)]));

/** What the migrations make of an empty database. */
function declaredSchema(): Map<string, string> {
  const database = new Database(':memory:');
  try {
    for (const { statements } of MIGRATIONS) for (const statement of statements) database.exec(statement);
    return schemaOf(database.prepare(SCHEMA).all() as SqlRow[]);
  } finally {
    database.close();
  }
}

/** Whether the plan reads a table from end to end. @see https://www.sqlite.org/eqp.html */
const isScan = (reader: SqliteReader, sql: string): boolean =>
  reader.all(`EXPLAIN QUERY PLAN ${sql}`, { key: '' }).some(({ detail }) => String(detail).startsWith('SCAN'));
