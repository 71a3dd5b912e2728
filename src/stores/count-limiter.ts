import { RateLimiterRes } from 'rate-limiter-flexible';
import RateLimiterStoreAbstract from 'rate-limiter-flexible/lib/RateLimiterStoreAbstract.js';

/** A count as its row has it now. */
export interface CountRow {
  readonly points: number;
  /** How much longer it is remembered, in milliseconds, by the store's clock. */
  readonly leftMs: number;
}

/** What happens to the time of a count that there is: it stays, or begins anew. */
export interface CountLife {
  readonly ttlMs: number;
  readonly isRenewed: boolean;
}

/** Rows of counts in one database. A row past its time counts as one that is not there. */
export interface CountRows {
  /** Adds one point, to none where there is no row, in one statement; answers the row behind it. */
  increment(key: string, life: CountLife): CountRow | Promise<CountRow>;
  /** Takes one point away where there is one; the time stays. */
  decrement(key: string): void | Promise<void>;
  find(key: string): CountRow | null | Promise<CountRow | null>;
  delete(keys: readonly string[]): void | Promise<void>;
}

export interface LimiterOptions extends CountLife {
  readonly points: number;
}

const NOTHING: CountRow = { points: 0, leftMs: 0 };

/**
 * A limiter of `rate-limiter-flexible` over rows of ours. The package's own adapters for MongoDB and SQLite read the
 * clock of their process, by which a server with a wrong one would forget, or refuse, for all others; here it is the
 * store's. A class, since that is how the package is extended.
 *
 * @see https://github.com/animir/node-rate-limiter-flexible/wiki
 */
export class CountLimiter extends RateLimiterStoreAbstract {
  readonly #rows: CountRows;
  readonly #isRenewed: boolean;

  constructor(rows: CountRows, { points, ttlMs, isRenewed }: LimiterOptions) {
    super({ storeClient: rows, points, duration: ttlMs / 1000, keyPrefix: '' });
    this.#rows = rows;
    this.#isRenewed = isRenewed;
  }

  /** Called with 1 by `consume` and `penalty`, and with -1 by `reward`; we neither set nor block. */
  protected async _upsert(key: string, points: number, ttlMs: number): Promise<CountRow> {
    if (points > 0) return this.#rows.increment(key, { ttlMs, isRenewed: this.#isRenewed });
    await this.#rows.decrement(key);
    return NOTHING;
  }

  protected async _get(key: string): Promise<CountRow | null> {
    return this.#rows.find(key);
  }

  protected async _delete(key: string): Promise<boolean> {
    await this.#rows.delete([key]);
    return true;
  }

  protected _getRateLimiterRes(_key: string, added: number, { points, leftMs }: CountRow): RateLimiterRes {
    return new RateLimiterRes(Math.max(0, this.points - points), leftMs, points, points === added);
  }
}

/** Consumes a point; how long there is none, in milliseconds, or `null` where there was one. */
export async function consumeFrom(limiter: CountLimiter, key: string): Promise<number | null> {
  try {
    await limiter.consume(key);
    return null;
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return refusal.msBeforeNext;
    throw refusal;
  }
}
