import type { SecretHash, SessionId, UserId } from '../../domain/ids.js';
import type { EndReason, Session, TransportKind } from '../../domain/session.js';
import { purgeMoment } from '../../domain/session.js';
import type { SqlParameters, SqlRow } from './rows.js';

/** A row of the table `sessions`. */
interface SessionRow {
  readonly id: string;
  readonly user_id: string;
  readonly ver: number;
  readonly generation: number;
  readonly hash: string;
  readonly previous_hash: string | null;
  readonly nonce: string;
  readonly answered_at: number;
  readonly confirmed_generation: number;
  readonly cut: number;
  readonly created_at: number;
  readonly authenticated_at: number;
  readonly last_seen_at: number;
  readonly idle_expires_at: number;
  readonly expires_at: number;
  readonly transport: string;
  readonly device_name: string | null;
  readonly user_agent: string | null;
  readonly ip_address: string | null;
  readonly sign_in_email: string | null;
  readonly ended_at: number | null;
  readonly end_reason: string | null;
}

/** All of them, as a statement names them: columns that come later do not move these. */
export const SESSION_COLUMNS = `id, user_id, ver, generation, hash, previous_hash, nonce, answered_at, confirmed_generation, cut,
  created_at, authenticated_at, last_seen_at, idle_expires_at, expires_at, transport, device_name, user_agent,
  ip_address, sign_in_email, ended_at, end_reason, purge_at`;
export const SESSION_BY_ID = `SELECT ${SESSION_COLUMNS} FROM sessions WHERE id = :id`;

/** The session that a row holds. */
export function sessionOf(columns: SqlRow): Session {
  const row = columns as unknown as SessionRow;
  return {
    id: row.id as SessionId,
    userId: row.user_id as UserId,
    ver: row.ver,
    generation: row.generation,
    hash: row.hash as SecretHash,
    previousHash: row.previous_hash as SecretHash | null,
    nonce: row.nonce,
    answeredAt: new Date(row.answered_at),
    confirmedGeneration: row.confirmed_generation,
    cut: row.cut,
    createdAt: new Date(row.created_at),
    authenticatedAt: new Date(row.authenticated_at),
    lastSeenAt: new Date(row.last_seen_at),
    idleExpiresAt: new Date(row.idle_expires_at),
    expiresAt: new Date(row.expires_at),
    transport: row.transport as TransportKind,
    deviceName: row.device_name,
    userAgent: row.user_agent,
    ipAddress: row.ip_address,
    signInEmail: row.sign_in_email,
    endedAt: row.ended_at === null ? null : new Date(row.ended_at),
    endReason: row.end_reason as EndReason | null,
  };
}

/** The columns that a further generation changes. */
export const generationColumns = (session: Session): SqlParameters => ({
  id: session.id,
  generation: session.generation,
  hash: session.hash,
  previous_hash: session.previousHash,
  nonce: session.nonce,
  answered_at: session.answeredAt.getTime(),
  confirmed_generation: session.confirmedGeneration,
  last_seen_at: session.lastSeenAt.getTime(),
  idle_expires_at: session.idleExpiresAt.getTime(),
});

/** Every column, and when the row may go. */
export const sessionColumns = (session: Session, retentionMs: number): SqlParameters => ({
  user_id: session.userId,
  ver: session.ver,
  cut: session.cut,
  created_at: session.createdAt.getTime(),
  authenticated_at: session.authenticatedAt.getTime(),
  expires_at: session.expiresAt.getTime(),
  transport: session.transport,
  device_name: session.deviceName,
  user_agent: session.userAgent,
  ip_address: session.ipAddress,
  sign_in_email: session.signInEmail,
  ended_at: session.endedAt?.getTime() ?? null,
  end_reason: session.endReason,
  purge_at: purgeMoment(session, retentionMs).getTime(),
  ...generationColumns(session),
});
