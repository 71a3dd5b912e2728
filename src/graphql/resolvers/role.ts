import type { UserId } from '../../domain/ids.js';
import type { RolePermissions } from '../../domain/role-permission.js';
import { actorOf } from '../client-info.js';
import type { Resolvers } from '../generated.js';
import { toUserSource } from '../loaders.js';

export const roleResolvers: Resolvers = {
  Query: {
    rolePermissions: async (_source, _arguments, context) => (await context.auth.rolePermissions.list()).map(copy),
  },

  Mutation: {
    grantRole: async (_source, { userId, role }, context) => {
      const user = await context.auth.users.grantRole(actorOf(context), userId as UserId, role);
      return { user: toUserSource(context.loaders, user) };
    },

    withdrawRole: async (_source, { userId, role }, context) => {
      const user = await context.auth.users.withdrawRole(actorOf(context), userId as UserId, role);
      return { user: toUserSource(context.loaders, user) };
    },

    setRolePermissions: async (_source, { role, permissions }, context) => {
      const replaced = await context.auth.rolePermissions.replace(actorOf(context), role, permissions);
      return { rolePermissions: copy(replaced) };
    },
  },
};

const copy = ({ role, permissions }: RolePermissions) => ({ role, permissions: [...permissions] });
