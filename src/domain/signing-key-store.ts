import type { AuditNote } from './audit-entry.js';
import type { SigningAlgorithm } from './signing-key.js';

/** A key pair as the store holds it: the private half encrypted under `LATCHKEY_SECRET`, the public half inside it. */
export interface SigningKeyRow {
  /** Counts up from 1 and is never used again: of several nodes that would add the same one, one wins. */
  readonly sequence: number;
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  /** Public JWK, as JSON. Authenticated as additional data of `encryptedPrivateKey`, and used only after that. */
  readonly publicKey: string;
  /** base64url( iv (96 bits) ‖ ciphertext of the private JWK ‖ tag (128 bits) ). */
  readonly encryptedPrivateKey: string;
  readonly createdAt: Date;
  /** From when it signs, unless a later one does so already. */
  readonly activeFrom: Date;
  /** Since when its tokens are refused; `null`: it is good. Once set, it stays. */
  readonly revokedAt: Date | null;
}

/** A key pair that is not in the store yet. */
export type NewSigningKey = Omit<SigningKeyRow, 'createdAt' | 'activeFrom' | 'revokedAt'>;

/** When a new key begins to sign: after so long, and not before that moment. */
export interface SigningStart {
  /** From the moment of the insert, by the store's clock; 0: at once. */
  readonly delayMs: number;
  /** `null`: whenever the delay is over. */
  readonly notBefore: Date | null;
}

/**
 * Signing keys, as the domain asks a database for them. Every method is one atomic statement, by the store's clock in
 * that statement. Durable and `SERVICE_UNAVAILABLE` as in `SessionStore`. What changes a key adds to the audit log, see
 * `AuditEntryStore`, but for the deletion of one that nobody needs any more: `by` says who asked for it; left out: the
 * clock.
 */
export interface SigningKeyStore {
  /** Adds the row, `createdAt` now. `false`, and nothing written, where the sequence number is taken. */
  create(key: NewSigningKey, start: SigningStart, by?: AuditNote): Promise<boolean>;
  /** All of them, by sequence number; no change acknowledged before the call is missing. */
  list(): Promise<SigningKeyRow[]>;
  /** Lets a key begin now that would begin later. `false` where it has begun, is revoked, or is not there. */
  activate(sequence: number, by?: AuditNote): Promise<boolean>;
  /**
   * Revokes, as of now, every key up to this sequence number that is not revoked yet. One by one: where it rejects,
   * some may be revoked; repeating it does the rest.
   */
  revokeUpTo(sequence: number, by?: AuditNote): Promise<void>;
  /** Replaces `encryptedPrivateKey`. `false` where it is no longer `from`. */
  replaceEncryption(sequence: number, from: string, to: string): Promise<boolean>;
  /**
   * Deletes a key, once `neededUntil` is past, that begins and is revoked as this row says. `false` where it is too
   * early, or where the key is another or not there.
   */
  delete(row: Pick<SigningKeyRow, 'sequence' | 'activeFrom' | 'revokedAt'>, neededUntil: Date): Promise<boolean>;
}
