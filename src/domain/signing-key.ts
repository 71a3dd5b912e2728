import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  randomBytes,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose';
import type { SecretKeys } from './secrets.js';
import type { NewSigningKey } from './signing-key-store.js';

/** What access tokens may be signed with. RFC 8037 (EdDSA with Ed25519), RFC 7518 section 3. */
export type SigningAlgorithm = 'EdDSA' | 'ES256' | 'RS256';

/** A public key as other services read it. RFC 7517. */
export type PublicJwk = JWK;

/** A key pair that signs access tokens, ready for use. */
export interface SigningKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly publicJwk: PublicJwk;
  readonly publicKey: CryptoKey;
  readonly privateKey: KeyObject;
}

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Makes a key pair and encrypts its private half with AES-256-GCM. `kid` is 128 random bits. */
export async function generateSigningKey(
  sequence: number,
  algorithm: SigningAlgorithm,
  keys: SecretKeys,
): Promise<NewSigningKey> {
  const pair = await generateKeyPair(algorithm, { extractable: true });
  const kid = randomBytes(16).toString('base64url');
  const publicKey = JSON.stringify(await exportJWK(pair.publicKey));
  const privateKey = JSON.stringify(await exportJWK(pair.privateKey));
  const encryptedPrivateKey = encrypt(privateKey, { kid, algorithm, publicKey }, keys);
  return { sequence, kid, algorithm, publicKey, encryptedPrivateKey };
}

/** Whether a text has the form of a `kid` of ours. */
export const isKid = (text: string): boolean => /^[\w-]{22}$/.test(text);

/**
 * Decrypts a row with whichever secret encrypted it; `null` where none did, or where any part of it was changed since:
 * who can write the store cannot plant a key.
 */
export async function openSigningKey(row: NewSigningKey, keys: readonly SecretKeys[]): Promise<SigningKey | null> {
  const privateJwk = decryptWithAny(row, keys);
  if (privateJwk === null) return null;
  const privateKey = createPrivateKey({ key: JSON.parse(privateJwk) as JsonWebKey, format: 'jwk' });
  const publicJwk = JSON.parse(row.publicKey) as JWK;
  const publicKey = await importJWK(publicJwk, row.algorithm);
  if (publicKey instanceof Uint8Array) return null;
  const { kid, algorithm } = row;
  return { kid, algorithm, privateKey, publicKey, publicJwk: { ...publicJwk, kid, alg: algorithm, use: 'sig' } };
}

/**
 * The row's private half, encrypted under the first secret: as it stands where it is so already, else anew; `null`
 * where no secret opens it.
 */
export function reencryptPrivateKey(row: NewSigningKey, keys: readonly [SecretKeys, ...SecretKeys[]]): string | null {
  if (decrypt(row, keys[0]) !== null) return row.encryptedPrivateKey;
  const privateJwk = decryptWithAny(row, keys);
  return privateJwk === null ? null : encrypt(privateJwk, row, keys[0]);
}

function encrypt(privateKey: string, named: Named, keys: SecretKeys): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, keys.signingKeyEncryption, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(additionalData(named));
  const encrypted = [iv, cipher.update(privateKey, 'utf8'), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat(encrypted).toString('base64url');
}

function decryptWithAny(row: NewSigningKey, keys: readonly SecretKeys[]): string | null {
  return keys.map((key) => decrypt(row, key)).find((text) => text !== null) ?? null;
}

function decrypt(row: NewSigningKey, keys: SecretKeys): string | null {
  const bytes = Buffer.from(row.encryptedPrivateKey, 'base64url');
  if (bytes.length < IV_BYTES + TAG_BYTES) return null;
  const decipher = createDecipheriv(CIPHER, keys.signingKeyEncryption, bytes.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(additionalData(row));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    return null;
  }
}

/** What is authenticated beside the private half. */
type Named = Pick<NewSigningKey, 'kid' | 'algorithm' | 'publicKey'>;

/** kid ‖ algorithm ‖ public key, kept apart by a byte that none of them holds. */
const additionalData = ({ kid, algorithm, publicKey }: Named): Buffer =>
  Buffer.from([kid, algorithm, publicKey].join('\0'), 'utf8');
