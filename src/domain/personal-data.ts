import { hashSessionId, noteOf, type AuditEntry, type NotedActor } from './audit-entry.js';
import type { Attempts } from './attempt-service.js';
import type { AuditEntryStore, AuditFilter } from './audit-entry-store.js';
import { AuthError } from './errors.js';
import type { UserId } from './ids.js';
import type { Policy } from './policy.js';
import type { PermissionsOf } from './role-permission.js';
import type { Session } from './session.js';
import type { SessionService } from './session-service.js';
import type { Stores } from './stores.js';
import { activeBan, knownRoles, type Ban, type User } from './user.js';

/** What is held about a user, but for what proves who they are and what others wrote for each other. */
export interface PersonalData {
  readonly exportedAt: Date;
  readonly user: Pick<User, 'id' | 'email' | 'emailVerified' | 'createdAt' | 'lastSignInAt' | 'roles'> & {
    readonly permissions: readonly string[];
    readonly ban: Pick<Ban, 'at' | 'until' | 'publicReason'> | null;
  };
  /** Those that are live. */
  readonly sessions: readonly ExportedSession[];
  /** What the audit log has of the user, newest first: the last 10,000. */
  readonly history: readonly ExportedEntry[];
  /** Whether the log has more of them: an administrator can read it all. */
  readonly hasMoreHistory: boolean;
}

/** Where somebody else acted from is theirs, and so is why; `null` then. */
type ExportedEntry = Pick<AuditEntry, 'at' | 'action' | 'outcome' | 'ipAddress' | 'userAgent' | 'reason'>;

type ExportedSession = Pick<
  Session,
  | 'id'
  | 'createdAt'
  | 'authenticatedAt'
  | 'lastSeenAt'
  | 'expiresAt'
  | 'transport'
  | 'deviceName'
  | 'userAgent'
  | 'ipAddress'
  | 'signInEmail'
>;

export interface PersonalDataOptions {
  readonly stores: Pick<Stores, 'users' | 'auditEntries' | 'clock'>;
  readonly attempts: Attempts;
  readonly sessions: Pick<SessionService, 'listLive'>;
  readonly permissionsOf: PermissionsOf;
  readonly policy: Pick<Policy, 'roles'>;
  /**
   * How much of the history is read, held and answered at once: 10,000 entries by default, some megabytes. Others can add
   * to it, by failed sign-ins.
   */
  readonly mostEntries?: number | undefined;
}

/**
 * Everything held about who asks: GDPR articles 15 and 20. That they were given it stands in the audit log before.
 *
 * @throws AuthError `NOT_FOUND`; `RATE_LIMITED`
 */
export type ExportPersonalData = (actor: NotedActor & { readonly userId: UserId }) => Promise<PersonalData>;

export function createExportPersonalData(options: PersonalDataOptions): ExportPersonalData {
  const { stores, attempts, sessions, permissionsOf, policy, mostEntries = 10_000 } = options;

  async function exportFor(actor: NotedActor & { readonly userId: UserId }): Promise<PersonalData> {
    const { userId } = actor;
    const user = await stores.users.findById(userId);
    if (user === null) throw new AuthError('NOT_FOUND');
    const exportedAt = stores.clock.now();
    const roles = knownRoles(user, policy.roles);
    const ban = activeBan(user, exportedAt);
    const live = (await sessions.listLive([user])).get(user.id) ?? [];
    const { actorId, sessionId, ...from } = noteOf(actor);
    const sessionHash = sessionId && hashSessionId(sessionId);
    const entry = { action: 'data-exported', outcome: 'success', reason: null } as const;
    await stores.auditEntries.create({ ...entry, ...from, actorId, subjectId: userId, sessionHash });
    const { id, email, emailVerified, createdAt, lastSignInAt } = user;
    return {
      exportedAt,
      user: {
        ...{ id, email, emailVerified, createdAt, lastSignInAt, roles },
        permissions: permissionsOf(roles),
        ban: ban && { at: ban.at, until: ban.until, publicReason: ban.publicReason },
      },
      sessions: live.map(toExported),
      ...(await readHistory(stores.auditEntries, id, mostEntries)),
    };
  }

  return (actor) => {
    const attempt = { kind: 'export-data', account: actor.userId, ipAddress: null, knownAs: null } as const;
    return attempts.run(attempt, () => exportFor(actor));
  };
}

const PAGE = 500;

async function readHistory(
  auditEntries: Pick<AuditEntryStore, 'list'>,
  userId: UserId,
  most: number,
): Promise<Pick<PersonalData, 'history' | 'hasMoreHistory'>> {
  const listed = [
    ...(await listNewest(auditEntries, { subjectId: userId }, most + 1)),
    ...(await listNewest(auditEntries, { actorId: userId }, most + 1)),
  ];
  const entries = new Map(listed.map((entry) => [entry.id, entry]));
  const history = [...entries.values()]
    .sort((left, right) => right.at.getTime() - left.at.getTime())
    .map((entry) => toExportedEntry(entry, userId));
  return { history: history.slice(0, most), hasMoreHistory: history.length > most };
}

async function listNewest(
  auditEntries: Pick<AuditEntryStore, 'list'>,
  filter: AuditFilter,
  most: number,
): Promise<readonly AuditEntry[]> {
  const found: AuditEntry[] = [];
  let after: AuditEntry | null = null;
  do {
    const page: AuditEntry[] = await auditEntries.list(filter, Math.min(PAGE, most), after);
    found.push(...page);
    after = page.length < Math.min(PAGE, most) ? null : (page.at(-1) ?? null);
  } while (after !== null && found.length < most);
  return found;
}

function toExportedEntry(entry: AuditEntry, userId: UserId): ExportedEntry {
  const { at, action, outcome, actorId, ipAddress, userAgent, reason } = entry;
  // Nobody knows who a failed try was by: perhaps by the user.
  const isOwn = actorId === userId || (actorId === null && outcome === 'failure');
  const from = isOwn ? { ipAddress, userAgent } : { ipAddress: null, userAgent: null };
  const isAboutThem = entry.subjectId === userId && action !== 'user-banned';
  return { at, action, outcome, ...from, reason: isAboutThem ? reason : null };
}

const toExported = (session: Session): ExportedSession => ({
  id: session.id,
  createdAt: session.createdAt,
  authenticatedAt: session.authenticatedAt,
  lastSeenAt: session.lastSeenAt,
  expiresAt: session.expiresAt,
  transport: session.transport,
  deviceName: session.deviceName,
  userAgent: session.userAgent,
  ipAddress: session.ipAddress,
  signInEmail: session.signInEmail,
});
