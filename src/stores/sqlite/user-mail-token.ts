import type { SecretHash, UserId } from '../../domain/ids.js';
import { MOST_MAIL_TOKENS } from '../../domain/user-store.js';
import { holdsMailToken, type MailTokenRow, type User } from '../../domain/user.js';
import { entryOf, entryOfMailToken } from '../audit-changes.js';
import type { SqliteClient } from './client.js';
import type { AuditedWriting } from './user-change.js';
import { findUser, mailTokensColumn } from './user-row.js';

const UPDATE = 'UPDATE users SET email_verified = :email_verified, mail_tokens = :mail_tokens WHERE id = :id';

/** Keeps the secret of a mail, and the youngest of those before it that are still good. */
export function addMailToken(
  { client, addEntry, by }: AuditedWriting,
  id: UserId,
  { purpose, hash, ttlMs }: Pick<MailTokenRow, 'purpose' | 'hash'> & { readonly ttlMs: number },
): Promise<void> {
  return client.write((now) => {
    const user = findUser(client, id);
    if (user === null || user.mailTokens.some((token) => token.hash === hash)) return;
    const good = user.mailTokens.filter(({ expiresAt }) => expiresAt > now);
    const added = { purpose, hash, expiresAt: new Date(now.getTime() + ttlMs) };
    write(client, { ...user, mailTokens: [...good, added].slice(-MOST_MAIL_TOKENS) });
    addEntry(now, entryOfMailToken(purpose, id, by));
  });
}

/** Takes the secret of a mail for a proof that mail to the user's address arrives; whether it was good. */
export function verifyEmail({ client, addEntry, by }: AuditedWriting, id: UserId, hash: SecretHash): Promise<boolean> {
  const purpose = 'email-verification';
  return client.write((now) => {
    const user = findUser(client, id);
    if (user === null || !holdsMailToken(user, { purpose, hash }, now)) return false;
    const mailTokens = user.mailTokens.filter((token) => token.purpose !== purpose);
    write(client, { ...user, emailVerified: true, mailTokens });
    addEntry(now, entryOf('email-verified', by, { subjectId: id }));
    return true;
  });
}

const write = (client: SqliteClient, { id, emailVerified, mailTokens }: User): void =>
  void client.change(UPDATE, { id, email_verified: emailVerified ? 1 : 0, mail_tokens: mailTokensColumn(mailTokens) });
