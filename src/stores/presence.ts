import { existsSync } from 'node:fs';
import { databasePath } from './sqlite/path.js';

/**
 * Where `STORE_URL` names a database that holds nothing of ours, in words; `null` where there is something. Makes nothing.
 *
 * @throws TypeError where the URL names none; AuthError `SERVICE_UNAVAILABLE` where it cannot be reached
 */
export async function findMissingStore(url: string): Promise<string | null> {
  if (url.startsWith('file:')) {
    const path = databasePath(url);
    return existsSync(path) ? null : path;
  }
  const { isMongoEmpty } = await import('./mongo/migrations.js');
  return (await isMongoEmpty(url)) ? 'that server, in the database that it names' : null;
}
