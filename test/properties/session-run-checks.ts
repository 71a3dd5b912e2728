/** What must hold for each pair of tokens, whatever the model says of its session. */
import { decodeJwt } from 'jose';
import type { Credential } from '../../src/domain/principal.js';
import type { IssuedSession } from '../../src/domain/session-issue.js';
import { RULES } from './session-cluster.js';

const TOLERANCE_SECONDS = 5;

/** The pair names one generation, and neither of its tokens outlives the session. */
export function checkIssued({ session, accessToken, refreshToken, refreshTokenExpiresAt }: IssuedSession): void {
  const { gen, sid, iat = 0, exp = 0 } = decodeJwt(accessToken);
  const bytes = Buffer.from(refreshToken.slice('lkr_'.length), 'base64url');
  if (gen !== session.generation || bytes.readUInt32BE(16) !== session.generation) {
    throw new Error('The tokens of a pair name different generations');
  }
  if (sid !== session.id || bytes.toString('base64url', 0, 16) !== session.id) {
    throw new Error('The tokens of a pair name different sessions');
  }
  const end = refreshTokenExpiresAt.getTime();
  const longest = session.createdAt.getTime() + RULES.absoluteMs;
  if (end > longest || exp * 1000 > end) throw new Error('A token outlives its session');
  if (exp - iat > RULES.accessMs / 1000) throw new Error('An access token lives too long');
}

/** Whether the access token was taken; it must be by its time alone, but may be refused where the session is over. */
export function checkAccessTokenUse(
  credential: Credential | { readonly kind: 'foreign' },
  accessToken: string,
  { now, mayBeOver }: { readonly now: number; readonly mayBeOver: boolean },
): boolean {
  const { exp = 0, sid } = decodeJwt(accessToken);
  const overSeconds = Math.floor(now / 1000) - exp - TOLERANCE_SECONDS;
  if (credential.kind === 'principal') {
    if (overSeconds > 0) throw new Error('An access token was taken after its time');
    if (credential.principal.sessionId !== sid) throw new Error('An access token speaks for another session');
    return true;
  }
  const code = credential.kind === 'unusable' ? credential.code : credential.kind;
  const allowed = [...(overSeconds >= 0 ? ['TOKEN_EXPIRED'] : []), ...(mayBeOver ? ['SESSION_EXPIRED'] : [])];
  if (!allowed.includes(code)) throw new Error(`An access token answered ${code}; allowed: ${allowed.join(', ')}`);
  return false;
}
