import type { IncomingHttpHeaders } from 'node:http';
import type { Authenticate } from '../domain/authentication.js';
import type { Credential } from '../domain/principal.js';
import type { TransportKind } from '../domain/session.js';
import type { Cookies } from './cookies.js';

export interface CredentialOptions {
  readonly cookies: Pick<Cookies, 'accessName' | 'refreshName'>;
  readonly authenticate: Authenticate;
}

/** Cookies of a request, by name. */
export type RequestCookies = Readonly<Record<string, string | undefined>>;

/** What a request speaks by, and how that came; `null` where it brought no access token. */
export interface PresentedCredential {
  readonly credential: Credential;
  readonly kind: TransportKind | null;
}

const NOT_OURS: Credential = { kind: 'unusable', code: 'UNAUTHENTICATED', sessionId: null };

/**
 * Judges the access token of a request: where one comes both ways, the header wins. A `Bearer` that is no JWT of ours
 * beside our cookie, and any other scheme, is the application's.
 *
 * @see RFC 6750 section 2.1
 */
export async function readCredential(
  options: CredentialOptions,
  headers: Pick<IncomingHttpHeaders, 'authorization'>,
  sent: RequestCookies,
): Promise<PresentedCredential> {
  const { authenticate } = options;
  const bearer = bearerOf(headers);
  if (bearer !== null) {
    const credential = await authenticate(bearer);
    if (credential.kind !== 'foreign') return { credential, kind: 'header' };
    if (!sendsCookies(options, sent)) return { credential: NOT_OURS, kind: 'header' };
  }
  const accessCookie = sent[options.cookies.accessName];
  if (accessCookie === undefined) return { credential: { kind: 'none' }, kind: null };
  const credential = await authenticate(accessCookie);
  return { credential: credential.kind === 'foreign' ? NOT_OURS : credential, kind: 'cookie' };
}

/** Whether any cookie of ours came. */
export const sendsCookies = ({ cookies }: Pick<CredentialOptions, 'cookies'>, sent: RequestCookies): boolean =>
  sent[cookies.accessName] !== undefined || sent[cookies.refreshName] !== undefined;

/** What follows `Bearer`, be it nothing; `null` where there is no such header. */
const bearerOf = ({ authorization = '' }: Pick<IncomingHttpHeaders, 'authorization'>): string | null =>
  /^Bearer(?<token>\s.*|)$/is.exec(authorization)?.groups?.['token']?.trim() ?? null;
