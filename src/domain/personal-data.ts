import { hashSessionId, noteOf, type NotedActor } from './audit-entry.js';
import { AuthError } from './errors.js';
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
}

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
  readonly sessions: Pick<SessionService, 'listLive'>;
  readonly permissionsOf: PermissionsOf;
  readonly policy: Pick<Policy, 'roles'>;
}

/**
 * Everything held about who asks: GDPR articles 15 and 20. That they were given it stands in the audit log before.
 *
 * @throws AuthError `NOT_FOUND`
 */
export type ExportPersonalData = (actor: NotedActor) => Promise<PersonalData>;

export function createExportPersonalData(options: PersonalDataOptions): ExportPersonalData {
  const { stores, sessions, permissionsOf, policy } = options;
  return async (actor) => {
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
    };
  };
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
