import type { Premise, Presentation, Reauthentication, SessionLifetimes } from '../../domain/session-store.js';
import type { EndReason, Session } from '../../domain/session.js';
import { LONGEST_STALL_MS, PURGE_STEP_MS } from '../../domain/session.js';
import { keepingOutbox, withOutbox } from './audit-outbox.js';
import type { Expression, NowExpression } from './expressions.js';
import { after, changed, literal } from './expressions.js';
import type { Filter } from './statements.js';

type Fields = Readonly<Record<string, Expression>>;

/** `isOpen` of the domain, as a condition of a filter. The index on `endedAt` serves its first half. */
export const open = (now: NowExpression): Filter => ({ endedAt: null, $expr: isOpen(now) });

/** The same, as an expression. */
export const isOpen = (now: NowExpression): Expression => ({
  $and: [{ $eq: ['$endedAt', null] }, { $gt: ['$idleExpiresAt', now] }, { $gt: ['$expiresAt', now] }],
});

/** Rows in which nothing has changed that the verdict was reached on. */
export const meeting = (premise: Premise) => ({
  _id: { $eq: premise.id },
  generation: { $eq: premise.generation },
  nonce: { $eq: premise.nonce },
  answeredAt: { $eq: premise.answeredAt },
  confirmedGeneration: { $eq: premise.confirmedGeneration },
});

/** The same, but that other answers to the same token may have been given since. */
export const meetingForAnswer = (premise: Premise, arrivedAt: Date): Filter => ({
  ...meeting(premise),
  answeredAt: { $gte: premise.answeredAt, $lte: new Date(arrivedAt.getTime() + LONGEST_STALL_MS) },
});

/** `isWithinGrace` of the domain: the moments of an answer that the arrival comes within grace of. */
const isWithinGrace = (arrivedAt: Date, graceMs: number): Expression => ({
  $and: [
    { $ne: ['$previousHash', null] },
    literal(graceMs > 0),
    { $gt: ['$answeredAt', literal(new Date(arrivedAt.getTime() - graceMs))] },
    { $lte: ['$answeredAt', literal(new Date(arrivedAt.getTime() + LONGEST_STALL_MS))] },
  ],
});

/** The row after this token was presented; the very same where it changes nothing. */
export function presented(presentation: Presentation, lifetimes: SessionLifetimes, now: NowExpression): Expression {
  const { hash, generation, arrivedAt, successorHash, nonce } = presentation;
  const isCurrent = { $and: [isOpen(now), { $eq: ['$hash', literal(hash)] }] };
  const confirmedGeneration = { $max: ['$confirmedGeneration', literal(generation)] };
  const isConfirmed = { $gte: ['$confirmedGeneration', literal(generation)] };
  const confirmed = { $cond: [isConfirmed, '$$ROOT', changed({ confirmedGeneration }, now)] };
  const next = advanced({ hash: successorHash, nonce }, lifetimes, now);
  const rotated = keepingOutbox(changed({ previousHash: literal(hash), confirmedGeneration, ...next }, now));
  return {
    $switch: {
      branches: [
        { case: { $not: [isCurrent] }, then: '$$ROOT' },
        { case: isWithinGrace(arrivedAt, lifetimes.graceMs), then: confirmed },
      ],
      default: rotated,
    },
  };
}

/** The row after this proof of the password, with its entry in the audit log; the very same where it changes nothing. */
export function reauthenticated(
  { user, hash, nonce }: Reauthentication,
  lifetimes: SessionLifetimes,
  { now, entry }: { readonly now: NowExpression; readonly entry: Expression },
): Expression {
  const next = advanced({ hash, nonce }, lifetimes, now);
  const proved = {
    previousHash: literal(null),
    cut: { $add: ['$generation', 1] },
    ver: { $max: ['$ver', literal(user.ver)] },
    authenticatedAt: now,
  };
  const isLive = { $and: [isOpen(now), { $gte: ['$ver', literal(user.floor)] }] };
  return { $cond: [isLive, withOutbox(changed({ ...next, ...proved }, now), [entry]), '$$ROOT'] };
}

/** One generation further, with this current token, answered now. */
export function advanced(
  successor: Pick<Session, 'hash' | 'nonce'>,
  lifetimes: SessionLifetimes,
  now: NowExpression,
): Fields {
  const idleExpiresAt = after(now, lifetimes.idleTtlMs);
  return {
    hash: literal(successor.hash),
    nonce: literal(successor.nonce),
    generation: { $add: ['$generation', 1] },
    answeredAt: now,
    lastSeenAt: now,
    idleExpiresAt,
    purgeAt: purgeMoment({ createdAt: '$createdAt', expiry: { $min: [idleExpiresAt, '$expiresAt'] } }, lifetimes),
  };
}

/** `purgeMoment` of the domain, for a row that is not ended. */
export function purgeMoment(
  { createdAt, expiry }: { readonly createdAt: Expression; readonly expiry: Expression },
  { retentionMs }: Pick<SessionLifetimes, 'retentionMs'>,
): Expression {
  const next = after(expiry, retentionMs + PURGE_STEP_MS);
  return { $subtract: [next, { $mod: [{ $subtract: [next, createdAt] }, literal(PURGE_STEP_MS)] }] };
}

/** Ended now. */
export const ended = (reason: EndReason, lifetimes: SessionLifetimes, now: NowExpression): Fields => ({
  endedAt: now,
  endReason: literal(reason),
  purgeAt: after(now, lifetimes.retentionMs),
});
