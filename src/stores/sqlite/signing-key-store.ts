import type { SigningKeyRow, SigningKeyStore } from '../../domain/signing-key-store.js';
import type { SigningAlgorithm } from '../../domain/signing-key.js';
import type { Eventual } from '../guarded.js';
import type { SqlParameters, SqlRow, SqliteClient } from './client.js';

interface Row {
  readonly sequence: number;
  readonly kid: string;
  readonly algorithm: string;
  readonly public_key: string;
  readonly encrypted_private_key: string;
  readonly created_at: number;
  readonly active_from: number;
  readonly revoked_at: number | null;
}

const INSERT = `INSERT INTO signing_keys
    (sequence, kid, algorithm, public_key, encrypted_private_key, created_at, active_from)
  VALUES (:sequence, :kid, :algorithm, :public_key, :encrypted_private_key, :now, :active_from)
  ON CONFLICT (sequence) DO NOTHING RETURNING sequence`;

const ACTIVATE = `UPDATE signing_keys SET active_from = :now
  WHERE sequence = :sequence AND active_from > :now AND revoked_at IS NULL RETURNING sequence`;

const REVOKE = 'UPDATE signing_keys SET revoked_at = :now WHERE sequence <= :sequence AND revoked_at IS NULL';

const REPLACE_ENCRYPTION = `UPDATE signing_keys SET encrypted_private_key = :to
  WHERE sequence = :sequence AND encrypted_private_key = :from RETURNING sequence`;

const DELETE = `DELETE FROM signing_keys WHERE sequence = :sequence AND active_from = :active_from
  AND revoked_at IS :revoked_at AND :needed_until <= :now RETURNING sequence`;

/** Signing keys in SQLite. */
export function createSigningKeyStore(client: SqliteClient): Eventual<SigningKeyStore> {
  /** Whether the statement, with the time as `:now`, met a row. */
  const changes = (sql: string, parameters: SqlParameters): boolean =>
    client.write((now) => client.first(sql, { ...parameters, now: now.getTime() }) !== null);

  return {
    create: ({ sequence, kid, algorithm, publicKey, encryptedPrivateKey }, { delayMs, notBefore }) =>
      client.write((now) => {
        const activeFrom = Math.max(now.getTime() + delayMs, notBefore?.getTime() ?? 0);
        const times = { now: now.getTime(), active_from: activeFrom };
        const keys = { public_key: publicKey, encrypted_private_key: encryptedPrivateKey };
        return client.first(INSERT, { sequence, kid, algorithm, ...keys, ...times }) !== null;
      }),
    list: () => client.all('SELECT * FROM signing_keys ORDER BY sequence').map(signingKeyOf),
    activate: (sequence) => changes(ACTIVATE, { sequence }),
    revokeUpTo: (sequence) => void changes(REVOKE, { sequence }),
    replaceEncryption: (sequence, from, to) => changes(REPLACE_ENCRYPTION, { sequence, from, to }),
    delete: ({ sequence, activeFrom, revokedAt }, neededUntil) =>
      changes(DELETE, {
        sequence,
        active_from: activeFrom.getTime(),
        revoked_at: revokedAt?.getTime() ?? null,
        needed_until: neededUntil.getTime(),
      }),
  };
}

function signingKeyOf(columns: SqlRow): SigningKeyRow {
  const row = columns as unknown as Row;
  return {
    sequence: row.sequence,
    kid: row.kid,
    algorithm: row.algorithm as SigningAlgorithm,
    publicKey: row.public_key,
    encryptedPrivateKey: row.encrypted_private_key,
    createdAt: new Date(row.created_at),
    activeFrom: new Date(row.active_from),
    revokedAt: row.revoked_at === null ? null : new Date(row.revoked_at),
  };
}
