import { randomBytes } from 'node:crypto';
import type { AuditNote } from './audit-entry.js';
import { badUserInput, type AuthError } from './errors.js';
import { createUserId, type SecretHash, type UserId } from './ids.js';
import { hashSecret } from './secrets.js';
import type { Stores } from './stores.js';
import type { MailTokenPurpose, User } from './user.js';
import { MOST_MAIL_TOKENS } from './user-store.js';

/** Lets secret scanners find those that leaked. */
const PREFIX = 'lkm_';
const SECRET_BYTES = 32;
/** As long as a user id may be, and the secret behind it. */
const LONGEST = 2_000;

/** How long a mail is good for; OWASP Forgot Password Cheat Sheet: for a short while, and once. */
const TTL_MS: Readonly<Record<MailTokenPurpose, number>> = {
  'password-reset': 30 * 60 * 1000,
  'email-verification': 24 * 60 * 60 * 1000,
};

/** Whom a token was mailed to, and what the store knows it by. */
export interface MailToken {
  readonly userId: UserId;
  readonly hash: SecretHash;
}

/** A secret for one mail, drawn before it is known to whom: however often the mail is tried, it holds the same. */
export interface MailSecret {
  readonly secret: Buffer;
  readonly hash: SecretHash;
  /** For whom it is kept where there is nobody to mail. */
  readonly nobody: UserId;
}

export function drawMailSecret(): MailSecret {
  const secret = randomBytes(SECRET_BYTES);
  return { secret, hash: hashSecret(secret), nobody: createUserId() };
}

/**
 * Makes a token for this user, good for 30 minutes (password reset) or a day (e-mail verification), once:
 * `lkm_` + base64url( user id ) + `.` + base64url( 256 random bits ). The store is given its hash alone. `null` where the
 * user has {@link MOST_MAIL_TOKENS} good ones of the kind already, so that nobody floods another's mailbox, and for
 * nobody: the store is asked as often then, so that its number of calls does not tell whether there is an account.
 */
export async function createMailToken(
  { users, clock }: Pick<Stores, 'users' | 'clock'>,
  user: Pick<User, 'id' | 'mailTokens'> | null,
  { purpose, drawn, by }: NewMailToken,
): Promise<string | null> {
  const { secret, hash, nobody } = drawn;
  const mailTokens = user?.mailTokens ?? [];
  const good = mailTokens.filter((token) => token.purpose === purpose && token.expiresAt > clock.now());
  const isRoom = good.length < MOST_MAIL_TOKENS || good.some((token) => token.hash === hash);
  const id = user !== null && isRoom ? user.id : nobody;
  await users.addMailToken(id, { purpose, hash }, TTL_MS[purpose], by);
  if (id === nobody) return null;
  return `${PREFIX}${Buffer.from(id, 'utf8').toString('base64url')}.${secret.toString('base64url')}`;
}

export interface NewMailToken {
  readonly purpose: MailTokenPurpose;
  readonly drawn: MailSecret;
  readonly by?: AuditNote | undefined;
}

/** The token that the text spells; `null` for what was never made. */
export function decodeMailToken(text: string): MailToken | null {
  if (text.length > LONGEST || !text.startsWith(PREFIX)) return null;
  const [id, secret, ...rest] = text.slice(PREFIX.length).split('.');
  if (id === undefined || secret === undefined || rest.length > 0) return null;
  const bytes = Buffer.from(secret, 'base64url');
  if (bytes.length !== SECRET_BYTES || bytes.toString('base64url') !== secret) return null;
  return { userId: Buffer.from(id, 'base64url').toString('utf8') as UserId, hash: hashSecret(bytes) };
}

/** The same for a token that is wrong, was used, or is too old: which of them is nobody's business. */
export const badMailToken = (): AuthError => badUserInput('token', 'This link is wrong, was used, or is too old.');
