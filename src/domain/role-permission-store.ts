import type { AuditNote } from './audit-entry.js';
import type { Permission, StoredRolePermissions } from './role-permission.js';
import type { Role } from './user.js';

/**
 * What roles allow, as the domain asks a database for it. Atomic, durable and `SERVICE_UNAVAILABLE` as in
 * `SessionStore`. Whatever is changed, be it by another node or by a hand in the database, the revocation feed tells.
 */
export interface RolePermissionStore {
  /**
   * Puts this list, sorted and without repetition, in the place of the role's, and adds to the audit log that `by` did
   * so (left out: the server itself). `false`, and nothing written, where it is so already.
   */
  replace(role: Role, permissions: readonly Permission[], by?: AuditNote): Promise<boolean>;
  /**
   * Every role that ever was given a list, also one that no server knows any more, in any order; no change that was
   * acknowledged before the call is missing.
   */
  list(): Promise<StoredRolePermissions[]>;
}
