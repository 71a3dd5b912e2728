import { describe, expect, test } from '@jest/globals';
import { decodeProtectedHeader, errors, jwtVerify } from 'jose';
import { createJwtSigner } from '../../src/domain/jwt-signing.js';
import { deriveSecretKeys } from '../../src/domain/secrets.js';
import {
  generateSigningKey,
  openSigningKey,
  type SigningAlgorithm,
  type SigningKey,
} from '../../src/domain/signing-key.js';

const secrets = deriveSecretKeys(['a secret of these tests, which is long enough']);

async function makeKey(algorithm: SigningAlgorithm): Promise<SigningKey> {
  return (await openSigningKey(await generateSigningKey(1, algorithm, secrets[0]), secrets))!;
}

describe.each(['EdDSA', 'ES256', 'RS256'] as const)('A JWT signed with %s', (algorithm) => {
  const claims = { sub: 'Zoë 🚲', sid: '-_', roles: ['ADMIN', 'Ä'], gen: 2 ** 53 - 1, tenant: { id: null } };

  test('is one to jose, with the claims as they were given', async () => {
    const key = await makeKey(algorithm);
    const token = await createJwtSigner(key, 'at+jwt')(claims);
    const { payload } = await jwtVerify(token, key.publicKey, { algorithms: [algorithm], typ: 'at+jwt' });
    expect(payload).toEqual(claims);
    expect(decodeProtectedHeader(token)).toEqual({ alg: algorithm, kid: key.kid, typ: 'at+jwt' });
    expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  test('holds for one key alone, and for not a letter more', async () => {
    const [key, other] = [await makeKey(algorithm), await makeKey(algorithm)];
    const token = await createJwtSigner(key, 'at+jwt')(claims);
    const longer = await createJwtSigner(other, 'at+jwt')({ ...claims, admin: true });
    const [header = '', , signature = ''] = token.split('.');
    const forged = [header, longer.split('.')[1] ?? '', signature].join('.');
    for (const [each, by] of [
      [token, other],
      [forged, key],
    ] as const) {
      await expect(jwtVerify(each, by.publicKey)).rejects.toThrow(errors.JWSSignatureVerificationFailed);
    }
  });

  test('is signed anew each time, also many at once', async () => {
    const key = await makeKey(algorithm);
    const sign = createJwtSigner(key, 'at+jwt');
    const tokens = await Promise.all(Array.from({ length: 20 }, async (_, each) => sign({ each })));
    const read = await Promise.all(tokens.map((token) => jwtVerify(token, key.publicKey)));
    expect(read.map(({ payload }) => payload['each'])).toEqual(Array.from({ length: 20 }, (_, each) => each));
  });
});
