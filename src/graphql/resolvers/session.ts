import { AuthError } from '../../domain/errors.js';
import type { SessionId, UserId } from '../../domain/ids.js';
import type { IssuedSession } from '../../domain/session-issue.js';
import { sessionExpiry, type Session, type TransportKind } from '../../domain/session.js';
import type { GraphQLContext } from '../context.js';
import type { Resolvers, ResolversTypes, SignInInput } from '../generated.js';
import { toUserSource } from '../loaders.js';
import { actorOf, clientInfo } from '../client-info.js';
import type { SessionSource } from '../sources.js';
import { speakAs } from '../speaking.js';

/** What `context.auth.signIn` answers: for a field of type `SignInPayload`. */
export type SignInPayload = Awaited<ResolversTypes['SignInPayload']>;

export const sessionResolvers: Resolvers = {
  Query: {
    session: (_source, _arguments, context) => {
      const { sessionId, userId } = context.principal;
      return { id: sessionId, userId };
    },
  },

  Mutation: {
    signIn: async (_source, { input }, context) => {
      const transport = context.transport.signInKind();
      const origin = {
        client: clientInfo(context, input.deviceName),
        transport,
        deviceToken: deviceToken(input, context),
      };
      const { email, password } = input;
      return toPayload(await context.auth.sessions.signIn({ email, password, ...origin }), transport, context);
    },

    refreshSession: async (_source, { input }, context) => {
      const { arrivedAt, transport } = context;
      const refreshToken = input?.refreshToken ?? transport.refreshCookie;
      if (refreshToken === null) throw new AuthError('UNAUTHENTICATED', { message: 'There is no refresh token.' });
      const issued = await context.auth.sessions.refresh({
        refreshToken,
        arrivedAt,
        client: clientInfo(context, null),
      });
      return toPayload(issued, input?.refreshToken == null ? 'cookie' : 'header', context);
    },

    reauthenticate: async (_source, { input: { password } }, context) => {
      const client = clientInfo(context, null);
      const issued = await context.auth.sessions.reauthenticate(context.principal, { password, client });
      return toPayload(issued, context.transport.accessTokenKind ?? 'header', context);
    },

    signOut: async (_source, { input }, context) => {
      const { transport, auth, principal } = context;
      const refreshToken = input?.refreshToken ?? null;
      const isHeader = refreshToken !== null || transport.accessTokenKind === 'header';
      const isPresented = transport.accessTokenKind === (isHeader ? 'header' : 'cookie');
      // A sign-in earlier in the operation made the principal another than the one presented: both go.
      const isNew = principal !== null && principal.sessionId !== transport.presentedSessionId;
      const signedOut = await auth.sessions.signOut({
        refreshTokens: [isHeader ? refreshToken : transport.refreshCookie].filter((token) => token !== null),
        client: context.client,
        sessionIds: [isPresented ? transport.presentedSessionId : null, isNew ? principal.sessionId : null].filter(
          (id) => id !== null,
        ),
      });
      if (!isHeader) transport.clear();
      return { signedOut };
    },

    revokeSession: async (_source, { id }, context) => {
      const { userId } = context.principal;
      return { revokedSessionIds: await context.auth.sessions.revoke(userId, id as SessionId, context.client) };
    },

    revokeOtherSessions: async (_source, _arguments, context) => {
      const { userId, sessionId } = context.principal;
      return { revokedSessionIds: await context.auth.sessions.revokeOthers(userId, sessionId, context.client) };
    },

    revokeUserSessions: async (_source, { userId }, context) => {
      const { revokedSessionIds } = await context.auth.users.revokeSessions(actorOf(context), userId as UserId);
      return { revokedSessionIds: [...revokedSessionIds] };
    },
  },

  Session: {
    current: ({ id }, _arguments, context) => context.principal.sessionId === id,
    createdAt: async (source, _arguments, context) => (await row(source, context)).createdAt,
    lastSeenAt: async (source, _arguments, context) => (await row(source, context)).lastSeenAt,
    expiresAt: async (source, _arguments, context) => sessionExpiry(await row(source, context)),
    authenticatedAt: async (source, _arguments, context) => (await row(source, context)).authenticatedAt,
    transport: async (source, _arguments, context) =>
      (await row(source, context)).transport === 'cookie' ? 'COOKIE' : 'HEADER',
    deviceName: async (source, _arguments, context) => (await row(source, context)).deviceName,
    userAgent: async (source, _arguments, context) => (await row(source, context)).userAgent,
    ipAddress: async (source, _arguments, context) => (await row(source, context)).ipAddress,
    user: ({ userId }) => ({ id: userId }),
  },
};

/** The payload of a sign-in or refresh; whoever signed in speaks for what follows in the operation. */
export function toPayload(issued: IssuedSession, transport: TransportKind, context: GraphQLContext): SignInPayload {
  const { session, expiresInSeconds, accessTokenExpiresAt, refreshTokenExpiresAt } = issued;
  speakAs(context, issued.principal);
  return {
    session,
    expiresInSeconds,
    accessTokenExpiresAt,
    refreshTokenExpiresAt,
    user: toUserSource(context.loaders, issued.user),
    ...context.transport.send(issued, transport),
  };
}

/** What an earlier sign-in on this device was given: where it came both ways, the argument counts. */
const deviceToken = ({ deviceToken: given }: SignInInput, { transport }: GraphQLContext): string | null =>
  given ?? transport.deviceCookie;

async function row(source: SessionSource, context: GraphQLContext): Promise<Session> {
  const session = 'generation' in source ? source : await context.loaders.session.load(source.id);
  if (session === null) throw new AuthError('SESSION_EXPIRED');
  return session;
}
