import { randomInt, randomUUID } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import type { Clock } from './clock.js';
import type { SessionId, UserId } from './ids.js';
import type { Principal } from './principal.js';
import { sessionExpiry, type Session } from './session.js';
import type { SigningKeys } from './signing-key-service.js';
import { knownRoles, type Role, type User } from './user.js';

/** RFC 9068 section 2.1. */
const TYPE = 'at+jwt';
/** Between clocks of servers that follow one database. */
const TOLERANCE_SECONDS = 5;
/** By how much of its lifetime a token is shortened at most, at random, so that clients do not refresh in step. */
const LARGEST_SHORTENING = 0.05;
const REQUIRED_CLAIMS = ['sub', 'sid', 'iat', 'exp', 'jti', 'gen', 'ver', 'roles', 'auth_time'];

export interface AccessTokenOptions {
  readonly signingKeys: SigningKeys;
  /** Asked at each use: an address that is picked when the server binds is not known before. */
  readonly issuer: () => string;
  readonly audience: () => string;
  /** The lifetime: 600 by default. */
  readonly ttlSeconds: number;
  /** Those that this server knows. */
  readonly roles: readonly Role[];
  readonly clock: Clock;
}

export interface IssuedAccessToken {
  readonly token: string;
  readonly principal: Principal;
  readonly expiresAt: Date;
  readonly expiresInSeconds: number;
}

/** What an access token proved to be. */
export type AccessTokenVerification =
  | { readonly kind: 'valid'; readonly principal: Principal; readonly generation: number }
  /** Ours, and over. */
  | { readonly kind: 'expired'; readonly sessionId: SessionId }
  /** Looks like ours, and is not good. */
  | { readonly kind: 'invalid' }
  /** No JWT of ours: somebody else's business. */
  | { readonly kind: 'foreign' };

/** Signs access tokens and verifies them, with no read. JWTs, modeled on RFC 9068. */
export interface AccessTokens {
  /** Signs a token for the session in the state that the store gave at `now`; `iat` is that moment. */
  issue(session: Session, user: User, now: Date): Promise<IssuedAccessToken>;
  verify(token: string): Promise<AccessTokenVerification>;
}

export function createAccessTokens(options: AccessTokenOptions): AccessTokens {
  const { signingKeys, issuer, audience, ttlSeconds, clock } = options;

  async function issue(session: Session, user: User, now: Date): Promise<IssuedAccessToken> {
    const issuedAt = Math.floor(now.getTime() / 1000);
    const expiry = Math.min(
      issuedAt + ttlSeconds - randomInt(Math.floor(ttlSeconds * LARGEST_SHORTENING) + 1),
      Math.floor(sessionExpiry(session).getTime() / 1000),
    );
    const roles = knownRoles(user, options.roles);
    const authenticatedAtSeconds = Math.floor(session.authenticatedAt.getTime() / 1000);
    const key = signingKeys.active();
    const token = await new SignJWT({
      sid: session.id,
      gen: session.generation,
      ver: user.ver,
      roles,
      auth_time: authenticatedAtSeconds,
    })
      .setProtectedHeader({ alg: key.algorithm, kid: key.kid, typ: TYPE })
      .setIssuer(issuer())
      .setAudience(audience())
      .setSubject(user.id)
      .setJti(randomUUID())
      .setIssuedAt(issuedAt)
      .setExpirationTime(expiry)
      .sign(key.privateKey);
    const authenticatedAt = new Date(authenticatedAtSeconds * 1000);
    return {
      token,
      principal: { userId: user.id, sessionId: session.id, roles, authenticatedAt, claims: {} },
      expiresAt: new Date(expiry * 1000),
      expiresInSeconds: Math.max(0, expiry - issuedAt),
    };
  }

  async function verify(token: string): Promise<AccessTokenVerification> {
    const kid = findKid(token, issuer());
    if (kid === undefined) return { kind: 'foreign' };
    const key = signingKeys.find(kid);
    if (key === null) return { kind: 'invalid' };
    try {
      const { payload } = await jwtVerify(token, key.publicKey, {
        issuer: issuer(),
        audience: audience(),
        typ: TYPE,
        algorithms: [key.algorithm],
        requiredClaims: REQUIRED_CLAIMS,
        currentDate: clock.now(),
        clockTolerance: TOLERANCE_SECONDS,
        // A token older than the lifetime now configured is expired, whatever it says.
        maxTokenAge: ttlSeconds,
      });
      return { kind: 'valid', principal: readPrincipal(payload, options.roles), generation: payload['gen'] as number };
    } catch (error) {
      if (error instanceof errors.JWTExpired) return { kind: 'expired', sessionId: error.payload['sid'] as SessionId };
      if (error instanceof errors.JOSEError) return { kind: 'invalid' };
      throw error;
    }
  }

  return { issue, verify };
}

/** The `kid` of what looks like a token of ours, before any of it is believed; `undefined` for anything else. */
function findKid(token: string, issuer: string): string | undefined {
  if (!isCompactJws(token)) return undefined;
  try {
    const { kid, typ } = decodeProtectedHeader(token);
    return typ === TYPE && decodeJwt(token).iss === issuer ? (kid ?? '') : undefined;
  } catch {
    return undefined;
  }
}

/** Three parts, each spelled as base64url is, and in one way alone: jose reads past spaces and stray bits. RFC 7515 section 2. */
const isCompactJws = (token: string): boolean => {
  const parts = token.split('.');
  return parts.length === 3 && parts.every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
};

/** What the token says of its bearer; our signature stands for the types. */
function readPrincipal(payload: JWTPayload, roles: readonly Role[]): Principal {
  return {
    userId: payload.sub as UserId,
    sessionId: payload['sid'] as SessionId,
    roles: knownRoles({ roles: payload['roles'] as Role[] }, roles),
    authenticatedAt: new Date((payload['auth_time'] as number) * 1000),
    claims: {},
  };
}
