import { expect, test } from '@jest/globals';
import type { SigningKeyRow } from '../../src/domain/signing-key-store.js';
import { ManualClock } from '../support/clock.js';
import type { Backend } from '../support/stores.js';
import { randomHash } from './builders.js';

const newKey = (sequence: number): Omit<SigningKeyRow, 'activeFrom'> => ({
  sequence,
  kid: randomHash(),
  algorithm: 'EdDSA',
  publicKey: '{"kty":"OKP","crv":"Ed25519"}',
  encryptedPrivateKey: '$publicKey',
});

/** What every `SigningKeyStore` does. */
export function signingKeyStoreContract(createFresh: () => Backend): void {
  test('keys are listed by sequence number, as numbers go, each active from when it was added', async () => {
    const clock = new ManualClock();
    const stores = await createFresh().open({ clock });
    expect(await stores.signingKeys.list()).toEqual([]);
    const rows: SigningKeyRow[] = [];
    for (const sequence of [10, 9, 1]) {
      const key = newKey(sequence);
      expect(await stores.signingKeys.create(key)).toBe(true);
      rows.push({ ...key, activeFrom: clock.now() });
      clock.advance(1);
    }
    expect(await stores.signingKeys.list()).toEqual(rows.toReversed());
  });

  test('of many nodes that add the same sequence number at once, one wins', async () => {
    const backend = createFresh();
    const nodes = [await backend.open(), await backend.open()] as const;
    const keys = Array.from({ length: 10 }, () => newKey(1));
    const added = await Promise.all(keys.map((key, index) => nodes[index % 2 === 0 ? 0 : 1].signingKeys.create(key)));
    expect(added.filter(Boolean)).toHaveLength(1);
    expect(await nodes[1].signingKeys.list()).toMatchObject([{ kid: keys[added.indexOf(true)]?.kid }]);
  });
}
