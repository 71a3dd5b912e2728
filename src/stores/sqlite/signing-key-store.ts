import { NOBODY, type AuditAction, type AuditNote } from '../../domain/audit-entry.js';
import type { SigningKeyRow, SigningKeyStore } from '../../domain/signing-key-store.js';
import type { SigningAlgorithm } from '../../domain/signing-key.js';
import { entryOf } from '../audit-changes.js';
import type { Eventual } from '../guarded.js';
import type { AddAuditEntry } from './audit-entry-store.js';
import type { SqliteClient } from './client.js';
import type { SqlParameters, SqlRow } from './rows.js';

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

/** All of them, each a row for {@link signingKeyOf}. */
export const SIGNING_KEYS = `SELECT sequence, kid, algorithm, public_key, encrypted_private_key, created_at, active_from, revoked_at
  FROM signing_keys ORDER BY sequence`;

const INSERT = `INSERT INTO signing_keys
    (sequence, kid, algorithm, public_key, encrypted_private_key, created_at, active_from)
  VALUES (:sequence, :kid, :algorithm, :public_key, :encrypted_private_key, :now, :active_from)
  ON CONFLICT (sequence) DO NOTHING RETURNING kid`;

const ACTIVATE = `UPDATE signing_keys SET active_from = :now
  WHERE sequence = :sequence AND active_from > :now AND revoked_at IS NULL RETURNING kid`;

const REVOKE = `UPDATE signing_keys SET revoked_at = :now WHERE sequence <= :sequence AND revoked_at IS NULL
  RETURNING kid`;

const REPLACE_ENCRYPTION = `UPDATE signing_keys SET encrypted_private_key = :to
  WHERE sequence = :sequence AND encrypted_private_key = :from RETURNING kid`;

const DELETE = `DELETE FROM signing_keys WHERE sequence = :sequence AND active_from = :active_from
  AND revoked_at IS :revoked_at AND :needed_until <= :now RETURNING kid`;

/** Signing keys in SQLite. */
export function createSigningKeyStore(client: SqliteClient, addEntry: AddAuditEntry): Eventual<SigningKeyStore> {
  /** Whether the statement, with the time as `:now`, met a key; each that it met gets an entry. */
  const changes = (
    sql: string,
    parameters: SqlParameters,
    action: AuditAction,
    by: AuditNote = NOBODY,
  ): Promise<boolean> =>
    client.write((now) => {
      const met = client.all(sql, { ...parameters, now: now.getTime() });
      for (const { kid } of met) addEntry(now, entryOf(action, by, { reason: String(kid) }));
      return met.length > 0;
    });

  return {
    create: ({ sequence, kid, algorithm, publicKey, encryptedPrivateKey }, { delayMs, notBefore }, by = NOBODY) =>
      client.write((now) => {
        const activeFrom = Math.max(now.getTime() + delayMs, notBefore?.getTime() ?? 0);
        const times = { now: now.getTime(), active_from: activeFrom };
        const keys = { public_key: publicKey, encrypted_private_key: encryptedPrivateKey };
        if (client.first(INSERT, { sequence, kid, algorithm, ...keys, ...times }) === null) return false;
        addEntry(now, entryOf('signing-key-created', by, { reason: kid }));
        return true;
      }),
    list: () => client.all(SIGNING_KEYS).map(signingKeyOf),
    activate: (sequence, by) => changes(ACTIVATE, { sequence }, 'signing-key-activated', by),
    async revokeUpTo(sequence, by) {
      await changes(REVOKE, { sequence }, 'signing-key-revoked', by);
    },
    replaceEncryption: (sequence, from, to) =>
      changes(REPLACE_ENCRYPTION, { sequence, from, to }, 'signing-key-reencrypted'),
    delete: ({ sequence, activeFrom, revokedAt }, neededUntil) =>
      client.write((now) => {
        const times = { active_from: activeFrom.getTime(), revoked_at: revokedAt?.getTime() ?? null };
        const bounds = { needed_until: neededUntil.getTime(), now: now.getTime() };
        const deleted = client.first(DELETE, { sequence, ...times, ...bounds });
        if (deleted !== null) addEntry(now, entryOf('signing-key-deleted', NOBODY, { reason: String(deleted['kid']) }));
        return deleted !== null;
      }),
  };
}

export function signingKeyOf(columns: SqlRow): SigningKeyRow {
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
