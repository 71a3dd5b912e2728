import { expect, test } from '@jest/globals';
import type { NewSigningKey, SigningKeyRow, SigningStart } from '../../src/domain/signing-key-store.js';
import type { Stores } from '../../src/domain/stores.js';
import { ManualClock } from '../support/clock.js';
import type { Backend } from '../support/stores.js';
import { MINUTE, later, randomHash } from './builders.js';

const NOW: SigningStart = { delayMs: 0, notBefore: null };

const newKey = (sequence: number): NewSigningKey => ({
  sequence,
  kid: randomHash(),
  algorithm: 'EdDSA',
  publicKey: '{"kty":"OKP","crv":"Ed25519"}',
  encryptedPrivateKey: '$publicKey',
});

/** What every `SigningKeyStore` does. */
export function signingKeyStoreContract(createFresh: () => Backend): void {
  async function openWithKeys(count: number, start = NOW): Promise<{ clock: ManualClock; stores: Stores }> {
    const clock = new ManualClock();
    const stores = await createFresh().open({ clock });
    for (let sequence = 1; sequence <= count; sequence += 1) await stores.signingKeys.create(newKey(sequence), start);
    return { clock, stores };
  }

  async function keyOf(stores: Stores, sequence: number): Promise<SigningKeyRow> {
    const key = (await stores.signingKeys.list()).find((row) => row.sequence === sequence);
    if (key === undefined) throw new Error(`There is no key ${sequence}.`);
    return key;
  }

  test('keys are listed by sequence number, as numbers go, each as it was added, at that moment', async () => {
    const clock = new ManualClock();
    const stores = await createFresh().open({ clock });
    expect(await stores.signingKeys.list()).toEqual([]);
    const rows: SigningKeyRow[] = [];
    for (const sequence of [10, 9, 1]) {
      const key = newKey(sequence);
      expect(await stores.signingKeys.create(key, NOW)).toBe(true);
      rows.push({ ...key, createdAt: clock.now(), activeFrom: clock.now(), revokedAt: null });
      clock.advance(1);
    }
    expect(await stores.signingKeys.list()).toEqual(rows.toReversed());
  });

  test('a key begins after its delay, and not before the moment given', async () => {
    const { clock, stores } = await openWithKeys(0);
    const now = clock.now();
    await stores.signingKeys.create(newKey(1), { delayMs: MINUTE, notBefore: null });
    await stores.signingKeys.create(newKey(2), { delayMs: MINUTE, notBefore: later(now, MINUTE - 1) });
    await stores.signingKeys.create(newKey(3), { delayMs: MINUTE, notBefore: later(now, MINUTE + 1) });
    const rows = await stores.signingKeys.list();
    expect(rows.map(({ activeFrom }) => activeFrom.getTime() - now.getTime())).toEqual([MINUTE, MINUTE, MINUTE + 1]);
    expect(rows.map(({ createdAt }) => createdAt)).toEqual([now, now, now]);
  });

  test('times are those of the database where no clock is given', async () => {
    const stores = await createFresh().open();
    const before = Date.now();
    await stores.signingKeys.create(newKey(1), { delayMs: MINUTE, notBefore: null });
    const { createdAt, activeFrom } = await keyOf(stores, 1);
    expect(Math.abs(createdAt.getTime() - before)).toBeLessThan(MINUTE);
    expect(activeFrom).toEqual(later(createdAt, MINUTE));
  });

  test('of many nodes that add the same sequence number at once, one wins', async () => {
    const backend = createFresh();
    const nodes = [await backend.open(), await backend.open()] as const;
    const keys = Array.from({ length: 10 }, () => newKey(1));
    const added = await Promise.all(
      keys.map((key, index) => nodes[index % 2 === 0 ? 0 : 1].signingKeys.create(key, NOW)),
    );
    expect(added.filter(Boolean)).toHaveLength(1);
    expect(await nodes[1].signingKeys.list()).toMatchObject([{ kid: keys[added.indexOf(true)]?.kid }]);
  });

  test('a key that would begin later begins when it is activated, once', async () => {
    const { clock, stores } = await openWithKeys(2, { delayMs: MINUTE, notBefore: null });
    const untouched = await keyOf(stores, 1);
    const before = await keyOf(stores, 2);
    clock.advance(1000);
    const both = await Promise.all([stores.signingKeys.activate(2), stores.signingKeys.activate(2)]);
    expect(both.sort()).toEqual([false, true]);
    expect(await stores.signingKeys.list()).toEqual([untouched, { ...before, activeFrom: clock.now() }]);
    clock.advance(1000);
    expect(await stores.signingKeys.activate(2)).toBe(false);
  });

  test('a key that begins at this very moment, is revoked or is not there cannot be activated', async () => {
    const { clock, stores } = await openWithKeys(2, { delayMs: MINUTE, notBefore: null });
    await stores.signingKeys.revokeUpTo(1);
    clock.advance(MINUTE - 1);
    expect([await stores.signingKeys.activate(1), await stores.signingKeys.activate(3)]).toEqual([false, false]);
    clock.advance(1);
    const before = await stores.signingKeys.list();
    expect(await stores.signingKeys.activate(2)).toBe(false);
    expect(await stores.signingKeys.list()).toEqual(before);
  });

  test('a revocation takes every key up to its number, and keeps the time of the first', async () => {
    const { clock, stores } = await openWithKeys(12);
    const first = clock.now();
    await stores.signingKeys.revokeUpTo(1);
    clock.advance(1000);
    await stores.signingKeys.revokeUpTo(10);
    clock.advance(1000);
    await stores.signingKeys.revokeUpTo(10);
    const revoked = (await stores.signingKeys.list()).map(({ revokedAt }) => revokedAt);
    expect(revoked).toEqual([first, ...Array.from({ length: 9 }, () => later(first, 1000)), null, null]);
  });

  test('an encrypted half is replaced while it is what it was read as, and nothing else with it', async () => {
    const { stores } = await openWithKeys(2);
    const before = await keyOf(stores, 1);
    const other = await keyOf(stores, 2);
    const replace = (from: string, to: string) => stores.signingKeys.replaceEncryption(1, from, to);
    expect(await replace('$another', '$new')).toBe(false);
    expect(await replace('$publicKey', '$kid')).toBe(true);
    expect(await replace('$publicKey', '$newer')).toBe(false);
    expect(await stores.signingKeys.replaceEncryption(3, '$publicKey', '$new')).toBe(false);
    expect(await stores.signingKeys.list()).toEqual([{ ...before, encryptedPrivateKey: '$kid' }, other]);
  });

  test('a key is deleted once its time is past, and not before', async () => {
    const { clock, stores } = await openWithKeys(2);
    const neededUntil = later(clock.now(), MINUTE);
    const key = await keyOf(stores, 1);
    clock.advance(MINUTE - 1);
    expect(await stores.signingKeys.delete(key, neededUntil)).toBe(false);
    expect(await stores.signingKeys.list()).toHaveLength(2);
    clock.advance(1);
    expect(await stores.signingKeys.delete(key, neededUntil)).toBe(true);
    expect(await stores.signingKeys.delete(key, neededUntil)).toBe(false);
    expect(await stores.signingKeys.list()).toMatchObject([{ sequence: 2 }]);
  });

  test('a key that was activated or revoked since it was judged is not deleted', async () => {
    const { clock, stores } = await openWithKeys(2, { delayMs: MINUTE, notBefore: null });
    const [first, second] = await stores.signingKeys.list();
    await stores.signingKeys.activate(1);
    await stores.signingKeys.revokeUpTo(2);
    expect(await stores.signingKeys.delete({ ...first!, revokedAt: clock.now() }, clock.now())).toBe(false);
    expect(await stores.signingKeys.delete(second!, clock.now())).toBe(false);
    const now = await stores.signingKeys.list();
    expect(now).toHaveLength(2);
    for (const key of now) expect(await stores.signingKeys.delete(key, clock.now())).toBe(true);
  });
}
