import type { AuditEntry, NewAuditEntry } from '../../domain/audit-entry.js';
import type { AuditCursor, AuditEntryStore, AuditFilter } from '../../domain/audit-entry-store.js';
import { createAuditEntryId } from '../../domain/ids.js';
import type { Eventual } from '../guarded.js';
import type { SqliteClient } from './client.js';
import type { SqlParameters, SqlRow } from './rows.js';

const COLUMNS = `id, at, action, outcome, actor_id, subject_id, session_hash, ip_address, user_agent, reason, purge_at`;
const INSERT = `INSERT INTO audit_entries (${COLUMNS}) VALUES (${COLUMNS.replaceAll(/\w+/g, ':$&')})`;

/** Adds an entry to the log, inside the `client.write` that changes what it tells of. */
export type AddAuditEntry = (now: Date, entry: NewAuditEntry) => void;

/** @param ttlMs how long entries are kept */
export const createAddAuditEntry =
  (client: SqliteClient, ttlMs: number): AddAuditEntry =>
  (now, { actorId, subjectId, sessionHash, ipAddress, userAgent, ...entry }) =>
    void client.change(INSERT, {
      ...{ id: createAuditEntryId(), at: now.getTime(), purge_at: now.getTime() + ttlMs },
      ...{ actor_id: actorId, subject_id: subjectId, session_hash: sessionHash },
      ...{ ip_address: ipAddress, user_agent: userAgent },
      ...entry,
    });

/** The audit log in SQLite: what changes something writes its entry in the same transaction, and none is ever missing. */
export const createAuditEntryStore = (client: SqliteClient, add: AddAuditEntry): Eventual<AuditEntryStore> => ({
  create: (entry) => client.write((now) => add(now, entry)),
  list(filter, limit, after) {
    const { sql, parameters } = where(filter, after);
    return client
      .all(`SELECT ${COLUMNS} FROM audit_entries ${sql} ORDER BY at DESC, id DESC LIMIT :limit`, {
        ...parameters,
        limit,
      })
      .map(auditEntryOf);
  },
  recover: () => undefined,
});

function where(filter: AuditFilter, cursor: AuditCursor | null): { sql: string; parameters: SqlParameters } {
  const { actions, actorId, subjectId, after, before, ipAddress } = filter;
  const conditions = [
    actions !== undefined && 'action IN (SELECT value FROM json_each(:actions))',
    actorId !== undefined && 'actor_id = :actor_id',
    subjectId !== undefined && 'subject_id = :subject_id',
    ipAddress !== undefined && 'ip_address = :ip_address',
    after !== undefined && 'at > :after',
    before !== undefined && 'at < :before',
    cursor !== null && '(at, id) < (:cursor_at, :cursor_id)',
  ].filter((condition) => typeof condition === 'string');
  return {
    sql: conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`,
    parameters: {
      actions: JSON.stringify(actions ?? []),
      ...{ actor_id: actorId ?? null, subject_id: subjectId ?? null, ip_address: ipAddress ?? null },
      ...{ after: after?.getTime() ?? null, before: before?.getTime() ?? null },
      ...{ cursor_at: cursor?.at.getTime() ?? null, cursor_id: cursor?.id ?? null },
    },
  };
}

interface Row {
  readonly id: string;
  readonly at: number;
  readonly action: AuditEntry['action'];
  readonly outcome: AuditEntry['outcome'];
  readonly actor_id: AuditEntry['actorId'];
  readonly subject_id: AuditEntry['subjectId'];
  readonly session_hash: AuditEntry['sessionHash'];
  readonly ip_address: string | null;
  readonly user_agent: string | null;
  readonly reason: string | null;
}

const auditEntryOf = (columns: SqlRow): AuditEntry => {
  const { id, at, action, outcome, reason, ...row } = columns as unknown as Row;
  return {
    ...{ id, at: new Date(at), action, outcome, reason },
    ...{ actorId: row.actor_id, subjectId: row.subject_id, sessionHash: row.session_hash },
    ...{ ipAddress: row.ip_address, userAgent: row.user_agent },
  };
};
