import { errors, jwtVerify, type JWTPayload } from 'jose';
import { NO_CLAIMS } from './added-claims.js';
import { ACCESS_TOKEN_TYPE, readClaims, type AccessTokenClaims } from './access-token-claims.js';
import { createKidFinder, saysExpired, saysIssuer } from './access-token-header.js';
import type { AccessTokenOptions, AccessTokens, AccessTokenVerification, ValidAccessToken } from './access-token.js';
import type { TokenPrincipal } from './principal.js';
import { isKid, type SigningKey } from './signing-key.js';
import { knownRoles, type Role } from './user.js';
import { createVerifiedTokens, digestOf, type Expiring, type TokenDigest } from './verified-tokens.js';

/** Between clocks of servers that follow one database. */
const TOLERANCE_SECONDS = 5;
/** What the objects take that a verified token is remembered as, their texts aside: see `bench/verified-tokens.ts`. */
const REMEMBERED_BYTES = 500;
/** Of a text in memory. */
const BYTES_PER_CHARACTER = 2;
/** Of a value among the application's claims, its text aside: an empty array takes as much. */
const BYTES_PER_VALUE = 64;

interface Remembered extends Expiring {
  readonly verification: ValidAccessToken;
  readonly validFromSeconds: number;
}

const INVALID: AccessTokenVerification = Object.freeze({ kind: 'invalid' });
const OUTDATED: AccessTokenVerification = Object.freeze({ kind: 'outdated' });
const FOREIGN: AccessTokenVerification = Object.freeze({ kind: 'foreign' });

/** Verifies each token once, and then goes by memory as long as nothing but its time and its key can end it. */
export function createVerify(options: AccessTokenOptions): AccessTokens['verify'] {
  const { signingKeys, issuer, roles, ttlSeconds, clock, noteSource } = options;
  const verified = createVerifiedTokens<Remembered>();
  const findKid = createKidFinder();
  signingKeys.onRevoked(() => verified.clear());

  function recall(digest: TokenDigest): AccessTokenVerification | null {
    const nowSeconds = Math.floor(clock.now().getTime() / 1000);
    const remembered = verified.find(digest, nowSeconds);
    if (remembered === null || nowSeconds < remembered.validFromSeconds) return null;
    return signingKeys.find(remembered.verification.kid) === null ? INVALID : remembered.verification;
  }

  /** Not for the tolerance before and after: there jose judges each time. */
  function remember(digest: TokenDigest, verification: ValidAccessToken, claims: AccessTokenClaims): void {
    const { issuedAtSeconds, notBeforeSeconds, expiresAtSeconds } = claims;
    const remembered = {
      verification,
      validFromSeconds: Math.max(issuedAtSeconds, notBeforeSeconds),
      expiresAtSeconds: Math.min(expiresAtSeconds, issuedAtSeconds + ttlSeconds),
    };
    verified.remember(digest, remembered, sizeOf(verification));
  }

  /** Keys are deleted when the last of their tokens is over; who comes back with one needs to refresh, not to sign in. */
  function isOutdated(token: string, kid: string | null): boolean {
    if (kid === null || !isKid(kid)) return false;
    return saysExpired(token, Math.floor(clock.now().getTime() / 1000) - TOLERANCE_SECONDS);
  }

  async function verifyAnew(token: string, digest: TokenDigest): Promise<AccessTokenVerification> {
    const kid = findKid(token);
    if (kid === undefined) return FOREIGN;
    const isKnown = kid !== null && signingKeys.find(kid) !== null;
    // What no key of ours has signed has to say that it is ours before anything is read for it.
    if (!isKnown && !saysIssuer(token, issuer())) return FOREIGN;
    if (!isKnown && isOutdated(token, kid)) return OUTDATED;
    const found = kid === null ? null : await signingKeys.lookUp(kid);
    const signed = found && (await readSigned(token, found.key, options));
    if (signed === null) return saysIssuer(token, issuer()) ? INVALID : FOREIGN;
    const { claims, key, hasExpired } = signed;
    if (hasExpired) return toExpired(claims, key);
    const verification = toValid(claims, key, roles);
    remember(digest, verification, claims);
    return verification;
  }

  return async (token) => {
    const digest = digestOf(token);
    const recalled = recall(digest);
    noteSource?.(recalled === null ? 'signature' : 'memory');
    return recalled ?? verifyAnew(token, digest);
  };
}

/** What a verification takes of memory, by its texts, and by what the application has added. */
function sizeOf({ principal, kid }: ValidAccessToken): number {
  const { userId, sessionId, roles, claims } = principal;
  let characters = userId.length + sessionId.length + kid.length;
  for (const role of roles) characters += role.length;
  const bytes = REMEMBERED_BYTES + characters * BYTES_PER_CHARACTER + roles.length * BYTES_PER_VALUE;
  if (claims === NO_CLAIMS) return bytes;
  return bytes + JSON.stringify(claims).length * BYTES_PER_CHARACTER + countValues(claims) * BYTES_PER_VALUE;
}

/** How many values there are below this one. */
function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce<number>((count, part) => count + 1 + countValues(part), 0);
}

interface SignedClaims {
  readonly key: SigningKey;
  readonly claims: AccessTokenClaims;
  readonly hasExpired: boolean;
}

/** The claims that this key signed, for us and for now or before; `null` where it did not. */
async function readSigned(token: string, key: SigningKey, options: AccessTokenOptions): Promise<SignedClaims | null> {
  const { issuer, audience, ttlSeconds, clock } = options;
  const toSigned = (payload: JWTPayload, hasExpired: boolean): SignedClaims | null => {
    const claims = readClaims(payload);
    return claims && { key, claims, hasExpired };
  };
  try {
    const { payload } = await jwtVerify(token, key.publicKey, {
      issuer: issuer(),
      audience: audience(),
      typ: ACCESS_TOKEN_TYPE,
      algorithms: [key.algorithm],
      currentDate: clock.now(),
      clockTolerance: TOLERANCE_SECONDS,
      // A token older than the lifetime now configured is expired, whatever it says.
      maxTokenAge: ttlSeconds,
    });
    // Which claims have to be there, `readClaims` knows.
    return toSigned(payload, false);
  } catch (error) {
    if (error instanceof errors.JWTExpired) return toSigned(error.payload, true);
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}

function toExpired({ userId, sessionId, ver }: AccessTokenClaims, { kid }: SigningKey): AccessTokenVerification {
  return { kind: 'expired', userId, sessionId, ver, kid };
}

/** Frozen: what is remembered is handed out again and again, to the application too. */
function toValid(claims: AccessTokenClaims, { kid }: SigningKey, roles: readonly Role[]): ValidAccessToken {
  const { userId, sessionId, generation, ver, authenticatedAtSeconds, added } = claims;
  const principal: TokenPrincipal = Object.freeze({
    // No spread, which would take twice the memory; and a copy, without the room to grow that a filter leaves.
    userId,
    sessionId,
    roles: Object.freeze(knownRoles(claims, roles).slice()),
    authenticatedAt: new Date(authenticatedAtSeconds * 1000),
    claims: added,
  });
  return Object.freeze({ kind: 'valid', principal, generation, ver, kid });
}
