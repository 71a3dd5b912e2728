import type { SecretKeys } from './secrets.js';
import { UnreadableSigningKeyError } from './signing-key-memory.js';
import type { SigningKeyStore } from './signing-key-store.js';
import { reencryptPrivateKey } from './signing-key.js';

/**
 * Encrypts every key of the store under the first secret; one that somebody else changes meanwhile is left to them.
 * Answers how many it changed.
 *
 * @throws UnreadableSigningKeyError where no secret opens one, with all others done
 */
export async function reencryptSigningKeys(
  store: Pick<SigningKeyStore, 'list' | 'replaceEncryption'>,
  keys: readonly [SecretKeys, ...SecretKeys[]],
): Promise<number> {
  const unreadable: string[] = [];
  let changed = 0;
  for (const row of await store.list()) {
    const { sequence, kid, encryptedPrivateKey: from } = row;
    const to = reencryptPrivateKey(row, keys);
    if (to === null) unreadable.push(kid);
    else if (to !== from && (await store.replaceEncryption(sequence, from, to))) changed += 1;
  }
  if (unreadable.length > 0) throw new UnreadableSigningKeyError(unreadable);
  return changed;
}
