import type { IncomingHttpHeaders } from 'node:http';

/** Whose pages may send our cookies and have them set: our own origin, and those of the front ends. */
export type IsAllowedOrigin = (origin: string) => boolean;

/**
 * Whether a request comes from where cookies may be used: from our own site or typed by the user, from an allowed
 * origin, or from something that is no browser (none of the headers, which scripts cannot leave out).
 *
 * @see https://www.w3.org/TR/fetch-metadata/ and the OWASP CSRF Prevention Cheat Sheet
 */
export function judgeOrigin(
  headers: IncomingHttpHeaders,
  isAllowedOrigin: IsAllowedOrigin,
): 'allowed' | 'unknown' | 'foreign' {
  const site = headers['sec-fetch-site'];
  const { origin } = headers;
  if (site === undefined && origin === undefined) return 'unknown';
  if (site === 'same-origin' || site === 'none') return 'allowed';
  return origin !== undefined && isAllowedOrigin(origin) ? 'allowed' : 'foreign';
}
