import type { SecretHash, UserId } from './ids.js';
import type { Role } from '../register.js';

export type { Role } from '../register.js';

/**
 * The role of this name: a member of `enum Role`, which what is registered was written from, or one that the operator
 * names by `ROLES`, which nothing but the running server knows.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-assertion -- necessary where roles are registered
export const toRole = (name: string): Role => name as Role;

export const ADMIN: Role = 'ADMIN';
export const MODERATOR: Role = 'MODERATOR';

/** In the place of a password hash: nobody signs in to this account with a password of ours. */
export const NO_PASSWORD = '*';

/** In the place of a password hash: there is none yet, and a reset sets one. Of accounts that were imported without. */
export const UNKNOWN_PASSWORD = '!';

/** An administrator's act on a user: no sign-in and no refresh while it holds, and every session ended. */
export interface Ban {
  readonly at: Date;
  /** `null`: whoever runs the server, at the command line; or it came with an import that does not say. */
  readonly by: UserId | null;
  /** The first moment at which it no longer holds; `null`: for good. */
  readonly until: Date | null;
  /** For administrators and moderators alone. */
  readonly reason: string | null;
  /** What the banned user is told. */
  readonly publicReason: string | null;
}

/** What may be done by who holds the secret of a mail that was sent to the user's address. */
export type MailTokenPurpose = 'password-reset' | 'email-verification';

/** The secret of such a mail, as it is kept; see `mail-token.ts`. */
export interface MailTokenRow {
  readonly purpose: MailTokenPurpose;
  readonly hash: SecretHash;
  readonly expiresAt: Date;
}

/** The stored account. */
export interface User {
  /** Ours, or the application's own. */
  readonly id: UserId;
  /** As given at sign-up, normalized to NFC; empty where the application keeps the account. */
  readonly email: string;
  /** What the address is compared by, see {@link emailKey}. Unique. */
  readonly emailKey: string;
  /** Whether mail to the address is known to arrive. */
  readonly emailVerified: boolean;
  /** What `readPasswordHash` reads, or {@link NO_PASSWORD}, or {@link UNKNOWN_PASSWORD}. */
  readonly passwordHash: string;
  /** As stored, with those that this server does not know; show and judge by {@link knownRoles}. */
  readonly roles: readonly string[];
  /** Raised by every change to what this user may do. */
  readonly ver: number;
  /** Sessions that started at a lower `ver` are over. */
  readonly floor: number;
  readonly verChangedAt: Date;
  readonly ban: Ban | null;
  /** By the store's clock. */
  readonly createdAt: Date;
  readonly lastSignInAt: Date | null;
  /** Those of mails not long ago, the oldest first. */
  readonly mailTokens: readonly MailTokenRow[];
}

/** Whether a mail's secret of this hash may still be used at `now`. */
export const holdsMailToken = (
  { mailTokens }: Pick<User, 'mailTokens'>,
  token: Pick<MailTokenRow, 'purpose' | 'hash'>,
  now: Date,
): boolean =>
  mailTokens.some(
    ({ purpose, hash, expiresAt }) => purpose === token.purpose && hash === token.hash && expiresAt > now,
  );

/** The ban that holds at `now`, or `null`. */
export function activeBan(user: Pick<User, 'ban'>, now: Date): Ban | null {
  const { ban } = user;
  return ban !== null && (ban.until === null || ban.until.getTime() > now.getTime()) ? ban : null;
}

/** The user's roles among those that this server knows: the others are kept, never shown, and allow nothing. */
export function knownRoles(user: Pick<User, 'roles'>, roles: readonly Role[]): Role[] {
  return roles.filter((role) => user.roles.includes(role));
}

/** `ver` after one more change: past the old one and past the store's clock, so that a restored store repeats none. */
export const raisedVer = (ver: number, now: Date): number => Math.max(ver + 1, now.getTime());
