import { sign, type KeyObject } from 'node:crypto';
import type { SigningAlgorithm, SigningKey } from './signing-key.js';

/** Claims that are signed: a JWT in its compact serialization. RFC 7519, RFC 7515 section 3.1. */
export type SignJwt = (claims: Readonly<Record<string, unknown>>) => string | Promise<string>;

type SignBytes = (input: Buffer) => Buffer | Promise<Buffer>;

/**
 * Signs JWTs of this type with one key. Of two curves a signature is made at once: it takes a tenth of a millisecond, less
 * than to hand it to another thread and wait for it, as WebCrypto does. One by RSA takes ten times as long.
 *
 * @see RFC 8037 section 3.1 (EdDSA), RFC 7518 sections 3.3 (RS256) and 3.4 (ES256)
 */
export function createJwtSigner({ algorithm, kid, privateKey }: SigningKey, type: string): SignJwt {
  const header = encode({ alg: algorithm, kid, typ: type });
  const signBytes = bytesSignerOf(algorithm, privateKey);

  return (claims) => {
    const input = `${header}.${encode(claims)}`;
    const signature = signBytes(Buffer.from(input, 'latin1'));
    const withSignature = (bytes: Buffer): string => `${input}.${bytes.toString('base64url')}`;
    return Buffer.isBuffer(signature) ? withSignature(signature) : signature.then(withSignature);
  };
}

function bytesSignerOf(algorithm: SigningAlgorithm, key: KeyObject): SignBytes {
  switch (algorithm) {
    case 'EdDSA':
      return (input) => sign(null, input, key);
    case 'ES256':
      return (input) => sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' });
    case 'RS256':
      return (input) => signInPool(input, key);
  }
}

const signInPool = (input: Buffer, key: KeyObject): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    sign('sha256', input, key, (error, signature) => {
      if (error === null) resolve(signature);
      else reject(error);
    });
  });

const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString('base64url');
