import type { Model } from 'mongoose';
import mongoose from 'mongoose';
import type { AuditEntry, NewAuditEntry } from '../../domain/audit-entry.js';
import { AuthError } from '../../domain/errors.js';
import { createAuditEntryId } from '../../domain/ids.js';
import { translateMongoError } from './errors.js';
import type { Expression, NowExpression } from './expressions.js';
import { literal } from './expressions.js';
import type { AuditEntryDocument, Models, WithOutbox } from './models.js';
import { filterFor, type Told } from './statements.js';

/** As many documents as are looked at in one go: what is left is looked at the next time. */
const MOST_AT_ONCE = 1_000;

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
  /** Brings what stands in any outbox. Each entry has its id there already, so that it comes to the log once. */
  recover(): Promise<void>;
}

/** @param ttlMs how long entries are kept */
export function createAuditOutbox(models: Models, ttlMs: number): AuditOutbox {
  const { auditEntries, users, sessions, signingKeys, rolePermissions } = models;

  async function deliver<Document extends Audited>(model: Model<Document>, document: Document): Promise<void> {
    const entries = document.outbox ?? [];
    if (entries.length === 0) return;
    await auditEntries.bulkWrite(
      entries.map((entry) => ({
        updateOne: {
          filter: filterFor<AuditEntryDocument>({ _id: { $eq: entry.id } }),
          update: { $setOnInsert: documentOf(entry, ttlMs) },
          upsert: true,
        },
      })),
      { ordered: false },
    );
    await empty(model, document, entries);
  }

  async function recoverFrom<Document extends Audited>(model: Model<Document>): Promise<void> {
    const waiting = filterFor<Document>({ 'outbox.id': { $gt: '' } });
    const documents = await model
      .find(waiting, { outbox: 1, heldPurgeAt: 1 })
      // For who reads the database's profile: no request asks for it.
      .comment('latchkey: audit outbox')
      .limit(MOST_AT_ONCE)
      .lean<Document[]>();
    for (const document of documents) await deliver(model, document);
  }

  return {
    async settled(model, writing) {
      const told = await writing;
      try {
        if (told !== null) await deliver(model, told.document);
      } catch (error) {
        if (!isOfDatabase(error)) throw error;
      }
      return told;
    },
    async recover() {
      await recoverFrom(users);
      await recoverFrom(sessions);
      await recoverFrom(signingKeys);
      await recoverFrom(rolePermissions);
    },
  };
}

const documentOf = ({ id, ...entry }: AuditEntry, ttlMs: number): AuditEntryDocument => ({
  _id: id,
  ...entry,
  purgeAt: new Date(entry.at.getTime() + ttlMs),
  writtenAt: entry.at,
});

/**
 * Empties the outbox, where it holds these entries and no more: else whoever added to it has seen these too. By plain
 * operators, which the change stream tells as an update of these fields, and of nothing that other servers follow.
 */
async function empty<Document extends Audited>(
  model: Model<Document>,
  { _id, heldPurgeAt }: Document,
  entries: readonly AuditEntry[],
): Promise<void> {
  const ids = entries.map(({ id }) => id);
  const filter = { _id: { $eq: _id }, outbox: { $size: ids.length }, 'outbox.id': { $all: ids } };
  // A later change may have put off the purge meanwhile.
  const purge = heldPurgeAt ? { $max: { purgeAt: heldPurgeAt } } : {};
  const emptied = { $unset: { outbox: '', heldPurgeAt: '' }, ...purge };
  await model.collection.updateOne(filterFor(filter), emptied, { hint: '_id_' });
}

const isOfDatabase = (error: unknown): boolean =>
  error instanceof mongoose.mongo.MongoError || translateMongoError(error) instanceof AuthError;
