import type { AuditNote } from '../../domain/audit-entry.js';
import type { UserId } from '../../domain/ids.js';
import type { UserChange } from '../../domain/user-store.js';
import type { User } from '../../domain/user.js';
import { ADMIN, raisedVer } from '../../domain/user.js';
import { entryOfAct } from '../audit-changes.js';
import type { UserAct } from '../user-act.js';
import { judgeAct, needsAnotherAdministrator } from '../user-act.js';
import type { AddAuditEntry } from './audit-entry-store.js';
import type { SqliteClient } from './client.js';
import { BANNED, HOLDS_ROLE } from './user-filter.js';
import { changeableColumns, findUser, USER_COLUMNS, userOf } from './user-row.js';

const ADMINISTRATOR = `SELECT 1 FROM users WHERE ${HOLDS_ROLE} AND NOT ${BANNED} AND id IS NOT :except LIMIT 1`;

const UPDATE = `UPDATE users SET email_verified = :email_verified, password_hash = :password_hash,
    mail_tokens = :mail_tokens, roles = :roles, ver = :ver, floor = :floor, ver_changed_at = :ver_changed_at,
    ban_at = :ban_at, ban_by = :ban_by, ban_until = :ban_until, ban_reason = :ban_reason,
    ban_public_reason = :ban_public_reason
  WHERE id = :id RETURNING ${USER_COLUMNS}`;

const INSERT_DELETED = `INSERT OR REPLACE INTO deleted_users (id, ver, purge_at) VALUES (:id, :ver, :purge_at)`;

/** Where a change and its entry in the audit log are written, and who makes it. */
export interface AuditedWriting {
  readonly client: SqliteClient;
  readonly addEntry: AddAuditEntry;
  readonly by: AuditNote;
}

/** Whether an administrator exists who is not banned, other than `except`. */
export const hasAdministrator = (client: Pick<SqliteClient, 'first'>, now: Date, except: UserId | null): boolean =>
  client.first(ADMINISTRATOR, { role: ADMIN, now: now.getTime(), except }) !== null;

/** Carries out a guarded change in one transaction: nobody writes between what it judges by and what it does. */
export function changeUser({ client, addEntry, by }: AuditedWriting, id: UserId, act: UserAct): Promise<UserChange> {
  return client.write((now) => {
    const user = findUser(client, id);
    const refusal = judgeAct(user, act, now);
    if (user === null || refusal !== null) return refusal ?? { kind: 'not-found' };
    if (needsAnotherAdministrator(user, act, now) && !hasAdministrator(client, now, id)) {
      return { kind: 'last-administrator' };
    }
    const after = userAfter(user, act, now);
    addEntry(now, entryOfAct(act, id, by));
    if (act.kind === 'delete') return { kind: 'changed', user: deleteUser(client, after, act.retentionMs) };
    const changed = client.first(UPDATE, changeableColumns(after));
    return changed === null ? { kind: 'not-found' } : { kind: 'changed', user: userOf(changed) };
  });
}

/** A trigger notes that the tokens are void; what is kept beside that is for an account made under the same id. */
function deleteUser(client: SqliteClient, user: User, retentionMs: number): User {
  const { id, ver, verChangedAt } = user;
  client.change('DELETE FROM users WHERE id = :id', { id });
  client.change(INSERT_DELETED, { id, ver, purge_at: verChangedAt.getTime() + retentionMs });
  return user;
}

function userAfter(user: User, act: UserAct, now: Date): User {
  const ver = raisedVer(user.ver, now);
  const raised = { ...user, ver, verChangedAt: now };
  switch (act.kind) {
    case 'ban':
      return { ...raised, floor: ver, ban: { ...act.ban, at: now } };
    case 'unban':
      return { ...raised, ban: null };
    case 'grant-role':
      return { ...raised, roles: [...user.roles, act.role] };
    case 'withdraw-role':
      return { ...raised, roles: user.roles.filter((role) => role !== act.role) };
    case 'change-password':
      return { ...raised, ...withPassword(user, act.to), floor: ver };
    case 'reset-password':
      return { ...raised, ...withPassword(user, act.to), floor: ver, emailVerified: true };
    case 'raise-floor':
    case 'delete':
      return { ...raised, floor: ver };
  }
}

const withPassword = ({ mailTokens }: User, passwordHash: string): Pick<User, 'passwordHash' | 'mailTokens'> => ({
  passwordHash,
  mailTokens: mailTokens.filter(({ purpose }) => purpose !== 'password-reset'),
});
