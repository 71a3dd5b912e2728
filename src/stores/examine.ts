import type { StoreFacts } from '../domain/store-facts.js';

/**
 * Looks at the database that `STORE_URL` names, and changes nothing; `null` where there is nothing of ours.
 *
 * @param nowMs this machine's clock
 * @throws TypeError where a newer Latchkey made it, or its server refuses the user; `SERVICE_UNAVAILABLE` where it
 * cannot be reached
 */
export async function examineStore(url: string, nowMs: () => number): Promise<StoreFacts | null> {
  if (url.startsWith('file:')) {
    const { examineSqlite } = await import('./sqlite/examination.js');
    return examineSqlite(url, new Date(nowMs()));
  }
  const { examineMongo } = await import('./mongo/examination.js');
  return examineMongo(url, nowMs);
}
