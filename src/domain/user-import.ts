import { emailKey } from './email.js';
import { externalUserKey } from './external-users.js';
import { createUserId, type UserId } from './ids.js';
import type { ImportedUser, UserInTheWay, UserStore } from './user-store.js';

/** A user as an import describes them; checked by whoever read it. */
export interface UserImport extends Omit<ImportedUser, 'id' | 'emailKey'> {
  /** `null`: the import names users by their address alone, and an id is made. */
  readonly id: UserId | null;
  /** NFC; empty where the application keeps the account, which then has an id. */
  readonly email: string;
}

/** What became of a user: added; or there already, and left alone; or refused, since somebody else has the id or the address. */
export type ImportOutcome = 'added' | 'present' | 'id-taken' | 'email-taken';

/**
 * Adds these users, some hundreds at most. Who is there already is left as they are, so that an import which broke off
 * can be run again from its beginning. Emits no events: nobody did anything.
 *
 * @throws AuthError `SERVICE_UNAVAILABLE`, and some of them may have been added
 */
export async function importUsers(
  users: Pick<UserStore, 'importMany'>,
  imports: readonly UserImport[],
): Promise<ImportOutcome[]> {
  const named = imports.map((user) => {
    const id = user.id ?? createUserId();
    return { ...user, id, emailKey: user.email === '' ? externalUserKey(id) : emailKey(user.email) };
  });
  const answers = await users.importMany(named);
  return named.map((user, index) => judge(user, imports[index]?.id === null, answers[index] ?? null));
}

function judge(user: ImportedUser, isIdMade: boolean, inTheWay: UserInTheWay | null): ImportOutcome {
  if (inTheWay === null) return 'added';
  if (inTheWay.id !== user.id) return isIdMade ? 'present' : 'email-taken';
  return inTheWay.emailKey === user.emailKey ? 'present' : 'id-taken';
}
