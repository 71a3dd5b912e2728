import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/**
 * Those of some 70,000 sessions in use at once; one that was forgotten is verified once more. Counted in bytes, since
 * tokens carry what an application adds to them: a few large ones must not count as little as many small ones.
 */
const MOST_BYTES = 64 * 1024 * 1024;
/** What an entry takes beside what is remembered: the digest as text, and its places in the cache. */
const ENTRY_BYTES = 160;

declare const isDigest: unique symbol;
/** The SHA-256 of a token. */
export type TokenDigest = string & { readonly [isDigest]: true };

/** In one call: https://nodejs.org/api/crypto.html#cryptohashalgorithm-data-options takes half the time of a Hash. */
export const digestOf = (token: string): TokenDigest => hash('sha256', token, 'base64') as TokenDigest;

/** What can be remembered of a token. */
export interface Expiring {
  /** From this second on it is not remembered any more. */
  readonly expiresAtSeconds: number;
}

/**
 * Tokens that were verified, so that a signature is checked once per token and node. Known by their SHA-256: the
 * memory holds nothing that a request would accept. It knows of no revocation.
 */
export interface VerifiedTokens<Verified extends Expiring> {
  /** What was remembered of this token; `null` where nothing is, or where it has expired at `nowSeconds`. */
  find(digest: TokenDigest, nowSeconds: number): Verified | null;
  /** Remembers it, in place of those longest unused; `sizeBytes` is about what `verified` takes. */
  remember(digest: TokenDigest, verified: Verified, sizeBytes: number): void;
  clear(): void;
  readonly size: number;
}

export interface VerifiedTokensOptions {
  /** 64 MiB by default. */
  readonly mostBytes?: number;
}

export function createVerifiedTokens<Verified extends Expiring>({
  mostBytes = MOST_BYTES,
}: VerifiedTokensOptions = {}): VerifiedTokens<Verified> {
  // Without a number of entries, which it would make room for at once.
  const byDigest = new LRUCache<string, Verified>({ maxSize: mostBytes });

  return {
    find(digest, nowSeconds) {
      const verified = byDigest.get(digest);
      if (verified === undefined) return null;
      if (nowSeconds < verified.expiresAtSeconds) return verified;
      byDigest.delete(digest);
      return null;
    },
    remember(digest, verified, sizeBytes) {
      byDigest.set(digest, verified, { size: sizeBytes + ENTRY_BYTES });
    },
    clear: () => byDigest.clear(),
    get size() {
      return byDigest.size;
    },
  };
}
