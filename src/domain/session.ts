import type { SecretHash, SessionId, UserId } from './ids.js';
import { activeBan, type Ban, type User } from './user.js';

/** How tokens travel, chosen at sign-in. */
export type TransportKind = 'cookie' | 'header';

/** Why a session ended before its time. The first reason stays. */
export type EndReason =
  | 'signed-out'
  | 'revoked'
  | 'banned'
  | 'theft'
  | 'displaced'
  | 'store-restored'
  | 'expired'
  | 'password-changed'
  | 'user-deleted';

/** What the client said of itself; for people to recognize a session by, never to decide on. */
export interface ClientInfo {
  readonly deviceName: string | null;
  readonly userAgent: string | null;
  readonly ipAddress: string | null;
}

/** One sign-in on one device, from `signIn` to its end: a row in the store. */
export interface Session extends ClientInfo {
  readonly id: SessionId;
  readonly userId: UserId;
  /**
   * The address that the application's own check was asked with at sign-in, to be asked with again by `reauthenticate`;
   * `null` where the password is kept here, or there was none.
   */
  readonly signInEmail: string | null;
  /** The user's `ver` when the password was checked. Below the user's `floor`, the session is over. */
  readonly ver: number;
  /** How often the refresh token has rotated. */
  readonly generation: number;
  /** Of the current refresh token's secret. */
  readonly hash: SecretHash;
  /** Of the one before; `null` at generation 0 and where the current one was drawn, not derived. */
  readonly previousHash: SecretHash | null;
  /** 256 random bits, base64url, that the current secret was derived with; new with every generation. */
  readonly nonce: string;
  /** When the current pair was last given in answer to the previous token, while it was unconfirmed. */
  readonly answeredAt: Date;
  /** The newest generation whose access token or refresh token was presented. */
  readonly confirmedGeneration: number;
  /** Refresh tokens of a lower generation are void, without alarm. */
  readonly cut: number;
  readonly createdAt: Date;
  /** The last proof of the password. */
  readonly authenticatedAt: Date;
  /** The last sign-in or refresh. */
  readonly lastSeenAt: Date;
  readonly idleExpiresAt: Date;
  readonly expiresAt: Date;
  readonly transport: TransportKind;
  readonly endedAt: Date | null;
  readonly endReason: EndReason | null;
}

/** When the session ends by time alone: idle or absolute, whichever comes first. */
export const sessionExpiry = (session: Pick<Session, 'idleExpiresAt' | 'expiresAt'>): Date =>
  session.idleExpiresAt < session.expiresAt ? session.idleExpiresAt : session.expiresAt;

/**
 * In steps of this long moves the moment after which an open session's row may go: nearly no refresh has to move its row in
 * the index by which they go. They count from when it was created, so that rows do not all go at the full hour.
 */
export const PURGE_STEP_MS = 3_600_000;

type Purgeable = Pick<Session, 'createdAt' | 'idleExpiresAt' | 'expiresAt' | 'endedAt'>;

/** The moment after which a session's row may go: `retentionMs` after its end, or up to a step later than after its expiry. */
export function purgeMoment(session: Purgeable, retentionMs: number): Date {
  if (session.endedAt !== null) return new Date(session.endedAt.getTime() + retentionMs);
  const next = sessionExpiry(session).getTime() + retentionMs + PURGE_STEP_MS;
  return new Date(next - ((next - session.createdAt.getTime()) % PURGE_STEP_MS));
}

/** A request that arrived longer than this before an answer was given does not count as within its grace. */
export const LONGEST_STALL_MS = 60_000;

/**
 * Whether a request that arrived at `arrivedAt` comes within grace of an answer given at `answeredAt`, both by the
 * store's clock: less than grace after it, and not over 60 s before it. A grace of 0 means never.
 */
export function isWithinGrace(arrivedAt: Date, answeredAt: Date, graceMs: number): boolean {
  const sinceMs = arrivedAt.getTime() - answeredAt.getTime();
  return graceMs > 0 && sinceMs < graceMs && sinceMs >= -LONGEST_STALL_MS;
}

/** Whether the row is neither ended nor expired at `now`; whether its session is live hangs on its user too. */
export const isOpen = (session: Session, now: Date): boolean =>
  session.endedAt === null && sessionExpiry(session).getTime() > now.getTime();

/** How a session that is over came to its end. */
export type SessionEnd =
  | { readonly kind: 'banned'; readonly reason: 'banned'; readonly ban: Ban }
  | { readonly kind: 'theft'; readonly reason: 'theft' }
  | { readonly kind: 'other'; readonly reason: EndReason };

/** A row, and the store's clock when it was read or written. */
export interface SessionAt {
  readonly session: Session;
  readonly now: Date;
}

/** A session's user as they were read with the row or behind it, and the store's clock then; `null`: gone. */
export interface OwnerAt {
  readonly user: User | null;
  readonly now: Date;
}

/**
 * How the session came to its end; `null` while it is live: not ended, within both lifetimes, its user there and not
 * banned, and its `ver` not below the user's `floor`. The one judgement of it: also a crash between a ban and the
 * marking of its sessions leaves none alive.
 */
export function judgeEnd({ session, now }: SessionAt, owner: OwnerAt): SessionEnd | null {
  const ban = owner.user === null ? null : activeBan(owner.user, owner.now);
  const unmarked = isOpen(session, now) ? endByOwner(session, owner) : 'expired';
  const reason = session.endedAt === null ? unmarked : (session.endReason ?? 'revoked');
  if (reason === null) return null;
  if (reason === 'theft') return { kind: 'theft', reason };
  return reason === 'banned' && ban !== null ? { kind: 'banned', reason, ban } : { kind: 'other', reason };
}

function endByOwner(session: Session, { user, now }: OwnerAt): EndReason | null {
  if (user === null) return 'revoked';
  if (activeBan(user, now) !== null) return 'banned';
  return session.ver < user.floor ? 'revoked' : null;
}

/** A refresh token as it was presented, and the nonce that the store was to rotate it with. */
export interface PresentedToken {
  readonly hash: SecretHash;
  readonly generation: number;
  readonly arrivedAt: Date;
  readonly nonce: string;
}

/** What a presented refresh token turned out to be. */
export type RefreshVerdict =
  /** It was current, and this presentation rotated it. */
  | { readonly kind: 'rotated' }
  /** It is current and was itself given a moment ago: it stays. */
  | { readonly kind: 'still-current' }
  /** It is the previous one, within grace: its successor once more. */
  | { readonly kind: 'same-successor'; readonly isConfirmed: boolean }
  /** It is the previous one, after grace, and its successor was never used: the answer got lost. */
  | { readonly kind: 'answer-lost' }
  | { readonly kind: 'theft' }
  | { readonly kind: 'over'; readonly end: SessionEnd }
  /** It is from before the session's tokens were drawn anew. */
  | { readonly kind: 'cut' }
  /** It is newer than the row: the store was restored from a backup. */
  | { readonly kind: 'ahead-of-store' };

/**
 * Judges a refresh token by the row as the update left it that tried to rotate it. Pure; the first rule that fits
 * holds.
 */
export function judgeRefresh(
  token: PresentedToken,
  row: SessionAt,
  { owner, graceMs }: { readonly owner: OwnerAt; readonly graceMs: number },
): RefreshVerdict {
  const { session } = row;
  const isCurrent = token.hash === session.hash;
  const isPrevious = token.hash === session.previousHash;
  const end = judgeEnd(row, owner);

  if (end !== null && (isCurrent || isPrevious)) return { kind: 'over', end };
  if (token.generation < session.cut) return { kind: 'cut' };
  if (token.nonce === session.nonce) return { kind: 'rotated' };
  if (isCurrent) return { kind: 'still-current' };
  if (!isPrevious) return { kind: token.generation < session.generation ? 'theft' : 'ahead-of-store' };

  const isConfirmed = session.confirmedGeneration > token.generation;
  if (isWithinGrace(token.arrivedAt, session.answeredAt, graceMs)) return { kind: 'same-successor', isConfirmed };
  return { kind: isConfirmed ? 'theft' : 'answer-lost' };
}
