import type { Session } from './session.js';
import type { Role, User } from './user.js';

/** What the application adds to an access token, and finds in `principal.claims`. */
export type Claims = Readonly<Record<string, unknown>>;

/** What the application is told of the user: no hash, and nothing that only the store needs. */
export interface ClaimsUser extends Pick<User, 'id' | 'email' | 'emailVerified' | 'createdAt'> {
  /** Those that this server knows. */
  readonly roles: readonly Role[];
}
/** What the application is told of the session. */
export type ClaimsSession = Pick<Session, 'id' | 'createdAt' | 'authenticatedAt' | 'transport' | 'deviceName'>;

/** Asked at each sign-in and refresh. */
export type AddClaims = (user: ClaimsUser, session: ClaimsSession) => Claims | Promise<Claims>;

/** The token's own: RFC 7519 section 4.1, RFC 9068, and what revocation goes by. */
const RESERVED = new Set([
  ...['iss', 'aud', 'sub', 'sid', 'iat', 'exp', 'nbf', 'jti'],
  ...['gen', 'ver', 'roles', 'auth_time'],
]);

/** A token travels in a cookie, of which browsers drop those over 4,096 bytes without a word. RFC 6265 section 6.1. */
const LARGEST_BYTES = 2_048;

export const NO_CLAIMS: Claims = Object.freeze({});

/** Throws a `TypeError` that names every claim which is the token's own. */
export function assertNotReserved(names: readonly string[]): void {
  const reserved = names.filter((name) => RESERVED.has(name));
  if (reserved.length === 0) return;
  throw new TypeError(`claims: ${reserved.join(', ')}: is the access token's own: take another name`);
}

/**
 * What is added to this session's access token, as its reader will find it: JSON, frozen.
 *
 * @throws TypeError where the application's answer has a reserved name, is no object, or is over 2,048 bytes
 */
export async function claimsFor(addClaims: AddClaims, user: ClaimsUser, session: Session): Promise<Claims> {
  const added: unknown = await addClaims(toClaimsUser(user), toClaimsSession(session));
  if (typeof added !== 'object' || added === null || Array.isArray(added)) {
    throw new TypeError('claims: has to answer an object; an empty one for nothing');
  }
  const text = JSON.stringify(added);
  if (Buffer.byteLength(text) > LARGEST_BYTES) {
    throw new TypeError(`claims: come to over ${LARGEST_BYTES} bytes of JSON: browsers would drop the cookie`);
  }
  const claims = JSON.parse(text) as Claims;
  assertNotReserved(Object.keys(claims));
  return deepFreeze(claims);
}

/** The claims that are not the token's own, frozen: they are handed out again and again. */
export function addedClaimsOf(payload: Readonly<Record<string, unknown>>): Claims {
  const names = Object.keys(payload).filter((name) => !RESERVED.has(name));
  return names.length === 0 ? NO_CLAIMS : deepFreeze(Object.fromEntries(names.map((name) => [name, payload[name]])));
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}

const toClaimsUser = ({ id, email, emailVerified, roles, createdAt }: ClaimsUser): ClaimsUser => ({
  ...{ id, email, emailVerified, roles: [...roles], createdAt },
});

const toClaimsSession = ({ id, createdAt, authenticatedAt, transport, deviceName }: Session): ClaimsSession => ({
  ...{ id, createdAt, authenticatedAt, transport, deviceName },
});
