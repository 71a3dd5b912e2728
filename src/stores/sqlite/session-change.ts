import type { Premise, Presentation, Reauthentication, SessionLifetimes } from '../../domain/session-store.js';
import type { EndReason, Session } from '../../domain/session.js';
import { isOpen, isWithinGrace, LONGEST_STALL_MS } from '../../domain/session.js';

/** The row after this token was presented; the very same object where it changes nothing. */
export function presented(
  session: Session,
  presentation: Presentation,
  lifetimes: SessionLifetimes,
  now: Date,
): Session {
  if (!isOpen(session, now) || session.hash !== presentation.hash) return session;
  const confirmedGeneration = Math.max(session.confirmedGeneration, presentation.generation);
  const isFresh =
    session.previousHash !== null && isWithinGrace(presentation.arrivedAt, session.answeredAt, lifetimes.graceMs);
  if (isFresh) return { ...session, confirmedGeneration };
  const previousHash = presentation.hash;
  const { successorHash: hash, nonce } = presentation;
  return { ...advanced(session, { hash, nonce }, lifetimes, now), previousHash, confirmedGeneration };
}

/** The row after this proof of the password; the very same object where it changes nothing. */
export function reauthenticated(
  session: Session,
  { user, hash, nonce }: Reauthentication,
  lifetimes: SessionLifetimes,
  now: Date,
): Session {
  if (!isOpen(session, now) || session.ver < user.floor) return session;
  const next = advanced(session, { hash, nonce }, lifetimes, now);
  const ver = Math.max(session.ver, user.ver);
  return { ...next, previousHash: null, cut: next.generation, ver, authenticatedAt: now };
}

/** The row one generation further, with this current token, answered now. */
export const advanced = (
  session: Session,
  successor: Pick<Session, 'hash' | 'nonce'>,
  lifetimes: SessionLifetimes,
  now: Date,
): Session => ({
  ...session,
  hash: successor.hash,
  nonce: successor.nonce,
  generation: session.generation + 1,
  answeredAt: now,
  lastSeenAt: now,
  idleExpiresAt: new Date(now.getTime() + lifetimes.idleTtlMs),
});

/** The row, ended now. */
export const ended = (session: Session, endReason: EndReason, now: Date): Session => ({
  ...session,
  endedAt: now,
  endReason,
});

/** Whether nothing that the verdict was reached on has changed. */
export const meets = (session: Session, premise: Premise): boolean =>
  isSamePair(session, premise) && session.answeredAt.getTime() === premise.answeredAt.getTime();

/** The same, but that other answers to the same token may have been given since. */
export const meetsForAnswer = (session: Session, premise: Premise, arrivedAt: Date): boolean =>
  isSamePair(session, premise) &&
  session.answeredAt.getTime() >= premise.answeredAt.getTime() &&
  session.answeredAt.getTime() <= arrivedAt.getTime() + LONGEST_STALL_MS;

const isSamePair = (session: Session, premise: Premise): boolean =>
  session.generation === premise.generation &&
  session.nonce === premise.nonce &&
  session.confirmedGeneration === premise.confirmedGeneration;
