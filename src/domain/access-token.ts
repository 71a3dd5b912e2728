import type { AddClaims } from './added-claims.js';
import { createIssue } from './access-token-issue.js';
import { createVerify } from './access-token-verify.js';
import type { Clock } from './clock.js';
import type { TokenPrincipal } from './principal.js';
import type { RevocableToken } from './revocation.js';
import type { Session } from './session.js';
import type { SigningKeys } from './signing-key-service.js';
import type { Role, User } from './user.js';

export interface AccessTokenOptions {
  readonly signingKeys: Pick<SigningKeys, 'active' | 'find' | 'lookUp' | 'onRevoked'>;
  /** Awaited before each signature: a key that another server replaced must not sign on, see `Revocations`. */
  readonly freshen: () => Promise<void>;
  /** Asked at each use: an address that is picked when the server binds is not known before. */
  readonly issuer: () => string;
  readonly audience: () => string;
  /** The lifetime: 600 by default. */
  readonly ttlSeconds: number;
  /** Those that this server knows. */
  readonly roles: readonly Role[];
  readonly clock: Clock;
  /** What the application adds; left out: nothing. */
  readonly addClaims?: AddClaims | undefined;
  /** Hears whether a token was recognized, or its signature had to be checked. */
  readonly noteSource?: ((source: 'memory' | 'signature') => void) | undefined;
}

export interface IssuedAccessToken {
  readonly token: string;
  readonly principal: TokenPrincipal;
  readonly expiresAt: Date;
  readonly expiresInSeconds: number;
}

/** One that its signature and its time let pass. Neither revocations nor its key's are judged yet. */
export interface ValidAccessToken {
  readonly kind: 'valid';
  readonly principal: TokenPrincipal;
  readonly generation: number;
  /** The user's `ver` when it was signed. */
  readonly ver: number;
  /** The key that signed it. */
  readonly kid: string;
}

/** What an access token proved to be. */
export type AccessTokenVerification =
  | ValidAccessToken
  /** Ours, and over. Its key may be revoked too. */
  | ({ readonly kind: 'expired'; readonly kid: string } & RevocableToken)
  /** Looks like ours, and says itself that its time is over; its key is not here any more to tell. */
  | { readonly kind: 'outdated' }
  /** Looks like ours, and is not good. */
  | { readonly kind: 'invalid' }
  /** No JWT of ours: somebody else's business. */
  | { readonly kind: 'foreign' };

/** Signs access tokens and verifies them. JWTs, modeled on RFC 9068. */
export interface AccessTokens {
  /**
   * Signs a token for the session in the state that the store gave at `now`; `iat` is that moment.
   *
   * @throws AuthError `SERVICE_UNAVAILABLE` where no key signs, or nobody can tell which
   * @throws TypeError where the application adds what it must not, see `claimsFor`
   */
  issue(session: Session, user: User, now: Date): Promise<IssuedAccessToken>;
  /**
   * Judges signature, kind and time: of a token that was seen before from memory, else with no read, but for one that
   * names a key that is not known here.
   *
   * @throws AuthError `SERVICE_UNAVAILABLE` where that read fails
   */
  verify(token: string): Promise<AccessTokenVerification>;
  /** Whether the tokens of this key are refused; also where it is not there any more. */
  isKeyRevoked(kid: string): boolean;
}

export function createAccessTokens(options: AccessTokenOptions): AccessTokens {
  const { signingKeys } = options;
  return {
    issue: createIssue(options),
    verify: createVerify(options),
    isKeyRevoked: (kid) => signingKeys.find(kid)?.isRevoked !== false,
  };
}
