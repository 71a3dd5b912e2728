import type { RolePermissionStore } from '../../domain/role-permission-store.js';
import type { Eventual } from '../guarded.js';
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
export const createRolePermissionStore = (client: SqliteClient): Eventual<RolePermissionStore> => ({
  replace: (role, permissions) =>
    client.write(() => client.first(REPLACE, { role, permissions: JSON.stringify(permissions) }) !== null),
  list: () =>
    client.all('SELECT role, permissions FROM role_permissions').map((columns) => {
      const { role, permissions } = columns as unknown as Row;
      return { role, permissions: JSON.parse(permissions) as string[] };
    }),
});
