import { isPermission, type Permission } from '../../domain/role-permission.js';
import type { Role } from '../../domain/user.js';

/** Reads the arguments of one directive; what is wrong with one is reported, and read as if it let nobody in. */
export interface ArgumentReader {
  has(name: string): boolean;
  /** A positive whole number; `null` where it was left out. */
  seconds(name: string): number | null;
  /** At least one role, all known; a single one stands for a list of it. */
  roles(name: string): readonly Role[];
  /** At least one permission, all well-formed; a single one stands for a list of it. */
  permissions(name: string): readonly string[];
  /** The name of a property. */
  property(name: string, defaultName: string): string;
}

interface Findings {
  readonly known: readonly Role[];
  fault(message: string): void;
}

/** @see ArgumentReader */
export const argumentReader = (args: ReadonlyMap<string, unknown>, findings: Findings): ArgumentReader => ({
  has: (name) => args.has(name),
  seconds: (name) => (args.has(name) ? readSeconds(name, args.get(name), findings) : null),
  roles: (name) => readRoles(name, args.get(name), findings),
  permissions: (name) => readPermissions(name, args.get(name), findings),
  property: (name, defaultName) => (args.has(name) ? readProperty(name, args.get(name), findings) : defaultName),
});

function readSeconds(name: string, value: unknown, { fault }: Findings): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  fault(`needs a positive whole number as ${name}, not ${JSON.stringify(value)}`);
  return 0;
}

function readRoles(name: string, value: unknown, { known, fault }: Findings): readonly Role[] {
  const roles = listOf(value);
  if (roles.length === 0) fault(`needs at least one role in ${name}`);
  const isKnown = (role: unknown): role is Role => known.some((each) => each === role);
  for (const role of roles.filter((each) => !isKnown(each))) {
    fault(`names the role ${JSON.stringify(role)} in ${name}, which is not known; known are ${known.join(', ')}`);
  }
  return roles.filter(isKnown);
}

function readPermissions(name: string, value: unknown, { fault }: Findings): readonly string[] {
  const permissions = listOf(value);
  if (permissions.length === 0) fault(`needs at least one permission in ${name}`);
  const isWellFormed = (each: unknown): each is Permission => typeof each === 'string' && isPermission(each);
  for (const each of permissions.filter((permission) => !isWellFormed(permission))) {
    fault(`names the permission ${JSON.stringify(each)} in ${name}: write it like "post:write"`);
  }
  return permissions.filter(isWellFormed);
}

/** GraphQL takes a single value for a list of it: `anyOf: ADMIN`. */
function listOf(value: unknown): readonly unknown[] {
  if (value === null || value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function readProperty(name: string, value: unknown, { fault }: Findings): string {
  if (typeof value === 'string' && value !== '') return value;
  fault(`needs the name of a property as ${name}, not ${JSON.stringify(value)}`);
  return '';
}
