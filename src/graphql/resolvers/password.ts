import { noteFrom, noteOf } from '../../domain/audit-entry.js';
import { actorOf, clientInfo } from '../client-info.js';
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

    requestPasswordReset: async (_source, { email }, context) => {
      await context.auth.passwords.requestReset({ email, client: clientInfo(context, null) });
      return { requested: true };
    },

    resetPassword: async (_source, { input }, context) => {
      await context.auth.passwords.reset({ ...input, client: clientInfo(context, null) });
      return { reset: true };
    },

    requestEmailVerification: async (_source, _arguments, context) => {
      const by = noteOf(actorOf(context));
      await context.auth.emails.requestVerification({ userId: context.principal.userId, by });
      return { requested: true };
    },

    verifyEmail: async (_source, { token }, context) => {
      await context.auth.emails.verify({ token, by: noteFrom(context.client) });
      return { verified: true };
    },
  },
};
