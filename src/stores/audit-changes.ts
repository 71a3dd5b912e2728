import type { AuditAction, AuditNote, NewAuditEntry } from '../domain/audit-entry.js';
import { hashSessionId, NOBODY } from '../domain/audit-entry.js';
import type { SessionId, UserId } from '../domain/ids.js';
import type { EndReason } from '../domain/session.js';
import type { MailTokenPurpose, Role } from '../domain/user.js';
import type { ImportedUser } from '../domain/user-store.js';
import type { UserAct } from './user-act.js';

/** As much of a list of permissions as an entry keeps, in characters. */
const LONGEST_REASON = 2_000;

/** What a change adds to the log, as data: each adapter writes it in its own language. */
export const entryOf = (
  action: AuditAction,
  { actorId, sessionId, ipAddress, userAgent }: AuditNote,
  { subjectId = null, reason = null }: Partial<Pick<NewAuditEntry, 'subjectId' | 'reason'>> = {},
): NewAuditEntry => ({
  ...{ action, outcome: action === 'refresh-theft' ? 'failure' : 'success' },
  ...{ actorId, subjectId, sessionHash: sessionId && hashSessionId(sessionId), ipAddress, userAgent, reason },
});

/** Whether an end is told also where time had ended the session before: it tells of what was found out. */
export const isFinding = (reason: EndReason): boolean => reason === 'theft' || reason === 'store-restored';

/** Whether the entry, of a session, is of what its user did: who signs out is taken to be them. */
export const isByOwner = ({ action, actorId }: NewAuditEntry): boolean => action === 'sign-out' && actorId === null;

/** A guarded change of this user. */
export function entryOfAct(act: UserAct, subjectId: UserId, by: AuditNote): NewAuditEntry {
  switch (act.kind) {
    case 'ban':
      return entryOf('user-banned', by, { subjectId, reason: act.ban.reason });
    case 'unban':
      return entryOf('user-unbanned', by, { subjectId });
    case 'grant-role':
      return entryOf('role-granted', by, { subjectId, reason: act.role });
    case 'withdraw-role':
      return entryOf('role-withdrawn', by, { subjectId, reason: act.role });
    case 'raise-floor':
      return entryOf('sessions-revoked', by, { subjectId });
    case 'change-password':
      return entryOf('password-changed', by, { subjectId });
    case 'reset-password':
      return entryOf('password-reset', by, { subjectId });
    case 'delete':
      return entryOf('user-deleted', by, { subjectId });
  }
}

/** A new account, and each role that it has from the start. */
export const entriesOfNewUser = (subjectId: UserId, roles: readonly Role[], by: AuditNote): NewAuditEntry[] => [
  entryOf('user-created', by, { subjectId }),
  ...roles.map((role) => entryOf('role-granted', by, { subjectId, reason: role })),
];

/** What an account has from the start that was imported, as far as it is out of the common: its roles and its ban. */
export const entriesOfImportedUser = ({ id: subjectId, roles, ban }: ImportedUser): NewAuditEntry[] => [
  ...roles.map((role) => entryOf('role-granted', NOBODY, { subjectId, reason: role })),
  ...(ban === null ? [] : [entryOf('user-banned', NOBODY, { subjectId, reason: ban.reason })]),
];

/** A mail with a secret that the user asked for, or somebody who knows the address. */
export const entryOfMailToken = (purpose: MailTokenPurpose, subjectId: UserId, by: AuditNote): NewAuditEntry =>
  entryOf(purpose === 'password-reset' ? 'password-reset-requested' : 'email-verification-requested', by, {
    subjectId,
  });

/** What a role allows, as the entry tells it. */
export const permissionsReason = (role: string, permissions: readonly string[]): string => {
  const text = `${role}: ${permissions.join(' ')}`.trimEnd();
  return text.length <= LONGEST_REASON ? text : `${text.slice(0, LONGEST_REASON - 1)}…`;
};

/**
 * The end of a session, but for whose it is; `null` where it only follows from a change of its user, or of time, that
 * the log has told already.
 */
export function entryOfEnd(reason: EndReason, id: SessionId, by: AuditNote): NewAuditEntry | null {
  const about = { ...by, sessionId: id };
  switch (reason) {
    case 'signed-out':
      return entryOf('sign-out', about);
    case 'theft':
      return entryOf('refresh-theft', about);
    case 'revoked':
      return entryOf('session-revoked', about);
    case 'displaced':
    case 'store-restored':
      return entryOf('session-revoked', about, { reason });
    case 'banned':
    case 'password-changed':
    case 'user-deleted':
    case 'expired':
      return null;
  }
}
