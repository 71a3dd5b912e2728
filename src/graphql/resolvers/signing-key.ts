import type { Resolvers } from '../generated.js';

export const signingKeyResolvers: Resolvers = {
  Query: {
    signingKeys: async (_source, _arguments, context) => [...(await context.auth.signingKeys.list())],
  },

  Mutation: {
    rotateSigningKey: async (_source, { revokeCurrent }, context) => {
      const { userId } = context.principal;
      return { key: await context.auth.signingKeys.rotate({ revokeCurrent, by: userId }) };
    },
  },

  SigningKey: {
    id: ({ kid }) => kid,
  },
};
