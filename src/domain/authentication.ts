import type { AccessTokens } from './access-token.js';
import type { Confirmations } from './confirmations.js';
import type { Credential } from './principal.js';

/** Judges an access token that a request presents. No read, no write. */
export type Authenticate = (accessToken: string) => Promise<Credential | { readonly kind: 'foreign' }>;

/**
 * Turns an access token into what it stands for: a principal, or a credential that is presented and not usable.
 * `foreign` is no JWT of ours. A token that holds shows that its pair has reached the client, which is noted.
 */
export function createAuthenticate(accessTokens: AccessTokens, confirmations: Confirmations): Authenticate {
  return async (accessToken) => {
    const verification = await accessTokens.verify(accessToken);
    switch (verification.kind) {
      case 'valid':
        confirmations.note(verification.principal.sessionId, verification.generation);
        return { kind: 'principal', principal: verification.principal };
      case 'expired':
        return { kind: 'unusable', code: 'TOKEN_EXPIRED', sessionId: verification.sessionId };
      case 'invalid':
        return { kind: 'unusable', code: 'UNAUTHENTICATED', sessionId: null };
      case 'foreign':
        return verification;
    }
  };
}
