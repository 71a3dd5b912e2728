import type { Auth, RequestAuth } from './context.js';
import { clientInfo } from './client-info.js';
import { toPayload, type SignInPayload } from './resolvers/session.js';
import { contextOf } from './speaking.js';

/** What is known of a sign-in of the application's own. */
export interface SignInOptions {
  /** What the user calls this device; at most 100 characters. */
  readonly deviceName?: string | null | undefined;
}

/**
 * Starts a session for a user whom the application has just found to be who they say (social sign-in, magic link), and
 * sends its tokens by the request's transport. Whoever is not known here yet is from then on. The user speaks for what
 * follows in the operation.
 *
 * @param userId the application's own id, or ours: a text of 1 to 255 characters
 * @param options what the device is called
 * @returns for a field of type `SignInPayload`; in cookie transport its tokens are null
 * @throws AuthError `CSRF_BLOCKED`, with nothing done, where cookies would be set for a page that may not have that;
 *   `USER_BANNED`; `BAD_USER_INPUT`; `SERVICE_UNAVAILABLE`
 */
export type SignIn = (userId: string, options?: SignInOptions) => Promise<SignInPayload>;

/** The services, with the sign-in of one request. */
export function createRequestAuth(auth: Auth): RequestAuth {
  // What they have in common is not copied for each request.
  const requestAuth: RequestAuth = Object.assign(Object.create(auth) as Auth, {
    async signIn(userId: string, { deviceName }: SignInOptions = {}) {
      const context = contextOf(requestAuth);
      if (context === undefined) throw new TypeError('auth.signIn: is for the request that it came with');
      const transport = context.transport.signInKind();
      if (transport === 'cookie') context.transport.checkMaySetCookies();
      const client = clientInfo(context, deviceName);
      const user = await auth.users.ensure(userId, client);
      const { deviceCookie: deviceToken } = context.transport;
      return toPayload(await auth.sessions.start(user, { client, transport, deviceToken }), transport, context);
    },
  });
  return requestAuth;
}
