import { describe, expect, test } from '@jest/globals';
import { deriveSecretKeys } from '../../src/domain/secrets.js';
import { openSigningKeys, UnreadableSigningKeyError } from '../../src/domain/signing-key-service.js';
import { generateSigningKey, openSigningKey } from '../../src/domain/signing-key.js';
import { describeOnEachStore } from '../support/stores.js';

const KEYS = deriveSecretKeys(['the secret of the tests, long enough']);
const OTHER_KEYS = deriveSecretKeys(['another secret of the tests, as long']);
const OPTIONS = { keys: KEYS, algorithm: 'EdDSA' } as const;

describe('a signing key in the store', () => {
  test('shows no private half', async () => {
    const row = await generateSigningKey(1, 'EdDSA', KEYS[0]);
    const opened = await openSigningKey({ ...row, activeFrom: new Date() }, KEYS);
    expect(opened).not.toBeNull();
    expect(JSON.parse(row.publicKey)).not.toHaveProperty('d');
    expect(Buffer.from(row.encryptedPrivateKey, 'base64url').toString('latin1')).not.toContain('"d"');
  });

  test('opens with any of the secrets, and with no other', async () => {
    const row = { ...(await generateSigningKey(1, 'ES256', KEYS[0])), activeFrom: new Date() };
    expect(await openSigningKey(row, [OTHER_KEYS[0], KEYS[0]])).toMatchObject({ kid: row.kid, algorithm: 'ES256' });
    expect(await openSigningKey(row, OTHER_KEYS)).toBeNull();
  });

  test('that somebody planted or changed does not open', async () => {
    const row = { ...(await generateSigningKey(1, 'ES256', KEYS[0])), activeFrom: new Date() };
    const planted = await generateSigningKey(1, 'ES256', OTHER_KEYS[0]);
    const bytes = Buffer.from(row.encryptedPrivateKey, 'base64url');
    bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
    const changes = [
      { publicKey: planted.publicKey },
      { kid: planted.kid },
      { algorithm: 'EdDSA' as const },
      { encryptedPrivateKey: planted.encryptedPrivateKey },
      { encryptedPrivateKey: bytes.toString('base64url') },
      { encryptedPrivateKey: '' },
    ];
    for (const change of changes) expect(await openSigningKey({ ...row, ...change }, KEYS)).toBeNull();
  });
});

describeOnEachStore('the signing keys of a store', (createFresh) => {
  test('are one key, made at the first start and there at the next', async () => {
    const { signingKeys: store } = await createFresh().open();
    const first = await openSigningKeys({ store, ...OPTIONS });
    const second = await openSigningKeys({ store, ...OPTIONS, algorithm: 'RS256' });
    expect(second.active().kid).toBe(first.active().kid);
    expect(second.publicJwks()).toEqual(first.publicJwks());
    expect(second.find(first.active().kid)).not.toBeNull();
    expect(second.find('another')).toBeNull();
  });

  test('are the same for servers that start at once', async () => {
    const backend = createFresh();
    const stores = await Promise.all(Array.from({ length: 4 }, () => backend.open()));
    const opened = await Promise.all(stores.map(({ signingKeys: store }) => openSigningKeys({ store, ...OPTIONS })));
    expect(new Set(opened.map((keys) => keys.active().kid)).size).toBe(1);
  });

  test('stop the start of a server with another secret, which changes nothing', async () => {
    const { signingKeys: store } = await createFresh().open();
    await openSigningKeys({ store, ...OPTIONS });
    const before = await store.list();
    await expect(openSigningKeys({ store, ...OPTIONS, keys: OTHER_KEYS })).rejects.toThrow(UnreadableSigningKeyError);
    expect(await store.list()).toEqual(before);
  });
});
