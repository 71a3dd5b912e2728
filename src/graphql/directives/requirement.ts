import type { Role } from '../../domain/user.js';

/** Lets in the viewer whose id the object holds in `field`, and whoever holds one of `orRole`. */
export interface OwnerRule {
  readonly field: string;
  readonly orRole: readonly Role[];
}

/** What a viewer has to satisfy: every part of it. */
export interface Requirement {
  /** The root field says `@public` itself. Takes nothing away from the other parts. */
  readonly isPublic: boolean;
  /** Some rule asks for a signed-in viewer, whoever that is. */
  readonly auth: boolean;
  /** How old the last proof of the password may be; `null`: of any age. */
  readonly maxAgeSeconds: number | null;
  /** Of each list, one role. */
  readonly roles: readonly (readonly Role[])[];
  /** Of each list, one permission. */
  readonly permissions: readonly (readonly string[])[];
  /** Judged on the object, when it is there. */
  readonly owners: readonly OwnerRule[];
}

/** Asks for nothing. */
export const NO_REQUIREMENT: Requirement = Object.freeze({
  isPublic: false,
  auth: false,
  maxAgeSeconds: null,
  roles: [],
  permissions: [],
  owners: [],
});

/** Whether anybody could be refused by it. */
export const isProtected = (requirement: Requirement): boolean =>
  requirement.auth ||
  requirement.roles.length > 0 ||
  requirement.permissions.length > 0 ||
  requirement.owners.length > 0;

/** The part that can be judged before the object is there. */
export const withoutOwners = (requirement: Requirement): Requirement => ({ ...requirement, owners: [] });

/** The conjunction: whoever satisfies it satisfies each. The order of its parts follows no order of the arguments. */
export function combine(all: readonly Requirement[]): Requirement {
  // Most elements of a schema ask for nothing, and a server that starts combines thousands.
  const requirements = all.filter((requirement) => requirement !== NO_REQUIREMENT);
  if (requirements.length === 0) return NO_REQUIREMENT;
  const ages = requirements.flatMap(({ maxAgeSeconds }) => (maxAgeSeconds === null ? [] : [maxAgeSeconds]));
  return {
    isPublic: requirements.some(({ isPublic }) => isPublic),
    auth: requirements.some(({ auth }) => auth),
    maxAgeSeconds: ages.length === 0 ? null : Math.min(...ages),
    roles: distinct(requirements.flatMap(({ roles }) => roles).map(sorted), (roles) => roles),
    permissions: distinct(requirements.flatMap(({ permissions }) => permissions).map(sorted), (anyOf) => anyOf),
    owners: distinct(
      requirements.flatMap(({ owners }) => owners).map(({ field, orRole }) => ({ field, orRole: sorted(orRole) })),
      ({ field, orRole }) => [field, orRole],
    ),
  };
}

/** Equal for requirements that ask for the same. */
export const requirementKey = ({ owners, ...others }: Requirement): string =>
  JSON.stringify([
    ...[others.isPublic, others.auth, others.maxAgeSeconds, others.roles, others.permissions],
    ...owners.map(({ field, orRole }) => [field, orRole]),
  ]);

const sorted = <Name extends string>(names: readonly Name[]): readonly Name[] => [...new Set(names)].sort();

/** Each value once, ordered by its key. */
function distinct<Value>(values: readonly Value[], identity: (value: Value) => unknown): readonly Value[] {
  if (values.length < 2) return values;
  const byKey = new Map(values.map((value) => [JSON.stringify(identity(value)), value]));
  return [...byKey].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, value]) => value);
}
