import type { UserId } from '../../domain/ids.js';
import { viewerOf } from '../context.js';
import type { Resolvers } from '../generated.js';
import { toUserSource } from '../loaders.js';

export const roleResolvers: Resolvers = {
  Mutation: {
    grantRole: async (_source, { userId, role }, context) => {
      const user = await context.auth.users.grantRole(viewerOf(context), userId as UserId, role);
      return { user: toUserSource(context.loaders, user) };
    },

    withdrawRole: async (_source, { userId, role }, context) => {
      const user = await context.auth.users.withdrawRole(viewerOf(context), userId as UserId, role);
      return { user: toUserSource(context.loaders, user) };
    },
  },
};
