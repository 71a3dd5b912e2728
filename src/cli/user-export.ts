import type { UserCursor, UserStore } from '../domain/user-store.js';
import { formatUserRecord } from './user-record.js';

const PAGE = 500;

/**
 * Every user as a line of NDJSON, oldest first, in pages: memory holds one of them. Who signs up meanwhile may be among
 * them or not.
 *
 * @param onProgress how many so far, after each page
 * @throws AuthError `SERVICE_UNAVAILABLE`
 */
export async function* exportUsers(
  users: Pick<UserStore, 'list'>,
  onProgress: (exported: number) => void,
): AsyncGenerator<string> {
  let after: UserCursor | null = null;
  let exported = 0;
  do {
    const page = await users.list({}, PAGE, after);
    yield page.map(formatUserRecord).join('');
    exported += page.length;
    onProgress(exported);
    after = page.length < PAGE ? null : (page.at(-1) ?? null);
  } while (after !== null);
}
