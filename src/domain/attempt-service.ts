import { createHmac } from 'node:crypto';
import type { AttemptStore, StoredCount, Taking } from './attempt-store.js';
import { countsOf, type Attempt, type AttemptCount, type AttemptPolicy } from './attempt.js';
import { AuthError } from './errors.js';
import type { SecretKeys } from './secrets.js';
import { createTurns } from './turns.js';

/** Tries at passwords and other secrets, counted. */
export interface Attempts {
  /**
   * Counts a try, and only then makes it: whatever `act` throws is a failure, but for `SERVICE_UNAVAILABLE`, which says
   * that nothing was judged. What it answers is a success. To be put around the proof alone, hash included.
   *
   * @param admit told what `act` answered; by what it throws, somebody who was right is not let in: that is counted where
   *   they are, and wipes out nothing
   * @throws RateLimitError with `retryAfterSeconds`, the same whether or not the account exists;
   *   `SERVICE_UNAVAILABLE` where the store cannot count, with nothing tried; what `act` and `admit` throw
   */
  run<Result>(attempt: Attempt, act: () => Promise<Result>, admit?: (result: Result) => void): Promise<Result>;
}

export interface AttemptServiceOptions {
  readonly store: AttemptStore;
  /** The first one's servers count together. */
  readonly keys: readonly [SecretKeys, ...SecretKeys[]];
  readonly policy: AttemptPolicy;
}

interface Try<Result> {
  readonly act: () => Promise<Result>;
  readonly admit: (result: Result) => void;
}

type Count = AttemptCount & StoredCount;
type Outcome<Result> = { readonly kind: 'done'; readonly result: Result } | Extract<Taking, { kind: 'refused' }>;

/** `RATE_LIMITED`; what sets the first refusal apart is for our log, and no client sees it. */
export class RateLimitError extends AuthError {
  /** Whether it is the first one of a time in which nobody is let through. */
  readonly isFirst: boolean;

  constructor({ retryAfterMs, isFirst }: Pick<Extract<Taking, { kind: 'refused' }>, 'retryAfterMs' | 'isFirst'>) {
    super('RATE_LIMITED', { extensions: { retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / 1000)) } });
    this.isFirst = isFirst;
  }
}

/** Tries that wait hold a request each, no memory to speak of. */
const LONGEST_QUEUE = 512;

/**
 * Good tries at once must not use up what is meant for bad ones before it is known which they are: those at one account
 * from one address, or on one device, are made one after the other on each server, and of one address a few at a time.
 */
export function createAttempts({ store, keys, policy }: AttemptServiceOptions): Attempts {
  const inTurn = createTurns(LONGEST_QUEUE);
  let begun = 0;
  let failedUpTo = 0;

  const withKey = (count: AttemptCount): Count => ({ key: keyOf(count, keys[0]), ...count });

  /** Where the store failed one, those that waited meanwhile are not made to wait for as long, each in its turn. */
  async function take(counts: readonly Count[], order: number): Promise<Taking> {
    if (order <= failedUpTo) throw new AuthError('SERVICE_UNAVAILABLE', { extensions: { retryAfterSeconds: 1 } });
    try {
      return await store.take(counts);
    } catch (error) {
      failedUpTo = begun;
      throw error;
    }
  }

  async function tryAgainst<Result>(
    { counts, order }: { readonly counts: readonly Count[]; readonly order: number },
    { act, admit }: Try<Result>,
  ): Promise<Outcome<Result>> {
    const taking = await take(counts, order);
    if (taking.kind === 'refused') return taking;
    const result = await act().catch(async (error: unknown) => {
      if (isUnjudged(error)) await giveBack(counts);
      throw error;
    });
    try {
      admit(result);
    } catch (error) {
      await giveBack(counts.filter(({ onNotAdmitted }) => onNotAdmitted === 'give-back'));
      throw error;
    }
    await settle(counts);
    return { kind: 'done', result };
  }

  async function settle(counts: readonly Count[]): Promise<void> {
    const which = (onSuccess: Count['onSuccess']): Count[] => counts.filter((count) => count.onSuccess === onSuccess);
    await Promise.all([store.clear(which('clear')), store.giveBack(which('give-back'))]);
  }

  async function giveBack(counts: readonly Count[]): Promise<void> {
    try {
      await store.giveBack(counts);
    } catch {
      // The try is refused already, with the reason that matters: it counts, as one that failed.
    }
  }

  /** Each count that bounds how many run at once has its turn, in the one order that all tries keep. */
  const inTurns = <Result>(counts: readonly Count[], act: () => Promise<Result>): Promise<Result> =>
    counts.reduceRight(
      (inner, { key, allowance: { atOnce } }) => (atOnce === null ? inner : () => inTurn({ name: key, atOnce }, inner)),
      act,
    )();

  return {
    async run(attempt, act, admit = () => undefined) {
      const { known, others } = countsOf(attempt, policy);
      const ways = [known, others].filter((counts) => counts.length > 0).map((counts) => counts.map(withKey));
      const order = (begun += 1);
      let refusal = { retryAfterMs: 0, isFirst: false };
      for (const counts of ways) {
        const outcome = await inTurns(counts, () => tryAgainst({ counts, order }, { act, admit }));
        if (outcome.kind === 'done') return outcome.result;
        refusal = { ...outcome, isFirst: refusal.isFirst || outcome.isFirst };
      }
      throw new RateLimitError(refusal);
    },
  };
}

const isUnjudged = (error: unknown): boolean => error instanceof AuthError && error.code === 'SERVICE_UNAVAILABLE';

/** By HMAC: people type passwords where addresses belong, and a dump of the store must not let those be guessed. */
const keyOf = ({ name, about }: AttemptCount, { attemptKey }: SecretKeys): string =>
  `${name}:${createHmac('sha256', attemptKey)
    .update(JSON.stringify([name, ...about]))
    .digest('base64url')}`;
