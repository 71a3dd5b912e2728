import { actorOf } from '../client-info.js';
import type { Resolvers } from '../generated.js';

export const signingKeyResolvers: Resolvers = {
  Query: {
    signingKeys: async (_source, _arguments, context) => [...(await context.auth.signingKeys.list())],
  },

  Mutation: {
    rotateSigningKey: async (_source, { revokeCurrent }, context) => {
      const { userId: by, ...from } = actorOf(context);
      return { key: await context.auth.signingKeys.rotate({ revokeCurrent, by, ...from }) };
    },
  },

  SigningKey: {
    id: ({ kid }) => kid,
  },
};
