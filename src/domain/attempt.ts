import { clientNetwork } from './client-network.js';

/** What somebody tries. */
export type AttemptKind =
  | 'sign-in'
  | 'reauthenticate'
  | 'change-password'
  | 'sign-up'
  | 'request-password-reset'
  | 'request-email-verification'
  | 'reset-password'
  | 'verify-email'
  | 'export-data';

/** One try, at a password or at another secret, or one that costs something by itself. */
export interface Attempt {
  readonly kind: AttemptKind;
  /** What the account is called by who tries, see `emailKey`, be it there or not; `null`: none is named. */
  readonly account: string | null;
  /** As the proxies that are trusted tell it; `null`: unknown, which counts as one address. */
  readonly ipAddress: string | null;
  /** A device, or a session, that this account is known to be used from; `null`: none. */
  readonly knownAs: string | null;
}

/** How many tries that come to nothing are let through. */
export type Allowance = { readonly tries: number; readonly atOnce: number | null } & (
  | {
      /** So many within a time that begins with the first; then none until it is over. */
      readonly kind: 'window';
      readonly windowMs: number;
    }
  | {
      /** So many one after the other; then one behind each delay, which doubles. */
      readonly kind: 'delays';
      readonly firstDelayMs: number;
      readonly longestDelayMs: number;
      /** Without a try for so long, the count is forgotten. Longer than the longest delay. */
      readonly memoryMs: number;
    }
);

/** What there is to be counted, and how much of it is allowed. `atOnce`: on one server, the others wait; `null`: any. */
export interface AttemptPolicy {
  /** One account tried from one client address. */
  readonly accountAtAddress: Allowance;
  /** Anything from one client address. */
  readonly address: Allowance;
  /** One account tried from anywhere, but for devices that it is known on. */
  readonly account: Allowance;
  /** One account tried on one device that it is known on, in place of the three above. */
  readonly device: Allowance;
  /** The same, on all such devices: whoever had the password once may have made himself many. */
  readonly devices: Allowance;
  /** What one account asks for that costs a good deal of reading. */
  readonly exports: Allowance;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * The limits of every server: OWASP Authentication Cheat Sheet (few tries, then growing delays) and, for an account,
 * NIST SP 800-63B-4 section 3.2.2 (no more than 100 failures in a row).
 */
export const ATTEMPT_POLICY: AttemptPolicy = {
  accountAtAddress: {
    ...{ kind: 'delays', tries: 5, atOnce: 1 },
    ...{ firstDelayMs: 10 * SECOND_MS, longestDelayMs: 15 * MINUTE_MS, memoryMs: HOUR_MS },
  },
  address: { kind: 'window', tries: 100, atOnce: 20, windowMs: 15 * MINUTE_MS },
  account: {
    ...{ kind: 'delays', tries: 100, atOnce: null },
    ...{ firstDelayMs: 15 * MINUTE_MS, longestDelayMs: 15 * MINUTE_MS, memoryMs: 24 * HOUR_MS },
  },
  device: { kind: 'window', tries: 5, atOnce: 1, windowMs: HOUR_MS },
  devices: { kind: 'window', tries: 100, atOnce: null, windowMs: 24 * HOUR_MS },
  exports: { kind: 'window', tries: 5, atOnce: 1, windowMs: HOUR_MS },
};

/** One count that a try is held against. */
export interface AttemptCount {
  readonly name: keyof AttemptPolicy;
  /** What of that name it is about. */
  readonly about: readonly string[];
  readonly allowance: Allowance;
  /** What a try that succeeds does to it. */
  readonly onSuccess: 'clear' | 'give-back' | 'keep';
  /** What one does to it that was right, and not let in all the same. */
  readonly onNotAdmitted: 'give-back' | 'keep';
}

/** The counts of a try: those that a known device has in place of the others, if it is one, and the others. */
export interface AttemptCounts {
  readonly known: readonly AttemptCount[];
  readonly others: readonly AttemptCount[];
}

/**
 * Which counts a try is held against. The address gets back no more than its own try: else whoever owns one account
 * could wash away tries at others.
 */
export function countsOf({ kind, account, ipAddress, knownAs }: Attempt, policy: AttemptPolicy): AttemptCounts {
  const network = clientNetwork(ipAddress);
  const addressCount = (onSuccess: AttemptCount['onSuccess']): AttemptCount => ({
    ...{ name: 'address', about: [network], allowance: policy.address, onSuccess, onNotAdmitted: 'keep' },
  });
  switch (kind) {
    // What it costs, a mail or a hash, it costs every time.
    case 'sign-up':
    case 'request-password-reset':
    case 'request-email-verification':
      return { known: [], others: [addressCount('keep')] };
    case 'reset-password':
    case 'verify-email':
      return { known: [], others: [addressCount('give-back')] };
    case 'export-data': {
      if (account === null) throw new TypeError('an export names an account');
      const { exports: allowance } = policy;
      const about = [account];
      return { known: [], others: [{ name: 'exports', about, allowance, onSuccess: 'keep', onNotAdmitted: 'keep' }] };
    }
    case 'sign-in':
    case 'reauthenticate':
    case 'change-password': {
      if (account === null) throw new TypeError(`an attempt at a password (${kind}) names an account`);
      const count = (name: keyof AttemptPolicy, ...about: readonly string[]): AttemptCount => ({
        ...{ name, about: [account, ...about], allowance: policy[name], onSuccess: 'clear' },
        // Who has the right password does not guess: that bound is not for them, those of where they are hold.
        onNotAdmitted: name === 'account' || name === 'devices' ? 'give-back' : 'keep',
      });
      return {
        known: knownAs === null ? [] : [count('device', knownAs), count('devices')],
        others: [count('accountAtAddress', network), addressCount('give-back'), count('account')],
      };
    }
  }
}

/** How long nobody may try again behind the `count`-th try in a row, in milliseconds; 0: no delay. */
export function delayBehind(count: number, allowance: Allowance): number {
  if (allowance.kind !== 'delays' || count < allowance.tries) return 0;
  const { firstDelayMs, longestDelayMs, tries } = allowance;
  return Math.min(longestDelayMs, firstDelayMs * 2 ** (count - tries));
}
