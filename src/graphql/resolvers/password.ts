import { clientInfo } from '../client-info.js';
import type { Resolvers } from '../generated.js';
import { toPayload } from './session.js';

export const passwordResolvers: Resolvers = {
  Mutation: {
    changePassword: async (_source, { input }, context) => {
      const change = { ...input, client: clientInfo(context, null) };
      const { issued, revokedSessionIds } = await context.auth.passwords.change(context.principal, change);
      const payload = toPayload(issued, context.transport.accessTokenKind ?? 'header', context);
      return { ...payload, revokedSessionIds: [...revokedSessionIds] };
    },

    requestPasswordReset: (_source, { email }, context) => {
      context.auth.passwords.requestReset(email);
      return { requested: true };
    },

    resetPassword: async (_source, { input }, context) => {
      await context.auth.passwords.reset({ ...input, client: clientInfo(context, null) });
      return { reset: true };
    },

    requestEmailVerification: (_source, _arguments, context) => {
      context.auth.emails.requestVerification(context.principal.userId);
      return { requested: true };
    },

    verifyEmail: async (_source, { token }, context) => {
      await context.auth.emails.verify(token);
      return { verified: true };
    },
  },
};
