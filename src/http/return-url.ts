import type { IsAllowedOrigin } from './csrf.js';

/** What the parser of URLs drops, or takes for a slash: nothing that a page is addressed by holds it. */
const DECEPTIVE = /[\s\\\p{Cc}\p{Cf}]/u;

/**
 * Where a page that was asked to return may return to: a path of the origin that the browser is at, or a page of an
 * allowed origin, spelled as browsers read it; `null` for anything else. A path that is answered begins with one slash.
 *
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Unvalidated_Redirects_and_Forwards_Cheat_Sheet.html
 */
export function readReturnUrl(given: unknown, isAllowedOrigin: IsAllowedOrigin): string | null {
  if (typeof given !== 'string' || DECEPTIVE.test(given)) return null;
  if (given.startsWith('/')) return readPath(given);
  if (!/^https?:\/\/[^/]/i.test(given) || !URL.canParse(given)) return null;
  const url = new URL(given);
  const isPlain = url.username === '' && url.password === '';
  return isPlain && isAllowedOrigin(url.origin) ? url.href : null;
}

/** No host of DNS has such a name: whatever leads away from it leads away from the browser's own origin. */
const HERE = 'http://here.invalid';

function readPath(given: string): string | null {
  if (!URL.canParse(given, HERE)) return null;
  const { origin, pathname, search, hash } = new URL(given, HERE);
  // `/.//evil.example` is a path of here, and would be another host once more.
  return origin === HERE && !pathname.startsWith('//') ? pathname + search + hash : null;
}
