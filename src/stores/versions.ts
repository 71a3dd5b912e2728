import type { StoreVersion } from '../domain/store-version.js';

/** @throws TypeError where a newer Latchkey made the database: this one would not know what it reads and writes */
export function assertNotNewer({ found, needed }: Pick<StoreVersion, 'found' | 'needed'>): void {
  if (found <= needed) return;
  throw new TypeError(
    `STORE_URL: the database is of version ${found}, made by a newer Latchkey: update this one, or name another database`,
  );
}
