import type { Clock } from '../../domain/clock.js';
import type { Credential, Principal, UnusableCode } from '../../domain/principal.js';
import { isProtected } from './requirement.js';
import type { OwnerRule, Requirement } from './requirement.js';

/** Why a viewer is refused. */
export type RefusalCode = UnusableCode | 'FORBIDDEN' | 'REAUTHENTICATION_REQUIRED';

/** What of a principal rules are judged by. What is left out, of an application's own, satisfies no rule that asks for it. */
export type JudgedPrincipal = Pick<Principal, 'userId' | 'roles'> &
  Partial<Pick<Principal, 'permissions' | 'authenticatedAt'>>;

/** A credential, as far as rules are judged by it. */
export type JudgedCredential =
  | Exclude<Credential, { readonly kind: 'principal' }>
  | { readonly kind: 'principal'; readonly principal: JudgedPrincipal };

/** Nobody speaks. */
export const NO_CREDENTIAL: JudgedCredential = Object.freeze({ kind: 'none' });

/**
 * Why the requirement refuses this credential, or `null`. `object` is what `@owner` is judged on; before it is
 * there, judge a requirement without owners. The order is fixed: who speaks (`UNAUTHENTICATED`, or the code of the
 * credential that is not usable), then what they may (`FORBIDDEN`), and only then how fresh their proof is
 * (`REAUTHENTICATION_REQUIRED`), so that nobody types a password for something they may not do anyway.
 */
export function judge(
  requirement: Requirement,
  credential: JudgedCredential,
  clock: Clock,
  object: unknown,
): RefusalCode | null {
  // Before all else, since it is what nearly every field of a list finds. Not by its opposite: a kind that is not known
  // speaks for nobody.
  if (credential.kind === 'principal') return judgePrincipal(requirement, credential.principal, clock, object);
  if (!isProtected(requirement)) return null;
  return credential.kind === 'unusable' ? credential.code : 'UNAUTHENTICATED';
}

function judgePrincipal(
  { roles, permissions, owners, maxAgeSeconds }: Requirement,
  principal: JudgedPrincipal,
  clock: Clock,
  object: unknown,
): RefusalCode | null {
  if (roles.length > 0 && !holdsOneOfEach(principal.roles, roles)) return 'FORBIDDEN';
  if (permissions.length > 0 && !holdsOneOfEach(principal.permissions ?? [], permissions)) return 'FORBIDDEN';
  if (owners.length > 0 && !satisfiesOwners(owners, principal, object)) return 'FORBIDDEN';
  return maxAgeSeconds === null || isFresh(principal, maxAgeSeconds, clock) ? null : 'REAUTHENTICATION_REQUIRED';
}

// Loops, since a closure per field would be garbage on every list.
function holdsOneOfEach(held: readonly string[], lists: readonly (readonly string[])[]): boolean {
  for (const anyOf of lists) {
    if (!holdsOneOf(held, anyOf)) return false;
  }
  return true;
}

function satisfiesOwners(owners: readonly OwnerRule[], principal: JudgedPrincipal, object: unknown): boolean {
  for (const owner of owners) {
    if (!isOwner(principal, owner, object) && !holdsOneOf(principal.roles, owner.orRole)) return false;
  }
  return true;
}

function holdsOneOf(held: readonly string[], anyOf: readonly string[]): boolean {
  // An application's principal may be of no type: a text such as an OAuth scope would hold every part of a word in it.
  if (!Array.isArray(held)) return false;
  for (const name of anyOf) {
    if (held.includes(name)) return true;
  }
  return false;
}

// `<=`, so that exactly that age passes and a date that is none (NaN) does not.
const isFresh = ({ authenticatedAt }: JudgedPrincipal, maxAgeSeconds: number, clock: Clock): boolean =>
  authenticatedAt !== undefined && clock.now().getTime() - authenticatedAt.getTime() <= maxAgeSeconds * 1000;

function isOwner(principal: JudgedPrincipal, { field }: OwnerRule, object: unknown): boolean {
  if (typeof object !== 'object' || object === null) return false;
  const id = idText((object as Record<string, unknown>)[field]);
  return id !== null && id === principal.userId;
}

/**
 * What an id says, of the kinds that databases give out; `null` for all else. An array or object is never asked for
 * its `toString` (`['42']` would speak for user 42), a promise or method would have to be waited for or called.
 */
function idText(id: unknown): string | null {
  if (typeof id === 'string') return id;
  if (typeof id === 'bigint' || Number.isSafeInteger(id)) return String(id);
  if (typeof id !== 'object' || id === null) return null;
  const { toHexString } = id as { readonly toHexString?: unknown };
  if (typeof toHexString !== 'function') return null;
  const hex: unknown = Reflect.apply(toHexString, id, []); // MongoDB's ObjectId
  return typeof hex === 'string' ? hex : null;
}
