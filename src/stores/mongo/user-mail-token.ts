import type { SecretHash, UserId } from '../../domain/ids.js';
import { MOST_MAIL_TOKENS } from '../../domain/user-store.js';
import type { MailTokenPurpose, MailTokenRow } from '../../domain/user.js';
import { entryOf, entryOfMailToken } from '../audit-changes.js';
import { outboxEntry, withOutbox } from './audit-outbox.js';
import { after, changed, literal, type Expression } from './expressions.js';
import { replaceOne } from './statements.js';
import type { UserWriting } from './user-change.js';
import { NOT_DELETED } from './user-filter.js';

const TOKENS: Expression = { $ifNull: ['$mailTokens', literal([])] };
const kept = (cond: Expression): Expression => ({ $filter: { input: TOKENS, cond } });

/** Those of the user's tokens that are not for this. */
export const mailTokensBut = (purpose: MailTokenPurpose): Expression =>
  kept({ $ne: ['$$this.purpose', literal(purpose)] });

/** Keeps the secret of a mail, and the youngest of those before it that are still good. */
export async function addMailToken(
  writing: UserWriting,
  id: UserId,
  { purpose, hash, ttlMs }: Pick<MailTokenRow, 'purpose' | 'hash'> & { readonly ttlMs: number },
): Promise<void> {
  const { users, time, outbox, by } = writing;
  const now = time.expression();
  const added = { purpose: literal(purpose), hash: literal(hash), expiresAt: after(now, ttlMs) };
  const good = kept({ $gt: ['$$this.expiresAt', now] });
  const mailTokens = { $slice: [{ $concatArrays: [good, [added]] }, -MOST_MAIL_TOKENS] };
  const entries = [outboxEntry(entryOfMailToken(purpose, id, by), now)];
  const filter = { _id: { $eq: id }, ...NOT_DELETED, 'mailTokens.hash': { $ne: hash } };
  await outbox.settled(users, () =>
    replaceOne(users, filter, withOutbox(changed({ mailTokens }, now), entries), { now }),
  );
}

/** Takes the secret of a mail for a proof that mail to the user's address arrives; whether it was good. */
export async function verifyEmail(writing: UserWriting, id: UserId, hash: SecretHash): Promise<boolean> {
  const { users, time, outbox, by } = writing;
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
  const entries = [outboxEntry(entryOf('email-verified', by, { subjectId: id }), now)];
  const told = await outbox.settled(users, () => replaceOne(users, filter, withOutbox(verified, entries), { now }));
  return told !== null;
}
