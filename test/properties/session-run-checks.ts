/** What must hold for each pair of tokens, whatever the model says of its session. */
import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { Credential } from '../../src/domain/principal.js';
import type { IssuedSession } from '../../src/domain/session-issue.js';
import { RULES } from './session-cluster.js';
import type { AccessTruth } from './session-truth.js';

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

/** What is so, and what the server that judges an access token must know of it. */
export interface AccessJudgement {
  readonly now: number;
  readonly session: string;
  readonly user: string;
  /** Whether its session may be over, by an act or by time. */
  readonly mayBeOver: boolean;
  readonly truth: AccessTruth;
  readonly known: AccessTruth;
}

/**
 * Whether the access token was taken. It must be where nothing speaks against it; it must not be after its time, nor
 * where the server has to know that its session is over, its user's rights have changed, or its key is revoked.
 */
export function checkAccessTokenUse(
  credential: Credential | { readonly kind: 'foreign' },
  accessToken: string,
  { now, session, user, mayBeOver, truth, known }: AccessJudgement,
): boolean {
  const { exp = 0, sid, ver } = decodeJwt<{ sid: string; ver: number }>(accessToken);
  const { kid = '' } = decodeProtectedHeader(accessToken);
  const overSeconds = Math.floor(now / 1000) - exp - TOLERANCE_SECONDS;
  const isChanged = (by: AccessTruth): boolean => ver < (by.vers.get(user) ?? 0) || by.revokedKids.has(kid);
  if (credential.kind === 'principal') {
    if (overSeconds > 0) throw new Error('An access token was taken after its time');
    if (credential.principal.sessionId !== sid) throw new Error('An access token speaks for another session');
    if (known.over.has(session)) throw new Error('An access token was taken though its session is known to be over');
    if (isChanged(known)) throw new Error('An access token was taken though its rights or key are known to be gone');
    return true;
  }
  const code = credential.kind === 'unusable' ? credential.code : credential.kind;
  const allowed = [
    ...(overSeconds >= 0 || isChanged(truth) ? ['TOKEN_EXPIRED'] : []),
    ...(mayBeOver ? ['SESSION_EXPIRED'] : []),
  ];
  if (!allowed.includes(code)) throw new Error(`An access token answered ${code}; allowed: ${allowed.join(', ')}`);
  return false;
}
