import type { JWTPayload } from 'jose';
import { addedClaimsOf, type Claims } from './added-claims.js';
import type { SessionId, UserId } from './ids.js';

/** RFC 9068 section 2.1. */
export const ACCESS_TOKEN_TYPE = 'at+jwt';

/** What an access token says, each of its type. */
export interface AccessTokenClaims {
  readonly userId: UserId;
  readonly sessionId: SessionId;
  readonly generation: number;
  readonly ver: number;
  readonly roles: readonly string[];
  /** The last proof of the password. */
  readonly authenticatedAtSeconds: number;
  readonly issuedAtSeconds: number;
  readonly notBeforeSeconds: number;
  readonly expiresAtSeconds: number;
  /** The application's. */
  readonly added: Claims;
}

/**
 * Reads the claims of a token whose signature holds; `null` where one is missing, or not of its type. No signature stands
 * for the types: other programs may sign with the same key, and an older or newer version of this one.
 */
export function readClaims(payload: JWTPayload): AccessTokenClaims | null {
  const { sub, sid, gen, ver, roles, auth_time, jti, iat, nbf, exp } = payload as Readonly<Record<string, unknown>>;
  if (!isName(sub) || !isName(sid) || !isName(jti)) return null;
  if (!isCount(gen) || !isCount(ver) || !isCount(auth_time)) return null;
  if (!isCount(iat) || !isCount(exp) || !(nbf === undefined || isCount(nbf))) return null;
  if (!Array.isArray(roles) || !roles.every((role) => typeof role === 'string')) return null;
  return {
    userId: sub as UserId,
    sessionId: sid as SessionId,
    generation: gen,
    ver,
    roles,
    authenticatedAtSeconds: auth_time,
    issuedAtSeconds: iat,
    notBeforeSeconds: nbf ?? iat,
    expiresAtSeconds: exp,
    added: addedClaimsOf(payload),
  };
}

const isName = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
