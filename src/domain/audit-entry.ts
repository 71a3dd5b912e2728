import type { UserId, SecretHash, SessionId } from './ids.js';
import { hashSecret } from './secrets.js';
import type { ClientInfo } from './session.js';
import { ADMIN, type Role } from './user.js';

/** What the audit log tells of. */
export const AUDIT_ACTIONS = [
  ...(['sign-in', 'sign-out', 'reauthentication', 'refresh-theft', 'session-revoked', 'sessions-revoked'] as const),
  ...(['user-created', 'user-deleted', 'user-banned', 'user-unbanned'] as const),
  ...(['data-exported', 'users-exported', 'users-imported', 'audit-log-resumed'] as const),
  ...(['role-granted', 'role-withdrawn', 'permissions-changed'] as const),
  ...(['password-changed', 'password-reset-requested', 'password-reset'] as const),
  ...(['email-verification-requested', 'email-verified'] as const),
  ...(['signing-key-created', 'signing-key-activated', 'signing-key-revoked', 'signing-key-reencrypted'] as const),
  'signing-key-deleted' as const,
] as const;

export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** Whether it was done, or refused or found out. */
export type AuditOutcome = 'success' | 'failure';

/** One thing that happened, as the log keeps it. Holds no token, no password, and no address that somebody typed. */
export interface AuditEntry {
  /** 128 bits, base64url; tells nothing. */
  readonly id: string;
  /** By the store's clock, in the very statement that changed what this tells of. */
  readonly at: Date;
  readonly action: AuditAction;
  readonly outcome: AuditOutcome;
  /** Who did it; `null`: the server itself, somebody at the command line, or nobody knows who. */
  readonly actorId: UserId | null;
  /** Whose account it is about; `null`: nobody's, or that of an unknown address. Stays when the account is gone. */
  readonly subjectId: UserId | null;
  /** SHA-256 of the id of the session that it is about, or else of the one that it was done in; base64url. */
  readonly sessionHash: SecretHash | null;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  /** Why: what somebody gave for a reason, the code of a refusal, or what was changed (a role, the `kid` of a key). */
  readonly reason: string | null;
}

/** An entry that has no place in the log yet. */
export type NewAuditEntry = Omit<AuditEntry, 'id' | 'at'>;

/** Where somebody acts from, as far as the request tells. */
export type ClientAddress = Pick<ClientInfo, 'ipAddress' | 'userAgent'>;

/** Who makes a change, in which session, and from where: goes with each change into its entry. */
export interface AuditNote extends ClientAddress {
  readonly actorId: UserId | null;
  readonly sessionId: SessionId | null;
}

/** The server itself, or somebody at the command line. */
export const NOBODY: AuditNote = Object.freeze({ actorId: null, sessionId: null, ipAddress: null, userAgent: null });

/** As much of an actor as goes into the log. */
export interface NotedActor {
  /** `null`: somebody at the command line. */
  readonly userId: UserId | null;
  readonly sessionId?: SessionId | null | undefined;
  /** Where from; left out: nobody knows. */
  readonly client?: ClientAddress | undefined;
}

/** Who acts: the principal of a request, or somebody at the command line. */
export interface Actor extends NotedActor {
  readonly roles: readonly Role[];
}

/** Whoever can run commands on the store may do what an administrator may. */
export const OPERATOR: Actor = Object.freeze({ userId: null, roles: Object.freeze([ADMIN]) });

/** Somebody who is not known, or not yet, from there. */
export const noteFrom = ({ ipAddress, userAgent }: ClientAddress = NOBODY): AuditNote => ({
  ...NOBODY,
  ...{ ipAddress, userAgent },
});

/** This user, in this session, from there. */
export const noteOf = ({ userId, sessionId = null, client }: NotedActor): AuditNote => ({
  ...noteFrom(client),
  ...{ actorId: userId, sessionId },
});

/** What of a session's id stands in the log: enough to find its entries by, and nothing to name the session with. */
export const hashSessionId = (id: SessionId): SecretHash => hashSecret(id);
