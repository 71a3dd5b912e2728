import { NOBODY, type AuditNote } from '../../domain/audit-entry.js';
import type { RolePermissionStore } from '../../domain/role-permission-store.js';
import { entryOf, permissionsReason } from '../audit-changes.js';
import type { Eventual } from '../guarded.js';
import { outboxEntry, withOutbox } from './audit-outbox.js';
import type { ReadCertainly } from './certain-read.js';
import { isDuplicateKey } from './errors.js';
import { changed, literal } from './expressions.js';
import type { Models, RolePermissionsDocument } from './models.js';
import { replaceOne } from './statements.js';
import type { AuditedWriting } from './time.js';

/** What roles allow, in MongoDB: a document for each role. */
export function createRolePermissionStore(
  rolePermissions: Models['rolePermissions'],
  { time, outbox }: AuditedWriting,
  readCertainly: ReadCertainly,
): Eventual<RolePermissionStore> {
  async function write(
    role: string,
    permissions: readonly string[],
    { by, upsert }: { readonly by: AuditNote; readonly upsert: boolean },
  ): Promise<boolean> {
    const now = time.expression();
    const filter = { _id: { $eq: role }, permissions: { $ne: permissions } };
    const reason = permissionsReason(role, permissions);
    const entry = outboxEntry(entryOf('permissions-changed', by, { reason }), now);
    const replacement = withOutbox(changed({ permissions: literal(permissions) }, now), [entry]);
    const told = await outbox.settled(rolePermissions, () =>
      replaceOne(rolePermissions, filter, replacement, { now, upsert }),
    );
    return told !== null;
  }

  return {
    async replace(role, permissions, by = NOBODY) {
      try {
        return await write(role, permissions, { by, upsert: true });
      } catch (error) {
        if (!isDuplicateKey(error, '_id')) throw error;
        // The document is there: with this list already, or made by another server in between, with whatever list.
        return write(role, permissions, { by, upsert: false });
      }
    },
    // Whoever reads it may go by it for long: a primary that was replaced must not say what a role still allows.
    list: () =>
      readCertainly(async (session) => {
        const documents = await rolePermissions.find().session(session).lean<RolePermissionsDocument[]>();
        return documents.map(({ _id: role, permissions }) => ({ role, permissions }));
      }),
  };
}
