import { randomInt, randomUUID } from 'node:crypto';
import { claimsFor, NO_CLAIMS } from './added-claims.js';
import { ACCESS_TOKEN_TYPE } from './access-token-claims.js';
import type { AccessTokenOptions, AccessTokens } from './access-token.js';
import { createJwtSigner, type SignJwt } from './jwt-signing.js';
import { sessionExpiry } from './session.js';
import type { SigningKey } from './signing-key.js';
import { knownRoles } from './user.js';

/** By how much of its lifetime a token is shortened at most, at random, so that clients do not refresh in step. */
const LARGEST_SHORTENING = 0.05;

export function createIssue(options: Omit<AccessTokenOptions, 'clock'>): AccessTokens['issue'] {
  const { signingKeys, freshen, issuer, audience, ttlSeconds, addClaims } = options;
  const signers = new WeakMap<SigningKey, SignJwt>();

  function signerOf(key: SigningKey): SignJwt {
    const signer = signers.get(key) ?? createJwtSigner(key, ACCESS_TOKEN_TYPE);
    signers.set(key, signer);
    return signer;
  }

  return async (session, user, now) => {
    const issuedAt = toSeconds(now);
    const expiry = Math.min(
      issuedAt + ttlSeconds - randomInt(Math.floor(ttlSeconds * LARGEST_SHORTENING) + 1),
      toSeconds(sessionExpiry(session)),
    );
    const roles = knownRoles(user, options.roles);
    const authenticatedAtSeconds = toSeconds(session.authenticatedAt);
    const claims = addClaims === undefined ? NO_CLAIMS : await claimsFor(addClaims, { ...user, roles }, session);
    await freshen();
    const own = {
      sid: session.id,
      gen: session.generation,
      ver: user.ver,
      roles,
      auth_time: authenticatedAtSeconds,
      iss: issuer(),
      aud: audience(),
      sub: user.id,
      jti: randomUUID(),
      iat: issuedAt,
      exp: expiry,
    };
    const token = await signerOf(signingKeys.active())(addClaims === undefined ? own : { ...claims, ...own });
    const authenticatedAt = new Date(authenticatedAtSeconds * 1000);
    return {
      token,
      principal: { userId: user.id, sessionId: session.id, roles, authenticatedAt, claims },
      expiresAt: new Date(expiry * 1000),
      expiresInSeconds: Math.max(0, expiry - issuedAt),
    };
  };
}

const toSeconds = (moment: Date): number => Math.floor(moment.getTime() / 1000);
