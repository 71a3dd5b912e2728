import type { Clock } from '../domain/clock.js';
import type { Stores } from '../domain/stores.js';

export interface OpenStoresOptions {
  /** All times come from it, in place of the database's clock. For tests. */
  readonly clock?: Clock | undefined;
  /** How long entries of the audit log are kept, in milliseconds: a year by default. */
  readonly auditTtlMs?: number | undefined;
}

const YEAR_MS = 365 * 24 * 3_600_000;

/**
 * Opens the database that `STORE_URL` names: `file:PATH` (SQLite) or `mongodb://…`, `mongodb+srv://…` (MongoDB).
 * Makes what is missing: folder, file, tables, indexes.
 *
 * @throws TypeError where the URL names neither, or a database that a newer Latchkey made; `SERVICE_UNAVAILABLE` where the database cannot be reached.
 */
export async function openStores(
  url: string,
  { clock, auditTtlMs = YEAR_MS }: OpenStoresOptions = {},
): Promise<Stores> {
  const options = { clock, auditTtlMs };
  // Only the one's driver is read: together they take longer to load than a server on SQLite takes to start.
  if (url.startsWith('file:')) {
    const { openSqliteStores } = await import('./sqlite/open.js');
    return openSqliteStores(url, options);
  }
  if (/^mongodb(\+srv)?:\/\//.test(url)) {
    const { openMongoStores } = await import('./mongo/open.js');
    return openMongoStores(url, options);
  }
  throw new TypeError('STORE_URL: must start with file:, mongodb:// or mongodb+srv://');
}
