import type { SecretKeys } from './secrets.js';
import {
  generateSigningKey,
  openSigningKey,
  type PublicJwk,
  type SigningAlgorithm,
  type SigningKey,
} from './signing-key.js';
import type { SigningKeyStore } from './signing-key-store.js';

/** The key pairs of a store, held in memory. */
export interface SigningKeys {
  /** The one that signs. */
  active(): SigningKey;
  /** The one that a token names; `null` for a `kid` that this server does not know. */
  find(kid: string): SigningKey | null;
  /** Public halves, for `/.well-known/jwks.json`. RFC 7517. */
  publicJwks(): PublicJwk[];
}

export interface SigningKeyOptions {
  readonly store: SigningKeyStore;
  readonly keys: readonly [SecretKeys, ...SecretKeys[]];
  /** Of a key that has to be made. */
  readonly algorithm: SigningAlgorithm;
}

/** A key in the store that no configured secret opens, or none where one was just made. */
export class UnreadableSigningKeyError extends Error {
  override readonly name = 'UnreadableSigningKeyError';
}

/**
 * Reads the store's signing keys; makes the first where there is none. Of several servers that start at once, one
 * makes it and all use it.
 *
 * @throws UnreadableSigningKeyError where `LATCHKEY_SECRET` is not the one that encrypted them.
 */
export async function openSigningKeys({ store, keys, algorithm }: SigningKeyOptions): Promise<SigningKeys> {
  let rows = await store.list();
  if (rows.length === 0) {
    await store.create(await generateSigningKey(1, algorithm, keys[0]));
    rows = await store.list();
  }

  const byKid = new Map<string, SigningKey>();
  for (const row of rows) {
    const key = await openSigningKey(row, keys);
    if (key === null) {
      throw new UnreadableSigningKeyError(
        `LATCHKEY_SECRET: the signing key ${row.kid} in the store was encrypted with another secret, or was changed`,
      );
    }
    byKid.set(key.kid, key);
  }
  const active = [...byKid.values()].at(-1);
  if (active === undefined) throw new UnreadableSigningKeyError('the store holds no signing key, though one was made');

  return {
    active: () => active,
    find: (kid) => byKid.get(kid) ?? null,
    publicJwks: () => [...byKid.values()].map((key) => key.publicJwk),
  };
}
