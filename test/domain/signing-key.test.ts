import { describe, expect, test } from '@jest/globals';
import { generateSigningKey, isKid, openSigningKey, reencryptPrivateKey } from '../../src/domain/signing-key.js';
import { OTHER_SECRET_KEYS, SECRET_KEYS } from './signing-key-fixture.js';

describe('a signing key in the store', () => {
  test('shows no private half', async () => {
    const row = await generateSigningKey(1, 'EdDSA', SECRET_KEYS[0]);
    expect(await openSigningKey(row, SECRET_KEYS)).not.toBeNull();
    expect(JSON.parse(row.publicKey)).not.toHaveProperty('d');
    expect(Buffer.from(row.encryptedPrivateKey, 'base64url').toString('latin1')).not.toContain('"d"');
  });

  test('opens with any of the secrets, and with no other', async () => {
    const row = await generateSigningKey(1, 'ES256', SECRET_KEYS[0]);
    const opened = await openSigningKey(row, [OTHER_SECRET_KEYS[0], SECRET_KEYS[0]]);
    expect(opened).toMatchObject({ kid: row.kid, algorithm: 'ES256' });
    expect(await openSigningKey(row, OTHER_SECRET_KEYS)).toBeNull();
  });

  test('that somebody planted or changed does not open', async () => {
    const row = await generateSigningKey(1, 'ES256', SECRET_KEYS[0]);
    const ours = await generateSigningKey(2, 'ES256', SECRET_KEYS[0]);
    const planted = await generateSigningKey(1, 'ES256', OTHER_SECRET_KEYS[0]);
    const bytes = Buffer.from(row.encryptedPrivateKey, 'base64url');
    bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
    const changes = [
      { publicKey: planted.publicKey },
      { kid: planted.kid },
      { algorithm: 'EdDSA' as const },
      { encryptedPrivateKey: planted.encryptedPrivateKey },
      { encryptedPrivateKey: ours.encryptedPrivateKey },
      { publicKey: ours.publicKey, encryptedPrivateKey: ours.encryptedPrivateKey },
      { encryptedPrivateKey: bytes.toString('base64url') },
      { encryptedPrivateKey: '' },
    ];
    for (const change of changes) expect(await openSigningKey({ ...row, ...change }, SECRET_KEYS)).toBeNull();
  });

  test('has a name that can be told from most others', async () => {
    const { kid } = await generateSigningKey(1, 'EdDSA', SECRET_KEYS[0]);
    expect(isKid(kid)).toBe(true);
    for (const other of ['', `${kid}x`, kid.slice(1), `${kid.slice(1)}.`, `${kid}\n`]) expect(isKid(other)).toBe(false);
  });

  test('is encrypted anew under the first secret, and left alone where it is so already', async () => {
    const row = await generateSigningKey(1, 'EdDSA', SECRET_KEYS[0]);
    const both = [OTHER_SECRET_KEYS[0], SECRET_KEYS[0]] as const;
    const encryptedPrivateKey = reencryptPrivateKey(row, both) ?? '';
    const anew = { ...row, encryptedPrivateKey };
    expect(await openSigningKey(anew, SECRET_KEYS)).toBeNull();
    expect((await openSigningKey(anew, OTHER_SECRET_KEYS))?.publicJwk).toEqual(
      (await openSigningKey(row, SECRET_KEYS))?.publicJwk,
    );
    expect(reencryptPrivateKey(anew, both)).toBe(encryptedPrivateKey);
    expect(reencryptPrivateKey(row, OTHER_SECRET_KEYS)).toBeNull();
  });
});
