import { badUserInput } from './errors.js';
import type { Role } from './user.js';

/** One act that a role allows, such as `post:write`. What it means, the application decides. */
export type Permission = string;

/** What one role allows: each permission once, sorted. */
export interface RolePermissions {
  readonly role: Role;
  readonly permissions: readonly Permission[];
}

/** The same as it is stored: of any role that ever was given a list. */
export interface StoredRolePermissions {
  readonly role: string;
  readonly permissions: readonly Permission[];
}

/** What a set of roles allows: each permission once, sorted. From memory. */
export type PermissionsOf = (roles: readonly Role[]) => readonly Permission[];

const LONGEST_NAME = 100;
/** Of one role. Every server holds all of them in memory, and hands them out with every principal. */
const MOST_PERMISSIONS = 500;
/** Words with `:` between them. No wildcards: what a name allows must not hang on how somebody reads it. */
const NAME = /^[A-Za-z][\w.-]*(?::[A-Za-z0-9_][\w.-]*)*$/;

/**
 * The list as it is kept: each permission once, sorted.
 *
 * @throws AuthError `BAD_USER_INPUT` with `field` for a list of more than 500, and for what is no name
 */
export function parsePermissions(permissions: readonly string[], field: string): Permission[] {
  if (permissions.length > MOST_PERMISSIONS) {
    throw badUserInput(field, `A role has at most ${MOST_PERMISSIONS} permissions.`);
  }
  if (!permissions.every(isPermission)) {
    throw badUserInput(
      field,
      `A permission is a name such as post:write: at most ${LONGEST_NAME} letters, digits, "_", "-", "." and ":", the first a letter.`,
    );
  }
  return distinct(permissions);
}

/** Whether this can be the name of a permission. */
export const isPermission = (name: string): name is Permission => name.length <= LONGEST_NAME && NAME.test(name);

/** What these roles allow together, by this table: a role that is not in it allows nothing. */
export const permissionsIn = (
  table: ReadonlyMap<Role, readonly Permission[]>,
  roles: readonly Role[],
): readonly Permission[] => distinct(roles.flatMap((role) => table.get(role) ?? []));

/** By code units, so that every server and both databases order them alike. */
const distinct = (permissions: readonly Permission[]): Permission[] => [...new Set(permissions)].sort();
