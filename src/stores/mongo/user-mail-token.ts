import type { SecretHash, UserId } from '../../domain/ids.js';
import { MOST_MAIL_TOKENS } from '../../domain/user-store.js';
import type { MailTokenPurpose, MailTokenRow } from '../../domain/user.js';
import { after, changed, literal, type Expression } from './expressions.js';
import type { Models } from './models.js';
import { replaceOne } from './statements.js';
import type { StoreTime } from './time.js';
import { NOT_DELETED } from './user-filter.js';

const TOKENS: Expression = { $ifNull: ['$mailTokens', literal([])] };
const kept = (cond: Expression): Expression => ({ $filter: { input: TOKENS, cond } });

/** Those of the user's tokens that are not for this. */
export const mailTokensBut = (purpose: MailTokenPurpose): Expression =>
  kept({ $ne: ['$$this.purpose', literal(purpose)] });

/** Keeps the secret of a mail, and the youngest of those before it that are still good. */
export async function addMailToken(
  users: Models['users'],
  time: StoreTime,
  id: UserId,
  { purpose, hash, ttlMs }: Pick<MailTokenRow, 'purpose' | 'hash'> & { readonly ttlMs: number },
): Promise<void> {
  const now = time.expression();
  const added = { purpose: literal(purpose), hash: literal(hash), expiresAt: after(now, ttlMs) };
  const good = kept({ $gt: ['$$this.expiresAt', now] });
  const mailTokens = { $slice: [{ $concatArrays: [good, [added]] }, -MOST_MAIL_TOKENS] };
  await replaceOne(users, { _id: { $eq: id }, ...NOT_DELETED }, changed({ mailTokens }, now), { now });
}

/** Takes the secret of a mail for a proof that mail to the user's address arrives; whether it was good. */
export async function verifyEmail(
  users: Models['users'],
  time: StoreTime,
  id: UserId,
  hash: SecretHash,
): Promise<boolean> {
  const now = time.expression();
  const purpose = 'email-verification';
  const isGood = {
    $and: [
      { $eq: ['$$this.purpose', literal(purpose)] },
      { $eq: ['$$this.hash', literal(hash)] },
      { $gt: ['$$this.expiresAt', now] },
    ],
  };
  const filter = { _id: { $eq: id }, ...NOT_DELETED, $expr: { $ne: [kept(isGood), literal([])] } };
  const verified = changed({ emailVerified: literal(true), mailTokens: mailTokensBut(purpose) }, now);
  return (await replaceOne(users, filter, verified, { now })) !== null;
}
