import type { Role } from '../../domain/user.js';

/** Reads the arguments of one directive; what is wrong with one is reported, and read as if it let nobody in. */
export interface ArgumentReader {
  has(name: string): boolean;
  /** A positive whole number; `null` where it was left out. */
  seconds(name: string): number | null;
  /** At least one role, all known; a single one stands for a list of it. */
  roles(name: string): readonly Role[];
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
  property: (name, defaultName) => (args.has(name) ? readProperty(name, args.get(name), findings) : defaultName),
});

function readSeconds(name: string, value: unknown, { fault }: Findings): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  fault(`needs a positive whole number as ${name}, not ${JSON.stringify(value)}`);
  return 0;
}

function readRoles(name: string, value: unknown, { known, fault }: Findings): readonly Role[] {
  if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) {
    fault(`needs at least one role in ${name}`);
    return [];
  }
  // GraphQL takes a single value for a list of it: `anyOf: ADMIN`.
  const roles: unknown[] = Array.isArray(value) ? value : [value];
  const isKnown = (role: unknown): role is Role => typeof role === 'string' && known.includes(role);
  for (const role of roles.filter((each) => !isKnown(each))) {
    fault(`names the role ${JSON.stringify(role)} in ${name}, which is not known; known are ${known.join(', ')}`);
  }
  return roles.filter(isKnown);
}

function readProperty(name: string, value: unknown, { fault }: Findings): string {
  if (typeof value === 'string' && value !== '') return value;
  fault(`needs the name of a property as ${name}, not ${JSON.stringify(value)}`);
  return '';
}
