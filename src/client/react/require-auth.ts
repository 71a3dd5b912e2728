/* oxlint-disable typescript/only-throw-error -- loaders of React Router throw what is to be answered */
import type { Role } from '../../register.js';
import type { AuthClient, ClientSession } from '../types.js';

/** Whom a route is for, and where others are sent to. */
export interface RequireAuthOptions {
  /** The roles of which one is enough; left out, any signed-in user. */
  readonly anyOf?: readonly Role[] | undefined;
  /** Where nobody is sent to, with `returnTo`. Default `/sign-in`. */
  readonly signInPath?: string | undefined;
}

/** A loader of React Router, or what is called first in one. */
export type AuthLoader = (loaded: { readonly request: Request }) => Promise<ClientSession>;

/**
 * Makes a loader that lets signed-in users through, and resolves to their session. It throws what a loader throws: for
 * nobody a redirect to sign in, and for who holds none of the roles a `Response` of 403, which the route's error
 * boundary gets. For loaders in the browser; on a server, see `refreshRedirect` and `getServerSession` of `latchkey`.
 *
 * @param client whose session it is
 * @param options whom to let through; left out, any signed-in user
 * @returns the loader
 * @throws TypeError where `anyOf` is an empty list
 */
export function requireAuth(
  client: AuthClient,
  { anyOf, signInPath = '/sign-in' }: RequireAuthOptions = {},
): AuthLoader {
  // Nobody holds one of no roles: whoever wrote that meant something else.
  if (anyOf?.length === 0) throw new TypeError('requireAuth: anyOf: has to name a role');
  return async ({ request }) => {
    await client.ready();
    const session = client.session();
    if (session === null) throw redirectTo(signInPath, request.url);
    if (anyOf !== undefined && !anyOf.some((role) => session.roles.includes(role))) {
      throw new Response('You are not allowed to see this.', { status: 403, statusText: 'Forbidden' });
    }
    return session;
  };
}

function redirectTo(signInPath: string, from: string): Response {
  const { pathname, search } = new URL(from, HERE);
  const query = new URLSearchParams({ returnTo: pathname + search });
  return new Response(null, { status: 302, headers: { location: `${signInPath}?${query.toString()}` } });
}

/**
 * Where to go on after signing in: the path that `returnTo` of this address names, or the first page where it leads
 * anywhere else than to a path of this site.
 */
export function readReturnTo(address: string | URL): string {
  const given = new URL(address, HERE).searchParams.get('returnTo') ?? '';
  // What the parser of URLs drops, or takes for a slash.
  if (!given.startsWith('/') || /[\s\\\p{Cc}\p{Cf}]/u.test(given) || !URL.canParse(given, HERE)) return '/';
  const url = new URL(given, HERE);
  // `/.//evil.example` is a path of here, and would be another host once more.
  return url.origin === HERE && !url.pathname.startsWith('//') ? url.pathname + url.search + url.hash : '/';
}

/** No host of DNS has such a name. */
const HERE = 'http://here.invalid';
