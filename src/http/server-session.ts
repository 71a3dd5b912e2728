import { AuthError } from '../domain/errors.js';
import type { Principal } from '../domain/principal.js';
import { findServer } from './session-servers.js';
import type { AnyRequest } from './session-reader.js';

/** Which server judges the request. */
export interface ServerSessionOptions {
  /** Left out: the one whose `handler` the request came through, which one of `fetch` cannot have. */
  readonly server?: object | undefined;
}

/**
 * Who is signed in, for a page that is rendered on the server; `null` for nobody and for a credential that is not
 * usable. Refreshes nothing: see `refreshRedirect` for what has to be refreshed first. It lets in a request from
 * anywhere, as for a page that a link leads to; for what changes something, use `requireSession`.
 *
 * @param request Node's, Express's or Fastify's, or a `Request` of `fetch`
 * @param options which server to ask
 * @returns who is signed in, or `null`
 * @throws AuthError `SERVICE_UNAVAILABLE` where nobody can tell; TypeError where no server is to be found
 */
export async function getServerSession(
  request: AnyRequest,
  { server }: ServerSessionOptions = {},
): Promise<Principal | null> {
  const credential = await findServer(server, request, 'getServerSession').reader.read(request);
  if (credential.kind === 'principal') return credential.principal;
  if (credential.kind === 'unusable' && credential.code === 'SERVICE_UNAVAILABLE') throw new AuthError(credential.code);
  return null;
}
