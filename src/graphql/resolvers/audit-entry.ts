import type { AuditFilter } from '../../domain/audit-entry-store.js';
import type { UserId } from '../../domain/ids.js';
import type { GraphQLContext } from '../context.js';
import { decodeAuditCursor, encodeAuditCursor } from '../cursor.js';
import type { AuditFilter as AuditFilterInput, Resolvers } from '../generated.js';
import { toUserSource } from '../loaders.js';
import type { UserSource } from '../sources.js';

export const auditEntryResolvers: Resolvers = {
  Query: {
    auditLog: async (_source, { first, after, filter }, context) => {
      const cursor = after == null ? null : decodeAuditCursor(after);
      const page = await context.auth.auditLog.list(toFilter(filter), first, cursor);
      return { ...page, hasPreviousPage: cursor !== null };
    },
  },

  AuditEntryConnection: {
    edges: ({ entries }) => entries.map((entry) => ({ cursor: encodeAuditCursor(entry), node: entry })),
    nodes: ({ entries }) => [...entries],
    pageInfo: ({ entries, hasNextPage, hasPreviousPage }) => {
      const [startCursor = null, endCursor = null] = [entries.at(0), entries.at(-1)].map(
        (entry) => entry && encodeAuditCursor(entry),
      );
      return { hasNextPage, hasPreviousPage, startCursor, endCursor };
    },
  },

  AuditEntry: {
    actor: ({ actorId }, _arguments, context) => load(actorId, context),
    subject: ({ subjectId }, _arguments, context) => load(subjectId, context),
  },
};

/** Of an account that is gone, the id is what its entries can still be told by. */
async function load(id: UserId | null, { loaders }: GraphQLContext): Promise<UserSource | null> {
  if (id === null) return null;
  const user = await loaders.user.load(id);
  return user === null ? { id, isGone: true } : toUserSource(loaders, user);
}

/** What is null was not given. */
function toFilter(filter: AuditFilterInput | null | undefined): AuditFilter {
  const { action, actorId, subjectId, after, before, ipAddress } = filter ?? {};
  return {
    actions: action ?? undefined,
    actorId: (actorId ?? undefined) as UserId | undefined,
    subjectId: (subjectId ?? undefined) as UserId | undefined,
    after: after ?? undefined,
    before: before ?? undefined,
    ipAddress: ipAddress ?? undefined,
  };
}
