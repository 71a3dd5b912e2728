import { emailKey } from './email.js';
import { externalUserKey } from './external-users.js';
import { createUserId, type UserId } from './ids.js';
import { CURRENT_HASH_KIND, hashKind, workOf } from './password-hash.js';
import type { ImportedUser, UserInTheWay, UserStore } from './user-store.js';

/** A user as an import describes them; checked by whoever read it. */
export interface UserImport extends Omit<ImportedUser, 'id' | 'emailKey'> {
  /** `null`: the import names users by their address alone, and an id is made. */
  readonly id: UserId | null;
  /** NFC; empty where the application keeps the account, which then has an id. */
  readonly email: string;
}

/**
 * What became of a user: added; or there already, and left alone; or refused, since somebody else has the id or the
 * address, or their hash is of one kind too many.
 */
export type ImportOutcome = 'added' | 'present' | 'id-taken' | 'email-taken' | 'too-many-hash-kinds';

/** Each failed sign-in does the work of all that there are, so that none is told by time. */
export const MOST_HASH_KINDS = 8;
/** Beside that of ours. What OWASP tells others to use has room, one at a time: scrypt with 128 MiB takes 17. */
export const MOST_HASH_WORK = 20;

/** How many times the work of a check of ours each failed sign-in is, with hashes of these kinds in the store. */
export const workOfFailure = (listed: readonly string[]): number =>
  [...new Set([CURRENT_HASH_KIND, ...listed])].reduce((sum, kind) => sum + workOf(kind), 0);

/**
 * Adds these users, some hundreds at most. Who is there already is left as they are, so that an import which broke off
 * can be run again from its beginning. Emits no events: nobody did anything.
 *
 * @throws AuthError `SERVICE_UNAVAILABLE`, and some of them may have been added
 */
export async function importUsers(
  users: Pick<UserStore, 'importMany' | 'listHashKinds'>,
  imports: readonly UserImport[],
): Promise<ImportOutcome[]> {
  const isAllowed = createKindLimit(await users.listHashKinds());
  const named = imports.map((user) => {
    const id = user.id ?? createUserId();
    return { ...user, id, emailKey: user.email === '' ? externalUserKey(id) : emailKey(user.email) };
  });
  const allowed = named.filter(({ passwordHash }) => isAllowed(passwordHash));
  const answers = new Map((await users.importMany(allowed)).map((answer, index) => [allowed[index], answer]));
  return named.map((user, index) => {
    const inTheWay = answers.get(user);
    return inTheWay === undefined ? 'too-many-hash-kinds' : judge(user, imports[index]?.id === null, inTheWay);
  });
}

/** Whether a hash is of a kind that is there, or that there is room for. */
function createKindLimit(listed: readonly string[]): (passwordHash: string) => boolean {
  const kinds = new Set([CURRENT_HASH_KIND, ...listed]);
  return (passwordHash) => {
    const kind = hashKind(passwordHash);
    // What is there is paid for already.
    if (kind === null || kinds.has(kind)) return true;
    if (kinds.size > MOST_HASH_KINDS) return false;
    if (workOfFailure([...kinds, kind]) > MOST_HASH_WORK + 1) return false;
    kinds.add(kind);
    return true;
  };
}

function judge(user: ImportedUser, isIdMade: boolean, inTheWay: UserInTheWay | null): ImportOutcome {
  if (inTheWay === null) return 'added';
  if (inTheWay.id !== user.id) return isIdMade ? 'present' : 'email-taken';
  return inTheWay.emailKey === user.emailKey ? 'present' : 'id-taken';
}
