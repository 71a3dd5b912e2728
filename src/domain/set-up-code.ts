import { randomBytes } from 'node:crypto';
import { badUserInput } from './errors.js';
import type { UserId } from './ids.js';
import { hashSecret } from './secrets.js';
import type { Stores } from './stores.js';

const TTL_MS = 24 * 60 * 60 * 1000;
/** Longer than any sign-up takes: after that a claim was left by one that crashed. */
const CLAIM_TTL_MS = 60_000;

/** Codes that make the first administrator: one use, 24 hours, only while there is no administrator. */
export interface SetUpCodes {
  /** A fresh code, to be shown to the operator; `null` where there is an administrator. */
  issue(): Promise<string | null>;
  /**
   * Runs a sign-up that makes the administrator, once among all servers. The code stays good where it fails.
   *
   * @throws AuthError `BAD_USER_INPUT` for a wrong or used code, with nothing run
   */
  redeem<Result>(code: string, userId: UserId, signUp: () => Promise<Result>): Promise<Result>;
}

export function createSetUpCodes({ setUpCodes, users }: Pick<Stores, 'setUpCodes' | 'users'>): SetUpCodes {
  return {
    async issue() {
      if (await users.hasAdministrator()) return null;
      const code = randomBytes(16)
        .toString('hex')
        .replaceAll(/.{8}(?!$)/g, '$&-');
      await setUpCodes.create(hashSecret(normalize(code)), TTL_MS);
      return code;
    },

    async redeem(code, userId, signUp) {
      const isGood = await setUpCodes.claim(hashSecret(normalize(code)), userId, CLAIM_TTL_MS);
      if (!isGood || (await users.hasAdministrator())) {
        await setUpCodes.release(userId);
        throw badUserInput('setupCode', 'This set-up code is wrong or was used.');
      }
      try {
        // With an administrator there, no code is good any more: nothing is left to be cleared.
        return await signUp();
      } catch (error) {
        await setUpCodes.release(userId);
        throw error;
      }
    },
  };
}

/** Typed by people: case, spaces and dashes do not matter. */
const normalize = (code: string): string => code.toLowerCase().replaceAll(/[\s-]/g, '');
