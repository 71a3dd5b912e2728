import { describe, expect, test } from '@jest/globals';
import { UnreadableSigningKeyError } from '../../src/domain/signing-key-memory.js';
import { readSigningKeys } from '../../src/domain/signing-key-service.js';
import type { SigningKeyRow } from '../../src/domain/signing-key-store.js';
import { generateSigningKey } from '../../src/domain/signing-key.js';
import type { Stores } from '../../src/domain/stores.js';
import { readContent } from '../http/support/raw-store.js';
import { describeOnEachStore } from '../support/stores.js';
import { keyOptions, openKeyNode, OTHER_SECRET_KEYS, publishedBy, SECRET_KEYS } from './signing-key-fixture.js';

const NEW_FIRST = [OTHER_SECRET_KEYS[0], SECRET_KEYS[0]] as const;
const NEW_LAST = [SECRET_KEYS[0], OTHER_SECRET_KEYS[0]] as const;
const REVOKE = { revokeCurrent: true, by: null };

/** The same stores, the keys of which were changed by whoever can write the database. */
function tampered(stores: Stores, change: (rows: readonly SigningKeyRow[]) => SigningKeyRow[]): Stores {
  const list = async (): Promise<SigningKeyRow[]> => change(await stores.signingKeys.list());
  return { ...stores, signingKeys: { ...stores.signingKeys, list } };
}

describeOnEachStore('LATCHKEY_SECRET', (createFresh) => {
  test('that is another stops the start, and nothing is written', async () => {
    const backend = createFresh();
    const stores = await backend.open();
    await openKeyNode(stores);
    const before = await readContent(backend.url);
    await expect(openKeyNode(stores, { keys: OTHER_SECRET_KEYS })).rejects.toThrow(UnreadableSigningKeyError);
    await expect(openKeyNode(stores, { keys: OTHER_SECRET_KEYS })).rejects.toThrow(/^LATCHKEY_SECRET: /);
    await expect(readSigningKeys(keyOptions(stores, { keys: OTHER_SECRET_KEYS }).options)).rejects.toThrow(
      UnreadableSigningKeyError,
    );
    expect(await readContent(backend.url)).toEqual(before);
  });

  test('that is another stops one of two servers that start at once on a new store', async () => {
    const backend = createFresh();
    const stores = [await backend.open(), await backend.open()] as const;
    const starts = await Promise.allSettled([
      openKeyNode(stores[0]),
      openKeyNode(stores[1], { keys: OTHER_SECRET_KEYS }),
    ]);
    const started = starts.filter(({ status }) => status === 'fulfilled');
    expect(started.length).toBeLessThanOrEqual(1);
    const failed = starts.filter((start) => start.status === 'rejected');
    for (const { reason } of failed) expect(reason).toBeInstanceOf(UnreadableSigningKeyError);
  });

  test('is changed in steps: new one last, new one first, encrypted anew, old one dropped', async () => {
    const stores = await createFresh().open();
    const old = await openKeyNode(stores);
    const { kid } = old.keys.active();
    const last = await openKeyNode(stores, { keys: NEW_LAST });
    const first = await openKeyNode(stores, { keys: NEW_FIRST });
    await expect(openKeyNode(stores, { keys: OTHER_SECRET_KEYS })).rejects.toThrow(UnreadableSigningKeyError);

    // What is made from now on is read by those that have the new one last.
    const next = (await first.keys.rotate({ revokeCurrent: false, by: null })).kid;
    await last.keys.reload();
    expect(last.keys.active().kid).toBe(next);
    expect(await first.keys.reencrypt()).toBe(2);
    expect(await first.keys.reencrypt()).toBe(0);
    const { keys } = await openKeyNode(stores, { keys: OTHER_SECRET_KEYS });
    expect([keys.active().kid, keys.find(kid)?.isRevoked]).toEqual([next, false]);
    expect(publishedBy({ keys })).toEqual(publishedBy(last));
    expect([old.unreadable, last.unreadable, first.unreadable]).toEqual([[], [], []]);
  });

  test('that went before its step is told of, and the server goes on with the keys that it has', async () => {
    const stores = await createFresh().open();
    const old = await openKeyNode(stores);
    const before = publishedBy(old);
    const { kid } = old.keys.active();
    const hasty = await openKeyNode(stores, { keys: NEW_FIRST });
    await hasty.keys.reencrypt();
    await old.keys.reload();
    await old.keys.reload();
    expect(old.unreadable.sort()).toEqual([...before].sort());
    expect([old.keys.active().kid, publishedBy(old)]).toEqual([kid, before]);
    // It cannot read what is made now: it does not sign with it, nor stop, and a revocation it obeys all the same.
    await hasty.keys.rotate(REVOKE);
    await old.keys.reload();
    expect(old.keys.find(kid)).toMatchObject({ isRevoked: true });
    expect(() => old.keys.active()).toThrow(expect.objectContaining({ code: 'SERVICE_UNAVAILABLE' }));
    expect(old.unreadable).toHaveLength(4);
  });

  test('encrypts anew what it can read, says what it cannot, and leaves that as it is', async () => {
    const stores = await createFresh().open();
    await openKeyNode(stores);
    const { keys } = await openKeyNode(stores, { keys: NEW_FIRST });
    const planted = await generateSigningKey(3, 'EdDSA', SECRET_KEYS[0]);
    await stores.signingKeys.create({ ...planted, kid: 'x'.repeat(22) }, { delayMs: 0, notBefore: null });
    await expect(keys.reencrypt()).rejects.toThrow(/LATCHKEY_SECRET: .*xxxx/);
    const rows = await stores.signingKeys.list();
    expect(rows[2]?.encryptedPrivateKey).toBe(planted.encryptedPrivateKey);
    await expect(openKeyNode(stores, { keys: OTHER_SECRET_KEYS })).rejects.toThrow(/signing key xxxx/);
  });

  describe('keeps out keys of whoever can write the store:', () => {
    const plantings: Record<string, (rows: readonly SigningKeyRow[], planted: SigningKeyRow) => SigningKeyRow[]> = {
      'one of their own, to sign': (rows, planted) => [...rows, planted],
      'their public half in a row of ours': ([first, ...rest], { publicKey }) => [{ ...first!, publicKey }, ...rest],
      'their private half in a row of ours': ([first, ...rest], { encryptedPrivateKey }) => [
        { ...first!, encryptedPrivateKey },
        ...rest,
      ],
      'the halves of two rows of ours swapped': ([first, second]) => [
        { ...first!, encryptedPrivateKey: second!.encryptedPrivateKey },
        { ...second!, encryptedPrivateKey: first!.encryptedPrivateKey },
      ],
      'another algorithm in a row of ours': ([first, ...rest]) => [{ ...first!, algorithm: 'ES256' }, ...rest],
    };

    test.each(Object.entries(plantings))('%s', async (_name, plant) => {
      const stores = await createFresh().open();
      const { keys } = await openKeyNode(stores);
      const ours = publishedBy({ keys });
      const now = stores.clock.now();
      const theirs = await generateSigningKey(3, 'EdDSA', OTHER_SECRET_KEYS[0]);
      const planted: SigningKeyRow = { ...theirs, createdAt: now, activeFrom: now, revokedAt: null };
      let isTampered = false;
      const both = tampered(stores, (rows) => (isTampered ? plant(rows, planted) : [...rows]));
      const running = await openKeyNode(both);
      const halves = new Map(running.keys.publicJwks().keys.map((jwk) => [jwk.kid, jwk]));

      isTampered = true;
      await expect(openKeyNode(both)).rejects.toThrow(UnreadableSigningKeyError);
      await running.keys.reload();
      await running.keys.keepUp();
      expect(running.unreadable.length).toBeGreaterThan(0);
      expect(running.keys.find(planted.kid)).toBeNull();
      expect(await running.keys.lookUp(planted.kid)).toBeNull();
      expect(ours).toContain(running.keys.active().kid);
      const { x } = JSON.parse(theirs.publicKey) as { x: string };
      for (const jwk of running.keys.publicJwks().keys) {
        expect(jwk).toEqual(halves.get(jwk.kid) ?? { ...jwk, alg: 'EdDSA' });
        expect(jwk.x).not.toBe(x);
      }
    });
  });

  test('opens each private key once, however often the keys are read', async () => {
    const stores = await createFresh().open();
    const { keys } = await openKeyNode(stores);
    const before = keys.active();
    await keys.rotate({ revokeCurrent: false, by: null });
    await keys.reload();
    expect(keys.find(before.kid)?.key).toBe(before);
  });
});
