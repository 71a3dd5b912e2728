import type { AccessTokens, ValidAccessToken } from './access-token.js';
import type { Confirmations } from './confirmations.js';
import { AuthError } from './errors.js';
import { credentialOfPrincipal, toPrincipal, type Credential, type UnusableCode } from './principal.js';
import type { Revocations } from './revocation-service.js';
import type { PermissionsOf } from './role-permission.js';
import type { SessionId } from './ids.js';

/** Judges an access token that a request presents: no read and no write while the revocation feed is fresh. */
export type Authenticate = (accessToken: string) => Promise<Credential | { readonly kind: 'foreign' }>;

export interface AuthenticationOptions {
  readonly accessTokens: AccessTokens;
  readonly revocations: Pick<Revocations, 'judge' | 'recall'>;
  readonly confirmations: Pick<Confirmations, 'note'>;
  readonly permissionsOf: PermissionsOf;
}

/**
 * Turns an access token into what it stands for: a principal, or a credential that is presented and not usable.
 * `foreign` is no JWT of ours. A token that holds shows that its pair has reached the client, which is noted.
 */
export function createAuthenticate(options: AuthenticationOptions): Authenticate {
  const { accessTokens, revocations } = options;

  return async (accessToken) => {
    const verification = await verifyOrUnavailable(accessTokens, accessToken);
    switch (verification.kind) {
      case 'valid':
        return judgeValid(options, verification);
      case 'expired': {
        // Where it is known that the session is over, that is what the client needs to hear.
        const code = revocations.recall(verification) ?? 'TOKEN_EXPIRED';
        return unusable(code, accessTokens.isKeyRevoked(verification.kid) ? null : verification.sessionId);
      }
      case 'outdated':
        return unusable('TOKEN_EXPIRED', null);
      case 'invalid':
        return unusable('UNAUTHENTICATED', null);
      case 'unavailable':
        return unusable('SERVICE_UNAVAILABLE', null);
      case 'foreign':
        return verification;
    }
  };
}

async function judgeValid(
  { accessTokens, revocations, confirmations, permissionsOf }: AuthenticationOptions,
  { principal, generation, ver, kid }: ValidAccessToken,
): Promise<Credential> {
  const { sessionId, userId } = principal;
  const judged = revocations.judge({ sessionId, userId, ver });
  const refusal = judged instanceof Promise ? await judged : judged;
  // Asked last: the store may have told of keys meanwhile. Whoever holds a leaked key can name any session, so that
  // what its tokens say must not end one.
  const isKeyRevoked = accessTokens.isKeyRevoked(kid);
  const code = refusal ?? (isKeyRevoked ? 'TOKEN_EXPIRED' : null);
  if (code !== null) return unusable(code, isKeyRevoked ? null : sessionId);
  confirmations.note(sessionId, generation);
  // Behind the judgement, which reads them again while the feed is stale.
  return credentialOfPrincipal(toPrincipal(principal, permissionsOf));
}

const unusable = (code: UnusableCode, sessionId: SessionId | null): Credential => ({
  kind: 'unusable',
  code,
  sessionId,
});

async function verifyOrUnavailable(
  accessTokens: AccessTokens,
  token: string,
): Promise<Awaited<ReturnType<AccessTokens['verify']>> | { readonly kind: 'unavailable' }> {
  try {
    return await accessTokens.verify(token);
  } catch (error) {
    if (error instanceof AuthError && error.code === 'SERVICE_UNAVAILABLE') return { kind: 'unavailable' };
    throw error;
  }
}
