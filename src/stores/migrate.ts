import type { StoreVersion } from '../domain/store-version.js';

/** A database's version, seen to without opening its stores. */
export interface Migrating {
  /** Looks, and changes nothing: where there is no database, none is made. */
  readonly inspect: () => Promise<StoreVersion>;
  /** Brings it up to date, beside servers that run. Answers what was found, and is done by now. */
  readonly migrate: () => Promise<StoreVersion>;
}

/**
 * How the database that `STORE_URL` names is brought up to date. Opening its stores does the same.
 *
 * @throws TypeError where the URL names none. Both calls: TypeError where a newer Latchkey made the database, or its
 * server refuses the user; `SERVICE_UNAVAILABLE` where it cannot be reached
 */
export async function openMigrating(url: string): Promise<Migrating> {
  if (url.startsWith('file:')) {
    const { migrateSqlite } = await import('./sqlite/open.js');
    const { inspectSqliteVersion } = await import('./sqlite/read-only.js');
    return { inspect: () => inspectSqliteVersion(url), migrate: () => migrateSqlite(url) };
  }
  const { inspectMongoVersion, migrateMongo } = await import('./mongo/migrations.js');
  return { inspect: () => inspectMongoVersion(url), migrate: () => migrateMongo(url) };
}
