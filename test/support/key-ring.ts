import type { AccessTokenOptions } from '../../src/domain/access-token.js';
import { deriveSecretKeys } from '../../src/domain/secrets.js';
import {
  generateSigningKey,
  openSigningKey,
  type SigningAlgorithm,
  type SigningKey,
} from '../../src/domain/signing-key.js';

const KEYS = deriveSecretKeys(['a secret of the tests that nobody else has']);

/** A fresh key pair, as it comes out of a store. */
export async function makeKey(algorithm: SigningAlgorithm, sequence = 1): Promise<SigningKey> {
  const key = await openSigningKey(await generateSigningKey(sequence, algorithm, KEYS[0]), KEYS);
  if (key === null) throw new Error('the key does not open');
  return key;
}

/** Signing keys in a test's hand; the first signs. */
export interface KeyRing {
  readonly signingKeys: AccessTokenOptions['signingKeys'];
  revoke(key: SigningKey): void;
  remove(key: SigningKey): void;
  /** The names that were looked up, each of which may have cost a read. */
  readonly lookedUp: readonly string[];
}

export function createKeyRing(...keys: readonly [SigningKey, ...SigningKey[]]): KeyRing {
  const held = new Map(keys.map((key) => [key.kid, { key, isRevoked: false }]));
  const listeners: (() => void)[] = [];
  const lookedUp: string[] = [];
  const find = (kid: string) => held.get(kid) ?? null;
  return {
    signingKeys: {
      active: () => keys[0],
      find,
      async lookUp(kid) {
        lookedUp.push(kid);
        return find(kid);
      },
      onRevoked: (listener) => void listeners.push(listener),
    },
    revoke(key) {
      held.set(key.kid, { key, isRevoked: true });
      for (const listener of listeners) listener();
    },
    remove: ({ kid }) => void held.delete(kid),
    lookedUp,
  };
}
