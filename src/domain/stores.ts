import type { AuditEntryStore } from './audit-entry-store.js';
import type { AttemptStore } from './attempt-store.js';
import type { Clock } from './clock.js';
import type { RevocationStore } from './revocation-store.js';
import type { RolePermissionStore } from './role-permission-store.js';
import type { SessionStore } from './session-store.js';
import type { SetUpCodeStore } from './set-up-code-store.js';
import type { SigningKeyStore } from './signing-key-store.js';
import type { UserStore } from './user-store.js';

/** One database, as the domain sees it. */
export interface Stores {
  readonly users: UserStore;
  readonly sessions: SessionStore;
  readonly signingKeys: SigningKeyStore;
  readonly setUpCodes: SetUpCodeStore;
  readonly rolePermissions: RolePermissionStore;
  readonly auditEntries: AuditEntryStore;
  readonly revocations: RevocationStore;
  readonly attempts: AttemptStore;
  /** The database's time, followed without asking it each time. */
  readonly clock: Clock;
  /** Resolves while the database answers; rejects with `SERVICE_UNAVAILABLE`, within 2 seconds, when it does not. */
  ping(): Promise<void>;
  /**
   * Whether the audit log takes entries: not since it refused one for good, as where the database's user may not write
   * it, until it takes one again. What is away only is told by `ping`.
   */
  isAuditLogTaking(): boolean;
  /** Ends the feeds and lets go of the database. What was acknowledged stays. */
  close(): Promise<void>;
}
