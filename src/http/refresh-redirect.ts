import { REFRESH_PATH } from './refresh-page.js';
import type { ServerSessionOptions } from './server-session.js';
import { findServer } from './session-servers.js';
import type { AnyRequest } from './session-reader.js';

/** Where the browser is sent to, and comes back to. */
export interface RefreshRedirectOptions extends ServerSessionOptions {
  /**
   * Where the browser shall come back to: a path, or a page of an origin in `ALLOWED_ORIGINS`. Left out: the path and
   * query that the request asks for.
   */
  readonly returnTo?: string | undefined;
  /** Where our refresh page is reached, if not at `/refresh` of the same origin. */
  readonly refreshUrl?: string | undefined;
}

/** A request for a page; of a method or an address that it does not have, nothing is known. */
export type PageRequest = AnyRequest & {
  /** `GET` where it is left out. */
  readonly method?: string | undefined;
  /** A path with its query, or a whole address. */
  readonly url?: string | undefined;
  /** Of Express: `url` before a path that a router stands at was cut off. */
  readonly originalUrl?: string | undefined;
};

/**
 * Where to redirect a request for a page whose access token has to be refreshed first, or is gone while a refresh token
 * is there; `null` where the page can be answered as it is. Nothing is rotated here, where no cookie could be set: that
 * does the refresh page, by a script in the browser, which returns. A refresh that came to nothing is not asked for
 * again: the page is then answered as for nobody. Asks for no I/O; what is neither GET nor HEAD is never redirected.
 *
 * @param request Node's, Express's or Fastify's, or a `Request` of `fetch`
 * @param options where to come back to
 * @returns the address to answer with a redirect (303) to, or `null`
 * @throws TypeError where no server is to be found, or the request says no address and `returnTo` is left out
 */
export async function refreshRedirect(
  request: PageRequest,
  { server, returnTo, refreshUrl = REFRESH_PATH }: RefreshRedirectOptions = {},
): Promise<string | null> {
  const { reader } = findServer(server, request, 'refreshRedirect');
  const { method = 'GET' } = request;
  if ((method !== 'GET' && method !== 'HEAD') || !(await reader.needsRefresh(request))) return null;
  const query = new URLSearchParams({ returnTo: returnTo ?? addressOf(request) });
  return `${refreshUrl}?${query.toString()}`;
}

/** As the browser asked for it: before the path that a router is mounted at was cut off. */
function addressOf({ originalUrl, url }: PageRequest): string {
  const address = originalUrl ?? url;
  if (address === undefined) throw new TypeError('refreshRedirect: say where to come back to: { returnTo }');
  if (address.startsWith('/')) return address;
  const { pathname, search } = new URL(address);
  return pathname + search;
}
