import type { SessionId } from '../../domain/ids.js';
import { purgeMoment, type EndReason, type Session } from '../../domain/session.js';
import type { SqliteClient } from './client.js';
import type { SqlParameters } from './rows.js';
import { ended } from './session-change.js';
import { generationColumns, SESSION_BY_ID, SESSION_COLUMNS, sessionColumns, sessionOf } from './session-row.js';

const INSERT = `INSERT INTO sessions (${SESSION_COLUMNS}) VALUES (${SESSION_COLUMNS.replaceAll(/\w+/g, ':$&')})`;

/** None of the columns that triggers and other indexes go by: a refresh would pay for each. */
const ADVANCE = `UPDATE sessions SET generation = :generation, hash = :hash, previous_hash = :previous_hash,
    nonce = :nonce, answered_at = :answered_at, confirmed_generation = :confirmed_generation,
    last_seen_at = :last_seen_at, idle_expires_at = :idle_expires_at`;
const ADVANCE_IN_STEP = `${ADVANCE} WHERE id = :id AND purge_at = :purge_at`;
const ADVANCE_BEYOND = `${ADVANCE}, purge_at = :purge_at WHERE id = :id`;

/** Condition, with `:now`, under which a row is open. */
export const OPEN = '(ended_at IS NULL AND idle_expires_at > :now AND expires_at > :now)';

/** Reads and whole-row writes of the table `sessions`; those that write belong inside `client.write`. */
export interface SessionTable {
  find(id: SessionId): Session | null;
  list(tail: string, parameters: SqlParameters): Session[];
  insert(session: Session, retentionMs: number): void;
  update(session: Session, retentionMs: number): void;
  /** The same for a row that comes one generation further, and to nothing else: what is asked for most. */
  advance(session: Session, retentionMs: number): void;
  /** Ends these rows, answers their ids. */
  end(sessions: readonly Session[], reason: EndReason, retentionMs: number, now: Date): SessionId[];
}

/** The table, on this connection. */
export function createSessionTable(client: SqliteClient): SessionTable {
  const update = (session: Session, retentionMs: number): void =>
    void client.change(
      `UPDATE sessions SET ver = :ver, generation = :generation, hash = :hash, previous_hash = :previous_hash,
        nonce = :nonce, answered_at = :answered_at, confirmed_generation = :confirmed_generation, cut = :cut,
        authenticated_at = :authenticated_at, last_seen_at = :last_seen_at, idle_expires_at = :idle_expires_at,
        expires_at = :expires_at, ended_at = :ended_at, end_reason = :end_reason, purge_at = :purge_at
      WHERE id = :id`,
      sessionColumns(session, retentionMs),
    );
  return {
    find(id) {
      const row = client.first(SESSION_BY_ID, { id });
      return row && sessionOf(row);
    },
    list: (tail, parameters) =>
      client.all(`SELECT ${SESSION_COLUMNS} FROM sessions ${tail}`, parameters).map(sessionOf),
    insert(session, retentionMs) {
      client.change(INSERT, sessionColumns(session, retentionMs));
    },
    update,
    advance(session, retentionMs) {
      const columns = { purge_at: purgeMoment(session, retentionMs).getTime(), ...generationColumns(session) };
      // By what the row says: another retention may have written it.
      if (client.change(ADVANCE_IN_STEP, columns) === 0) client.change(ADVANCE_BEYOND, columns);
    },
    end: (sessions, reason, retentionMs, now) =>
      sessions.map((session) => {
        update(ended(session, reason, now), retentionMs);
        return session.id;
      }),
  };
}
