import { NOBODY } from '../../domain/audit-entry.js';
import type { RolePermissionStore } from '../../domain/role-permission-store.js';
import { entryOf, permissionsReason } from '../audit-changes.js';
import type { Eventual } from '../guarded.js';
import type { AddAuditEntry } from './audit-entry-store.js';
import type { SqliteClient } from './client.js';

interface Row {
  readonly role: string;
  readonly permissions: string;
}

const REPLACE = `INSERT INTO role_permissions (role, permissions) VALUES (:role, :permissions)
  ON CONFLICT (role) DO UPDATE SET permissions = excluded.permissions
    WHERE role_permissions.permissions <> excluded.permissions
  RETURNING role`;

/** What roles allow, in SQLite. */
export const createRolePermissionStore = (
  client: SqliteClient,
  addEntry: AddAuditEntry,
): Eventual<RolePermissionStore> => ({
  replace: (role, permissions, by = NOBODY) =>
    client.write((now) => {
      if (client.first(REPLACE, { role, permissions: JSON.stringify(permissions) }) === null) return false;
      addEntry(now, entryOf('permissions-changed', by, { reason: permissionsReason(role, permissions) }));
      return true;
    }),
  list: () =>
    client.all('SELECT role, permissions FROM role_permissions').map((columns) => {
      const { role, permissions } = columns as unknown as Row;
      return { role, permissions: JSON.parse(permissions) as string[] };
    }),
});
