import type { RolePermissionStore } from '../../domain/role-permission-store.js';
import type { Eventual } from '../guarded.js';
import type { ReadCertainly } from './certain-read.js';
import { isDuplicateKey } from './errors.js';
import { changed, literal } from './expressions.js';
import type { Models, RolePermissionsDocument } from './models.js';
import { replaceOne } from './statements.js';
import type { StoreTime } from './time.js';

/** What roles allow, in MongoDB: a document for each role. */
export function createRolePermissionStore(
  rolePermissions: Models['rolePermissions'],
  time: StoreTime,
  readCertainly: ReadCertainly,
): Eventual<RolePermissionStore> {
  async function write(role: string, permissions: readonly string[], upsert: boolean): Promise<boolean> {
    const now = time.expression();
    const filter = { _id: { $eq: role }, permissions: { $ne: permissions } };
    const replacement = changed({ permissions: literal(permissions) }, now);
    return (await replaceOne(rolePermissions, filter, replacement, { now, upsert })) !== null;
  }

  return {
    async replace(role, permissions) {
      try {
        return await write(role, permissions, true);
      } catch (error) {
        if (!isDuplicateKey(error, '_id')) throw error;
        // The document is there: with this list already, or made by another server in between, with whatever list.
        return write(role, permissions, false);
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
