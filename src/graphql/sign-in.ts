import type { GraphQLContext } from './context.js';
import { clientInfo } from './client-info.js';
import { toPayload, type SignInPayload } from './resolvers/session.js';

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
 * @returns for a field of type `SignInPayload`; in cookie transport its tokens are null
 * @throws AuthError `CSRF_BLOCKED`, with nothing done, where cookies would be set for a page that may not have that;
 *   `USER_BANNED`; `BAD_USER_INPUT`; `SERVICE_UNAVAILABLE`
 */
export type SignIn = (userId: string, options?: SignInOptions) => Promise<SignInPayload>;

/** The sign-in of one request. */
export function createSignIn(context: GraphQLContext): SignIn {
  return async (userId, { deviceName } = {}) => {
    const transport = context.transport.signInKind();
    if (transport === 'cookie') context.transport.checkMaySetCookies();
    const client = clientInfo(context, deviceName);
    const user = await context.auth.users.ensure(userId);
    return toPayload(await context.auth.sessions.start(user, { client, transport }), transport, context);
  };
}
