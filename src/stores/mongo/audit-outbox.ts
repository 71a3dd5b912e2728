import type { Model } from 'mongoose';
import mongoose from 'mongoose';
import type { AuditEntry, NewAuditEntry } from '../../domain/audit-entry.js';
import { AuthError } from '../../domain/errors.js';
import { createAuditEntryId } from '../../domain/ids.js';
import { translateMongoError } from './errors.js';
import type { Expression, NowExpression } from './expressions.js';
import { literal } from './expressions.js';
import type { AuditEntryDocument, Models, WithOutbox } from './models.js';
import { filterFor, type Filter, type Told } from './statements.js';

/** As many documents as are looked at in one go: what is left is looked at the next time. */
const MOST_AT_ONCE = 1_000;
/** For who reads the database's log or profile: no request asks for it. */
const UPKEEP = 'latchkey: audit outbox';

/** An entry as it goes into the outbox of the document that it tells of; `own`: what only that document knows. */
export const outboxEntry = (
  entry: NewAuditEntry,
  now: NowExpression,
  own: Partial<Record<keyof NewAuditEntry, Expression>> = {},
): Expression => ({
  ...Object.fromEntries(Object.entries(entry).map(([name, value]) => [name, literal(value)])),
  ...own,
  id: literal(createAuditEntryId()),
  at: now,
});

/**
 * The document with these entries in its outbox: written by the very update that they tell of. Until the log has them,
 * nothing deletes the document: its `purgeAt` is kept aside.
 */
export function withOutbox(document: Expression, entries: readonly Expression[]): Expression {
  const outbox = { $concatArrays: [{ $ifNull: ['$$after.outbox', literal([])] }, entries] };
  const isPurged = { $eq: [{ $type: '$$after.purgeAt' }, 'date'] };
  const held = { $cond: [isPurged, { heldPurgeAt: '$$after.purgeAt', purgeAt: literal(null) }, literal({})] };
  return { $let: { vars: { after: document }, in: { $mergeObjects: ['$$after', { outbox }, held] } } };
}

type Audited = WithOutbox & { readonly _id: string };

/** Brings entries from the documents that they tell of to the log. */
export interface AuditOutbox {
  /**
   * What the write answered, once the log has the entries in that document's outbox. Where the log cannot be written
   * now, they stay in the outbox, durable as the change itself, and `recover` brings them.
   */
  settled<Document extends Audited, Answer extends Told<Document> | null>(
    model: Model<Document>,
    writing: Promise<Answer>,
  ): Promise<Answer>;
  /** Brings what stands in the outboxes of these documents, by the same rule. */
  settleAll<Document extends Audited>(model: Model<Document>, ids: readonly Document['_id'][]): Promise<void>;
  /** Brings what stands in any outbox. Each entry has its id there already, so that it comes to the log once. */
  recover(): Promise<void>;
}

/** @param ttlMs how long entries are kept */
export function createAuditOutbox(models: Models, ttlMs: number): AuditOutbox {
  const { auditEntries, users, sessions, signingKeys, rolePermissions } = models;

  async function deliver<Document extends Audited>(
    model: Model<Document>,
    documents: readonly Document[],
  ): Promise<void> {
    const waiting = documents.filter(({ outbox = [] }) => outbox.length > 0);
    if (waiting.length === 0) return;
    await auditEntries.bulkWrite(
      waiting.flatMap(entriesIn).map((entry) => ({
        updateOne: {
          filter: filterFor<AuditEntryDocument>({ _id: { $eq: entry.id } }),
          update: { $setOnInsert: documentOf(entry, ttlMs) },
          upsert: true,
        },
      })),
      { ordered: false },
    );
    await model.collection.bulkWrite(waiting.flatMap(emptied) as unknown as Writes<Document>, {
      // Where a failover undoes it, the next look brings the same entries again, to a log that has them.
      writeConcern: { w: 1, journal: false },
    });
  }

  async function deliverFrom<Document extends Audited>(model: Model<Document>, filter: Filter): Promise<void> {
    const documents = await model
      .find(filterFor<Document>({ ...filter, 'outbox.id': { $gt: '' } }), { outbox: 1, heldPurgeAt: 1 })
      .comment(UPKEEP)
      .limit(MOST_AT_ONCE)
      .lean<Document[]>();
    await deliver(model, documents);
  }

  return {
    async settled(model, writing) {
      const told = await writing;
      if (told !== null) await unlessAway(deliver(model, [told.document]));
      return told;
    },
    settleAll: (model, ids) => unlessAway(deliverFrom(model, { _id: { $in: ids } })),
    async recover() {
      await deliverFrom(users, {});
      await deliverFrom(sessions, {});
      await deliverFrom(signingKeys, {});
      await deliverFrom(rolePermissions, {});
    },
  };
}

/** The change is done, and stays so: its entries are as durable as it, where they are. */
async function unlessAway(delivery: Promise<void>): Promise<void> {
  try {
    await delivery;
  } catch (error) {
    if (!isOfDatabase(error)) throw error;
  }
}

const entriesIn = ({ outbox = [] }: Audited): readonly AuditEntry[] => outbox;

const documentOf = ({ id, ...entry }: AuditEntry, ttlMs: number): AuditEntryDocument => ({
  _id: id,
  ...entry,
  purgeAt: new Date(entry.at.getTime() + ttlMs),
  writtenAt: entry.at,
});

type Writes<Document> = Parameters<Model<Document>['collection']['bulkWrite']>[0];

/**
 * Takes these entries out of the document's outbox: all of it, where it holds no others. Who added others has seen
 * these, and takes them all. By plain operators, which the change stream tells as an update of these fields, and of
 * nothing that other servers follow.
 */
function emptied({ _id, heldPurgeAt, outbox = [] }: Audited): readonly object[] {
  const ids = outbox.map(({ id }) => id);
  const holdsOthers = { $elemMatch: { id: { $nin: ids } } };
  // A later change may have put off the purge meanwhile.
  const purge = heldPurgeAt ? { $max: { purgeAt: heldPurgeAt } } : {};
  return [
    {
      updateOne: {
        filter: { _id: { $eq: _id }, 'outbox.id': { $in: ids }, outbox: { $not: holdsOthers } },
        update: { $unset: { outbox: '', heldPurgeAt: '' }, ...purge },
        hint: '_id_',
      },
    },
    {
      updateOne: {
        filter: { _id: { $eq: _id }, 'outbox.id': { $in: ids } },
        update: { $pull: { outbox: { id: { $in: ids } } } },
        hint: '_id_',
      },
    },
  ];
}

const isOfDatabase = (error: unknown): boolean =>
  error instanceof mongoose.mongo.MongoError || translateMongoError(error) instanceof AuthError;
