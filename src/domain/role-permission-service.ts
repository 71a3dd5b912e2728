import { LRUCache } from 'lru-cache';
import { noteOf, type NotedActor } from './audit-entry.js';
import { badUserInput } from './errors.js';
import type { EmitEvent } from './events.js';
import { oneAtATime } from './one-at-a-time.js';
import { parsePermissions, permissionsIn, type Permission, type RolePermissions } from './role-permission.js';
import type { RolePermissionStore } from './role-permission-store.js';
import type { Role } from './user.js';

/** Sets of roles, of each of which it is known what they allow together; one that was forgotten is worked out again. */
const MOST_REMEMBERED = 1_000;

/** What the roles of this server allow, held in memory. A change holds from the next request on. */
export interface RolePermissionService {
  /** What these roles allow, from memory and frozen. Those that this server does not know allow nothing. */
  of(roles: readonly Role[]): readonly Permission[];
  /** Every role of this server, as it is now, also those that allow nothing. @throws AuthError `SERVICE_UNAVAILABLE` */
  list(): Promise<RolePermissions[]>;
  /**
   * Puts this list in the place of the role's, and answers it as it is kept. This server goes by it before it answers,
   * every other at the latest 5 s later. Raises nobody's `ver`.
   *
   * @throws AuthError `BAD_USER_INPUT` for a role that this server does not know, a list of more than 500, or what is
   *   no name of a permission; `SERVICE_UNAVAILABLE`: perhaps it was done, repeat it
   */
  replace(actor: NotedActor, role: Role, permissions: readonly string[]): Promise<RolePermissions>;
  /** Reads the table again, by a read that begins after the call. @throws AuthError `SERVICE_UNAVAILABLE` */
  reload(): Promise<void>;
}

export interface RolePermissionOptions {
  readonly store: RolePermissionStore;
  /** Those that this server knows. */
  readonly roles: readonly Role[];
  readonly emit: EmitEvent;
}

/** Reads what roles allow. @throws AuthError `SERVICE_UNAVAILABLE` */
export async function openRolePermissions({
  store,
  roles,
  emit,
}: RolePermissionOptions): Promise<RolePermissionService> {
  // A server meets the same few sets of roles again and again.
  const worked = new LRUCache<string, readonly Permission[]>({ max: MOST_REMEMBERED });
  let table: ReadonlyMap<Role, readonly Permission[]> = new Map();

  const reload = oneAtATime(async () => {
    const stored = new Map((await store.list()).map(({ role, permissions }) => [role, permissions]));
    table = new Map(roles.map((role) => [role, stored.get(role) ?? []]));
    worked.clear();
  });
  await reload();

  function of(held: readonly Role[]): readonly Permission[] {
    // No name of a role holds a comma.
    const key = held.join(',');
    const known = worked.get(key);
    if (known !== undefined) return known;
    const permissions = Object.freeze(permissionsIn(table, held));
    worked.set(key, permissions);
    return permissions;
  }

  return {
    of,
    reload,

    async list() {
      await reload();
      return roles.map((role) => ({ role, permissions: of([role]) }));
    },

    async replace(actor, role, given) {
      if (!roles.includes(role)) throw badUserInput('role', 'This server knows no such role.');
      const permissions = parsePermissions(given, 'permissions');
      const isChanged = await store.replace(role, permissions, noteOf(actor));
      if (isChanged) emit({ type: 'permissions.changed', role, by: actor.userId, permissions });
      // Read, not taken from the write: of two changes at once, this server must not keep the one that lost.
      await reload();
      return { role, permissions };
    },
  };
}
