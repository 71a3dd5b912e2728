import { hash } from '@node-rs/argon2';
import pLimit from 'p-limit';
import { AuthError, badUserInput } from './errors.js';
import { createOutcomeBatches } from './outcome-batches.js';
import { ARGON2ID, CURRENT_HASH_KIND, decoyOf, hashKind, readPasswordHash, type HashCheck } from './password-hash.js';

/** NIST SP 800-63B-4 section 3.1.1.2: at least 8 characters; long passphrases welcome; a bound against abuse. */
const MIN_CHARACTERS = 8;
const MAX_CHARACTERS = 256;

/** What hashes came to is given so many at a time while others wait. */
const BATCH = { size: 4, longestMs: 50 };

/** Hashes passwords and checks them, a bounded number at a time. */
export interface Passwords {
  /** PHC string. Rejects with `SERVICE_UNAVAILABLE` where too many wait already. */
  hash(password: string): Promise<string>;
  /**
   * Whether the password belongs to the hash, which may be an import's. `null` for the hash of an account that is not
   * there, and what is no hash, are never so. All that are not so cost the same work, whatever the hash, see
   * {@link kindsBeside}, and so does a right one with `isRefused`, which is not let in. Rejects with `SERVICE_UNAVAILABLE`
   * where too many wait already, and as the store does.
   */
  verify(passwordHash: string | null, password: string, purpose?: { readonly isRefused: boolean }): Promise<boolean>;
  /** Whether the hash was made in another way, or with other parameters, than today's. */
  isOutdated(passwordHash: string): boolean;
}

export interface PasswordLimits {
  /**
   * How many hashes run at once; each takes a thread of libuv's pool, and 19 MiB, or what an imported hash asks for: up
   * to 256 MiB.
   */
  readonly concurrency: number;
  /** How many more may wait. */
  readonly queueLength: number;
}

export interface PasswordsOptions extends PasswordLimits {
  /** The kinds of hashes, see `hashKind`, that accounts may have beside ours; left out: none. */
  readonly listHashKinds?: (() => Promise<readonly string[]>) | undefined;
}

/**
 * The kinds of hashes whose work a failed check has still to do: with its own, it is one of each kind that an account
 * may have. So an account whose hash came with an import is not told from others, or from none, by time, and not by the
 * queue either: a fixed time to answer at would be overrun while others wait, the same work is not.
 */
export function kindsBeside(passwordHash: string | null, others: readonly string[]): string[] {
  const own = (passwordHash === null ? null : hashKind(passwordHash)) ?? CURRENT_HASH_KIND;
  return [...new Set([CURRENT_HASH_KIND, ...others])].filter((kind) => kind !== own).sort();
}

/** The work of a check, for the accounts that are not there. */
const CHECK_OF_NOBODY: HashCheck = decoyOf(CURRENT_HASH_KIND) ?? (() => Promise.reject(new Error('no kind of ours')));

/** Makes the password hasher. */
export function createPasswords({ listHashKinds, ...limits }: PasswordsOptions): Passwords {
  const limit = pLimit(limits.concurrency);
  const inBatches = createOutcomeBatches({ ...BATCH, isAnyWaiting: () => limit.pendingCount > 0 });
  const run = <Result>(job: () => Promise<Result>): Promise<Result> => {
    if (limit.activeCount + limit.pendingCount >= limits.concurrency + limits.queueLength) {
      throw new AuthError('SERVICE_UNAVAILABLE', { extensions: { retryAfterSeconds: 1 } });
    }
    return inBatches(limit(job));
  };

  return {
    hash: async (password) => run(() => hash(password, ARGON2ID)),
    async verify(passwordHash, password, { isRefused } = { isRefused: false }) {
      if (!isVerifiable(password)) return false;
      const check = passwordHash === null ? null : readPasswordHash(passwordHash);
      // Before a place in the queue is taken: a store that is slow must not hold one.
      const kinds = (await listHashKinds?.()) ?? [];
      return run(async () => {
        const isRight = (await (check ?? CHECK_OF_NOBODY)(password)) && check !== null;
        if (isRight && !isRefused) return true;
        for (const kind of kindsBeside(passwordHash, kinds)) await decoyOf(kind)?.(password);
        return isRight;
      });
    },
    isOutdated: (passwordHash) => !passwordHash.startsWith(CURRENT_HASH_KIND),
  };
}

/**
 * Refuses a password that an account must not have.
 *
 * @throws AuthError `WEAK_PASSWORD` under 8 characters and for one that is common, `BAD_USER_INPUT` over 256 or where it
 *   is not Unicode text.
 */
export async function checkNewPassword(password: string, field: string): Promise<void> {
  if (!isVerifiable(password)) {
    throw badUserInput(field, `A password has at most ${MAX_CHARACTERS} characters, all of them Unicode.`);
  }
  if ([...password].length < MIN_CHARACTERS) {
    throw weakPassword(field, `A password has at least ${MIN_CHARACTERS} characters.`);
  }
  // The list is unpacked where it is first asked for: a server starts, and most commands end, without it.
  const { isCommonPassword } = await import('./common-passwords.js');
  if (isCommonPassword(password)) {
    throw weakPassword(field, 'Too many people have this password: it is guessed first.');
  }
}

const weakPassword = (field: string, message: string): AuthError =>
  new AuthError('WEAK_PASSWORD', { message, extensions: { field } });

/** A lone surrogate would be hashed as U+FFFD, and so equal to others. The answer tells nothing about any account. */
const isVerifiable = (password: string): boolean =>
  password.length <= 2 * MAX_CHARACTERS && [...password].length <= MAX_CHARACTERS && password.isWellFormed();
