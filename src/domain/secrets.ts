import { hash, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { SecretHash } from './ids.js';

/** The keys that one `LATCHKEY_SECRET` yields, each for one purpose. HKDF-SHA256, RFC 5869. */
export interface SecretKeys {
  /** Authenticates refresh tokens. */
  readonly refreshTokenMac: Buffer;
  /** Derives a refresh token's successor. */
  readonly refreshTokenSuccessor: Buffer;
  /** Encrypts signing keys at rest, AES-256. */
  readonly signingKeyEncryption: Buffer;
  /** Authenticates device tokens. */
  readonly deviceTokenMac: Buffer;
  /** Hides whom a count of tries is about. */
  readonly attemptKey: Buffer;
}

const deriveKey = (secret: string, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', Buffer.from(secret, 'utf8'), Buffer.alloc(0), `latchkey/${purpose}`, 32));

/**
 * Derives the keys of each secret, in the order given: the first writes, all read.
 *
 * @throws TypeError where there is none.
 */
export function deriveSecretKeys(secrets: readonly string[]): readonly [SecretKeys, ...SecretKeys[]] {
  const [first, ...others] = secrets.map((secret) => ({
    refreshTokenMac: deriveKey(secret, 'refresh-token-mac'),
    refreshTokenSuccessor: deriveKey(secret, 'refresh-token-successor'),
    signingKeyEncryption: deriveKey(secret, 'signing-key-encryption'),
    deviceTokenMac: deriveKey(secret, 'device-token-mac'),
    attemptKey: deriveKey(secret, 'attempt-key'),
  }));
  if (first === undefined) throw new TypeError('LATCHKEY_SECRET: at least one secret is needed');
  return [first, ...others];
}

/** SHA-256, base64url: what the store holds in the place of a secret of 256 random bits. */
export const hashSecret = (secret: Uint8Array | string): SecretHash =>
  hash('sha256', secret, 'base64url') as SecretHash;

/** Whether both hold the same bytes, in a time that does not tell where they differ. */
export const equalInConstantTime = (left: Buffer, right: Buffer): boolean =>
  left.length === right.length && timingSafeEqual(left, right);
