import type { AuditEntry, NewAuditEntry } from '../../domain/audit-entry.js';
import type { AuditCursor, AuditEntryStore, AuditFilter } from '../../domain/audit-entry-store.js';
import { createAuditEntryId } from '../../domain/ids.js';
import type { Eventual } from '../guarded.js';
import type { AuditOutbox } from './audit-outbox.js';
import { after as later, changed, literal } from './expressions.js';
import type { AuditEntryDocument, Models } from './models.js';
import { filterFor, insertOne, type Filter } from './statements.js';
import type { StoreTime } from './time.js';

/** The audit log in MongoDB: one document an entry. @param ttlMs how long entries are kept */
export const createAuditEntryStore = (
  auditEntries: Models['auditEntries'],
  time: StoreTime,
  { outbox, ttlMs }: { readonly outbox: AuditOutbox; readonly ttlMs: number },
): Eventual<AuditEntryStore> => {
  async function create(entry: NewAuditEntry): Promise<void> {
    const now = time.expression();
    const fields = Object.fromEntries(Object.entries(entry).map(([name, value]) => [name, literal(value)]));
    const document = changed({ ...fields, at: now, purgeAt: later(now, ttlMs) }, now);
    await outbox.written(() => insertOne(auditEntries, createAuditEntryId(), document, now));
  }

  return {
    create,
    async list(filter, limit, after) {
      // MongoDB takes a limit of 0 for none.
      if (limit <= 0) return [];
      const documents = await auditEntries
        .find(filterFor<AuditEntryDocument>(mongoAuditFilter(filter, after)))
        .sort({ at: -1, _id: -1 })
        .limit(limit)
        .lean<AuditEntryDocument[]>();
      return documents.map(auditEntryOf);
    },
    recover: () => outbox.recover(() => create(RESUMED)),
  };
};

/** There was a time in which the log took nothing: what was refused in it was answered so, and stands nowhere. */
const RESUMED: NewAuditEntry = {
  ...{ action: 'audit-log-resumed', outcome: 'success', actorId: null, subjectId: null },
  ...{ sessionHash: null, ipAddress: null, userAgent: null, reason: null },
};

function mongoAuditFilter(filter: AuditFilter, cursor: AuditCursor | null): Filter {
  const { actions, actorId, subjectId, after, before, ipAddress } = filter;
  const conditions = [
    actions !== undefined && { action: { $in: [...actions] } },
    actorId !== undefined && { actorId: { $eq: actorId } },
    subjectId !== undefined && { subjectId: { $eq: subjectId } },
    ipAddress !== undefined && { ipAddress: { $eq: ipAddress } },
    after !== undefined && { at: { $gt: after } },
    before !== undefined && { at: { $lt: before } },
    // The first bounds the scan of an index, the second leaves out those of that moment that came before.
    cursor !== null && { at: { $lte: cursor.at } },
    cursor !== null && { $nor: [{ at: { $eq: cursor.at }, _id: { $gte: cursor.id } }] },
  ].filter((condition) => typeof condition === 'object');
  return conditions.length === 0 ? {} : { $and: conditions };
}

const auditEntryOf = (document: AuditEntryDocument): AuditEntry => ({
  id: document._id,
  at: document.at,
  action: document.action,
  outcome: document.outcome,
  actorId: document.actorId,
  subjectId: document.subjectId,
  sessionHash: document.sessionHash,
  ipAddress: document.ipAddress,
  userAgent: document.userAgent,
  reason: document.reason,
});
