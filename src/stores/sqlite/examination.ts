import { statSync } from 'node:fs';
import Database from 'libsql';
import type { StoreFacts } from '../../domain/store-facts.js';
import { assertNotNewer } from '../versions.js';
import type { SqlRow } from './rows.js';
import { findDamage } from './errors.js';
import { MIGRATIONS, versionOf } from './migrations.js';
import { databasePath } from './path.js';
import { readSqlite, type SqliteReader } from './read-only.js';
import { SIGNING_KEYS, signingKeyOf } from './signing-key-store.js';
import { hasAdministrator } from './user-change.js';

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
export async function examineSqlite(url: string, now: Date): Promise<StoreFacts | null> {
  const path = databasePath(url);
  try {
    return await readSqlite(path, (reader) => examine(reader, path, now));
  } catch (error) {
    const said = findDamage(error);
    if (said === null) throw error;
    return damagedFile(path, [said]);
  }
}

const damagedFile = (path: string, damage: readonly string[]): StoreFacts => ({
  ...{ kind: 'damaged file', path, mode: modeOf(path), damage },
});

const modeOf = (path: string): number => statSync(path).mode & 0o777;

function examine(reader: SqliteReader, path: string, now: Date): StoreFacts {
  // First: what a damaged file says of itself, its version included, means nothing.
  const damage = damageOf(reader);
  if (damage.length > 0) return damagedFile(path, damage);
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
    mode: modeOf(path),
    version,
    missing,
    altered: isCurrent
      ? [...declared].filter(([name, sql]) => (found.get(name) ?? sql) !== sql).map(([name]) => name)
      : [],
    scans: isWhole ? Object.keys(LOOK_UPS).filter((name) => isScan(reader, LOOK_UPS[name] ?? '')) : [],
    aheadMs: newest - now.getTime(),
    hasAdministrator: isWhole && hasAdministrator(reader, now, null),
    signingKeys: isWhole ? reader.all(SIGNING_KEYS).map(signingKeyOf) : [],
  };
}

/** The first few faults that SQLite finds. */
const damageOf = (reader: SqliteReader): string[] =>
  reader
    .all('PRAGMA quick_check(5)')
    .map((row) => String(row['quick_check']))
    .filter((said) => said !== 'ok');

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
