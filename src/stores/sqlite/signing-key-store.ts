import type { SigningKeyRow, SigningKeyStore } from '../../domain/signing-key-store.js';
import type { SigningAlgorithm } from '../../domain/signing-key.js';
import type { Eventual } from '../guarded.js';
import type { SqlRow, SqliteClient } from './client.js';

interface Row {
  readonly sequence: number;
  readonly kid: string;
  readonly algorithm: string;
  readonly public_key: string;
  readonly encrypted_private_key: string;
  readonly active_from: number;
}

const INSERT = `INSERT INTO signing_keys (sequence, kid, algorithm, public_key, encrypted_private_key, active_from)
  VALUES (:sequence, :kid, :algorithm, :public_key, :encrypted_private_key, :now)
  ON CONFLICT (sequence) DO NOTHING RETURNING sequence`;

/** Signing keys in SQLite. */
export const createSigningKeyStore = (client: SqliteClient): Eventual<SigningKeyStore> => ({
  create: ({ sequence, kid, algorithm, publicKey, encryptedPrivateKey }) =>
    client.write((now) => {
      const parameters = { sequence, kid, algorithm, now: now.getTime() };
      const keys = { public_key: publicKey, encrypted_private_key: encryptedPrivateKey };
      return client.first(INSERT, { ...parameters, ...keys }) !== null;
    }),
  list: () => client.all('SELECT * FROM signing_keys ORDER BY sequence').map(signingKeyOf),
});

function signingKeyOf(columns: SqlRow): SigningKeyRow {
  const row = columns as unknown as Row;
  return {
    sequence: row.sequence,
    kid: row.kid,
    algorithm: row.algorithm as SigningAlgorithm,
    publicKey: row.public_key,
    encryptedPrivateKey: row.encrypted_private_key,
    activeFrom: new Date(row.active_from),
  };
}
