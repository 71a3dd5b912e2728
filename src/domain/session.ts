import type { SecretHash, SessionId, UserId } from './ids.js';

/** How tokens travel, chosen at sign-in. */
export type TransportKind = 'cookie' | 'header';

/** Why a session ended before its time. The first reason stays. */
export type EndReason = 'signed-out' | 'revoked' | 'banned' | 'theft' | 'displaced' | 'store-restored' | 'expired';

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

/** A request that arrived longer than this before an answer was given does not count as within its grace. */
const LONGEST_STALL_MS = 60_000;

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
