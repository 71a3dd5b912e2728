import { AuthError, badUserInput } from '../../domain/errors.js';
import type { UserId } from '../../domain/ids.js';
import { activeBan, knownRoles, type Role, type User } from '../../domain/user.js';
import type { UserFilter } from '../../domain/user-store.js';
import { actorOf, clientInfo } from '../client-info.js';
import type { GraphQLContext } from '../context.js';
import { decodeCursor, encodeCursor } from '../cursor.js';
import type { Resolvers, UserFilter as UserFilterInput } from '../generated.js';
import { toUserSource } from '../loaders.js';
import type { UserSource } from '../sources.js';
import { toPayload } from './session.js';

export const userResolvers: Resolvers = {
  Query: {
    viewer: (_source, _arguments, context) => {
      const { userId, roles, permissions } = context.principal;
      return { id: userId, roles, permissions };
    },

    user: async (_source, { id, email }, context) => {
      if ((id == null) === (email == null)) throw badUserInput('id', 'Give exactly one of id and email.');
      const user =
        id != null ? await context.loaders.user.load(id as UserId) : await context.auth.users.findByEmail(email ?? '');
      return user && toUserSource(context.loaders, user);
    },

    users: async (_source, { first, after, filter: input }, context) => {
      const filter = toFilter(input);
      const cursor = after == null ? null : decodeCursor(after);
      const { users, hasNextPage } = await context.auth.users.list(filter, first, cursor);
      return { users, filter, hasNextPage, hasPreviousPage: cursor !== null };
    },
  },

  UserConnection: {
    edges: ({ users }, _arguments, { loaders }) =>
      users.map((user) => ({ cursor: encodeCursor(user), node: toUserSource(loaders, user) })),
    nodes: ({ users }, _arguments, { loaders }) => users.map((user) => toUserSource(loaders, user)),
    pageInfo: ({ users, hasNextPage, hasPreviousPage }) => {
      const [first, last] = [users.at(0), users.at(-1)];
      const startCursor = first === undefined ? null : encodeCursor(first);
      const endCursor = last === undefined ? null : encodeCursor(last);
      return { hasNextPage, hasPreviousPage, startCursor, endCursor };
    },
    totalCount: ({ filter }, _arguments, { auth }) => auth.users.count(filter),
  },

  Mutation: {
    signUp: async (_source, { input }, context) => {
      const transport = context.transport.signInKind();
      const { email, password, setupCode = null } = input;
      const client = clientInfo(context, input.deviceName);
      const { ipAddress } = client;
      const user = await context.auth.users.signUp({ email, password, setupCode, ipAddress, client });
      if (user === null) return null;
      const { deviceCookie: deviceToken } = context.transport;
      const origin = { client, transport, email, deviceToken };
      return toPayload(await context.auth.sessions.start(user, origin), transport, context);
    },

    deleteAccount: async (_source, _arguments, context) => {
      await context.auth.users.delete(actorOf(context), context.principal.userId);
      return { deleted: true };
    },

    exportMyData: async (_source, _arguments, context) => {
      const data = await context.auth.exportPersonalData(actorOf(context));
      return { data: JSON.stringify(data, null, 2) };
    },

    banUser: async (_source, { input }, context) => {
      const { reason = null, publicReason = null, until = null } = input;
      const ban = { userId: input.userId as UserId, reason, publicReason, until };
      const { user, revokedSessionIds } = await context.auth.users.ban(actorOf(context), ban);
      return { user: toUserSource(context.loaders, user), revokedSessionIds: [...revokedSessionIds] };
    },

    unbanUser: async (_source, { userId }, context) => {
      const user = await context.auth.users.unban(actorOf(context), userId as UserId);
      return { user: toUserSource(context.loaders, user) };
    },
  },

  User: {
    email: async (source, _arguments, context) => {
      const user = await load(source, context);
      return user === null || user.email === '' ? null : user.email;
    },
    emailVerified: async (source, _arguments, context) => (await load(source, context))?.emailVerified ?? null,
    createdAt: async (source, _arguments, context) => (await load(source, context))?.createdAt ?? null,
    lastSignInAt: async (source, _arguments, context) => (await load(source, context))?.lastSignInAt ?? null,
    // What the token says is there at once: the executor has nothing to wait for.
    roles: (source, _arguments, context) => (source.roles ? [...source.roles] : loadRoles(source, context)),
    permissions: (source, _arguments, context) =>
      source.permissions ? [...source.permissions] : loadPermissions(source, context),
    ban: async (source, _arguments, context) => {
      const user = await load(source, context);
      return user && activeBan(user, context.clock.now());
    },
    sessions: async (source, _arguments, context) =>
      source.isGone ? null : context.loaders.sessionsOfUser.load(source.id),
  },

  Ban: {
    by: async ({ by }, _arguments, context) => {
      const user = by && (await context.loaders.user.load(by));
      return user && toUserSource(context.loaders, user);
    },
  },
};

/**
 * The row behind the source; `null` where it is known to be gone. A user of whom only the token knows is gone too, but
 * whoever asks takes them for somebody: nothing of theirs can be told.
 */
async function load(source: UserSource, context: GraphQLContext): Promise<User | null> {
  if (source.isGone) return null;
  const user = await context.loaders.user.load(source.id);
  if (user === null) throw new AuthError('NOT_FOUND');
  return user;
}

async function loadPermissions(source: UserSource, context: GraphQLContext): Promise<string[] | null> {
  const roles = source.roles ?? (await loadRoles(source, context));
  return roles && [...context.auth.rolePermissions.of(roles)];
}

async function loadRoles(source: UserSource, context: GraphQLContext): Promise<Role[] | null> {
  const user = await load(source, context);
  return user && [...knownRoles(user, context.roles)];
}

/** What is null was not given. */
function toFilter(filter: UserFilterInput | null | undefined): UserFilter {
  const { emailContains, role, banned, createdAfter, createdBefore } = filter ?? {};
  return {
    emailContains: emailContains ?? undefined,
    role: role ?? undefined,
    banned: banned ?? undefined,
    createdAfter: createdAfter ?? undefined,
    createdBefore: createdBefore ?? undefined,
  };
}
