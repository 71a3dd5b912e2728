import type { SigningAlgorithm } from './signing-key.js';

/** A key pair as the store holds it: the private half encrypted under `LATCHKEY_SECRET`, the public half inside it. */
export interface SigningKeyRow {
  /** Counts up from 1: of several nodes that would add the same one, one wins. */
  readonly sequence: number;
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  /** Public JWK, as JSON. Authenticated as additional data of `encryptedPrivateKey`, and used only after that. */
  readonly publicKey: string;
  /** base64url( iv (96 bits) ‖ ciphertext of the private JWK ‖ tag (128 bits) ). */
  readonly encryptedPrivateKey: string;
  /** From when it signs, by the store's clock. */
  readonly activeFrom: Date;
}

/** Signing keys, as the domain asks a database for them. Durable and `SERVICE_UNAVAILABLE` as in `SessionStore`. */
export interface SigningKeyStore {
  /** Adds the row with `activeFrom` now. `false`, and nothing written, where the sequence number is taken. */
  create(row: Omit<SigningKeyRow, 'activeFrom'>): Promise<boolean>;
  /** All of them, by sequence number. */
  list(): Promise<SigningKeyRow[]>;
}
