import type { SessionId } from '../../domain/ids.js';
import type { NewSession, SessionLifetimes } from '../../domain/session-store.js';
import type { Session } from '../../domain/session.js';
import type { Expression, NowExpression } from './expressions.js';
import { after, literal } from './expressions.js';
import type { SessionDocument } from './models.js';
import { purgeMoment } from './session-change.js';

/** The session that a document holds. */
export const sessionOf = (document: SessionDocument): Session => ({
  id: document._id as SessionId,
  userId: document.userId,
  ver: document.ver,
  generation: document.generation,
  hash: document.hash,
  previousHash: document.previousHash,
  nonce: document.nonce,
  answeredAt: document.answeredAt,
  confirmedGeneration: document.confirmedGeneration,
  cut: document.cut,
  createdAt: document.createdAt,
  authenticatedAt: document.authenticatedAt,
  lastSeenAt: document.lastSeenAt,
  idleExpiresAt: document.idleExpiresAt,
  expiresAt: document.expiresAt,
  transport: document.transport,
  deviceName: document.deviceName,
  userAgent: document.userAgent,
  ipAddress: document.ipAddress,
  // Documents of before lack it.
  signInEmail: document.signInEmail ?? null,
  endedAt: document.endedAt,
  endReason: document.endReason,
});

/** The fields of a new session. */
export const newSessionFields = (
  session: NewSession,
  lifetimes: SessionLifetimes,
  now: NowExpression,
): Readonly<Record<string, Expression>> => ({
  userId: literal(session.userId),
  ver: literal(session.ver),
  generation: literal(0),
  hash: literal(session.hash),
  previousHash: literal(null),
  nonce: literal(session.nonce),
  answeredAt: now,
  confirmedGeneration: literal(0),
  cut: literal(0),
  createdAt: now,
  authenticatedAt: now,
  lastSeenAt: now,
  idleExpiresAt: after(now, lifetimes.idleTtlMs),
  expiresAt: after(now, lifetimes.ttlMs),
  transport: literal(session.transport),
  deviceName: literal(session.deviceName),
  userAgent: literal(session.userAgent),
  ipAddress: literal(session.ipAddress),
  signInEmail: literal(session.signInEmail),
  endedAt: literal(null),
  endReason: literal(null),
  purgeAt: purgeMoment(
    { createdAt: now, expiry: after(now, Math.min(lifetimes.idleTtlMs, lifetimes.ttlMs)) },
    lifetimes,
  ),
});
