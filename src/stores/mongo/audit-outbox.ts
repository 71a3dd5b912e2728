import type { Model } from 'mongoose';
import mongoose from 'mongoose';
import type { AuditEntry, NewAuditEntry } from '../../domain/audit-entry.js';
import { AuthError } from '../../domain/errors.js';
import { createAuditEntryId } from '../../domain/ids.js';
import { DUPLICATE_KEY, translateMongoError } from './errors.js';
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
  const outbox = { $concatArrays: [OUTBOX, entries] };
  return { $let: { vars: { after: document }, in: { $mergeObjects: ['$$after', { outbox }, HELD] } } };
}

/** The document after a change that has no entry: what waits in its outbox keeps it from being deleted all the same. */
export function keepingOutbox(document: Expression): Expression {
  const kept = { $cond: [{ $gt: [{ $size: OUTBOX }, 0] }, { $mergeObjects: ['$$after', HELD] }, '$$after'] };
  return { $let: { vars: { after: document }, in: kept } };
}

const OUTBOX: Expression = { $ifNull: ['$$after.outbox', literal([])] };

const HELD: Expression = {
  $cond: [
    { $eq: [{ $type: '$$after.purgeAt' }, 'date'] },
    { heldPurgeAt: '$$after.purgeAt', purgeAt: literal(null) },
    literal({}),
  ],
};

type Audited = WithOutbox & { readonly _id: string };

/** Brings entries from the documents that they tell of to the log. */
export interface AuditOutbox {
  /**
   * What the write answered, once the log has the entries in that document's outbox. Where the log is away, they stay in
   * the outbox, durable as the change itself, and `recover` brings them.
   *
   * @throws AuthError `SERVICE_UNAVAILABLE` where the log refuses them, as it will again. A server that cannot write
   *   them down is not to go on as if it could: the first change is made then, and its entries wait; while the log is
   *   known to refuse, nothing is written
   */
  settled<Document extends Audited, Answer extends Told<Document> | null>(
    model: Model<Document>,
    write: () => Promise<Answer>,
  ): Promise<Answer>;
  /** Before a write that `settleAll` follows. @throws AuthError `SERVICE_UNAVAILABLE` while the log is known to refuse */
  assertTaking(): void;
  /** Brings what stands in the outboxes of these documents, by the same rule. */
  settleAll<Document extends Audited>(model: Model<Document>, ids: readonly Document['_id'][]): Promise<void>;
  /** Writes an entry that stands in no outbox. @throws AuthError `SERVICE_UNAVAILABLE`, also where the log refuses it */
  written(write: () => Promise<unknown>): Promise<void>;
  /**
   * Brings what stands in any outbox. Each entry has its id there already, so that it comes to the log once. One that is
   * refused stops no other.
   *
   * @param resume writes an entry; called where some were refused before, and none is now
   * @throws AuthError `SERVICE_UNAVAILABLE` while the log is away; what the database says where it refuses an entry
   */
  recover(resume: () => Promise<void>): Promise<void>;
  /** Not since the log refused an entry for another reason than that it was away, until `recover` meets no refusal. */
  isTaking(): boolean;
}

/** @param ttlMs how long entries are kept */
export function createAuditOutbox(models: Models, ttlMs: number): AuditOutbox {
  const { auditEntries, users, sessions, signingKeys, rolePermissions } = models;
  /** How many documents of a collection are passed by: so many before them were refused. */
  const passed = new Map<string, number>();
  let isRefusing = false;

  /** The ids that the log refuses, and why; it has all the others then. */
  async function writeEntries(entries: readonly AuditEntry[]): Promise<ReadonlyMap<string, unknown>> {
    try {
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
      return new Map();
    } catch (error) {
      return refusedOf(error, entries);
    }
  }

  async function empty<Document extends Audited>(
    model: Model<Document>,
    documents: readonly Document[],
  ): Promise<void> {
    await model.collection.bulkWrite(documents.flatMap(emptied) as unknown as Writes<Document>, {
      // Where a failover undoes it, the next look does it again.
      writeConcern: { w: 1, journal: false },
    });
  }

  async function deliver<Document extends Audited>(
    model: Model<Document>,
    documents: readonly Document[],
  ): Promise<number> {
    const waiting = documents.filter(({ outbox = [] }) => outbox.length > 0);
    if (waiting.length === 0) return 0;
    const refused = await writeEntries(waiting.flatMap(entriesIn));
    const brought = waiting.filter(({ outbox = [] }) => !outbox.some(({ id }) => refused.has(id)));
    // Whatever keeps it from being emptied: the log has these entries, and the next look brings them again, to no effect.
    if (brought.length > 0) await empty(model, brought).catch(() => undefined);
    const [reason] = refused.values();
    if (reason !== undefined) throw new RefusedEntryError(waiting.length - brought.length, reason);
    return waiting.length;
  }

  const find = <Document extends Audited>(model: Model<Document>, filter: Filter, skipped = 0): Promise<Document[]> =>
    model
      .find(filterFor<Document>({ ...filter, 'outbox.id': { $gt: '' } }), { outbox: 1, heldPurgeAt: 1 })
      .comment(UPKEEP)
      .skip(skipped)
      .limit(MOST_AT_ONCE)
      .lean<Document[]>();

  /** What was refused is tried again once all others had their turn. */
  async function recoverFrom<Document extends Audited>(model: Model<Document>): Promise<void> {
    const skipped = passed.get(model.modelName) ?? 0;
    const documents = await find(model, {}, skipped);
    const next = documents.length < MOST_AT_ONCE ? 0 : skipped;
    passed.set(model.modelName, next);
    try {
      await deliver(model, documents);
    } catch (error) {
      if (error instanceof RefusedEntryError && documents.length === MOST_AT_ONCE) {
        passed.set(model.modelName, next + error.documents);
      }
      throw error;
    }
  }

  /** Waits for an entry of a change, or of nothing: what refuses it is remembered. */
  async function noting(delivery: () => Promise<unknown>): Promise<void> {
    try {
      await delivery();
    } catch (error) {
      if (isRefusal(error)) isRefusing = true;
      throw error;
    }
  }

  /** The change is done, and stays so: its entries are as durable as it, where they are. */
  async function unlessAway(delivery: () => Promise<unknown>): Promise<void> {
    try {
      await noting(delivery);
    } catch (error) {
      if (isRefusal(error)) throw unavailable(error);
      if (!isAway(error)) throw error;
    }
  }

  function assertTaking(): void {
    if (isRefusing) throw unavailable(new Error('The audit log refuses entries.'));
  }

  return {
    assertTaking,
    async settled(model, write) {
      assertTaking();
      const told = await write();
      if (told !== null) await unlessAway(() => deliver(model, [told.document]));
      return told;
    },
    settleAll: <Document extends Audited>(model: Model<Document>, ids: readonly Document['_id'][]) =>
      unlessAway(async () => deliver(model, await find(model, { _id: { $in: ids } }))),
    async written(write) {
      try {
        await noting(write);
      } catch (error) {
        throw isRefusal(error) ? unavailable(error) : error;
      }
    },
    async recover(resume) {
      const tries = await Promise.allSettled([
        noting(() => recoverFrom(users)),
        noting(() => recoverFrom(sessions)),
        noting(() => recoverFrom(signingKeys)),
        noting(() => recoverFrom(rolePermissions)),
      ]);
      const reasons = tries.filter((each) => each.status === 'rejected').map(({ reason }) => reason as Error);
      const worst = reasons.find(isRefusal) ?? reasons[0];
      if (worst !== undefined) throw worst;
      if (!isRefusing) return;
      // Nobody is sent here while this server is not ready: it tries by itself whether an entry is taken again.
      await resume();
      isRefusing = false;
    },
    isTaking: () => !isRefusing,
  };
}

/** The log refuses entries of so many documents, and would again. Its cause says why. */
class RefusedEntryError extends Error {
  readonly documents: number;

  constructor(documents: number, cause: unknown) {
    super(`The audit log refuses entries of ${documents} documents.`, { cause });
    this.name = 'RefusedEntryError';
    this.documents = documents;
  }
}

const isAway = (error: unknown): boolean => translateMongoError(error) instanceof AuthError;

const isRefusal = (error: unknown): boolean =>
  error instanceof RefusedEntryError || (error instanceof mongoose.mongo.MongoError && !isAway(error));

const unavailable = (cause: unknown): AuthError => new AuthError('SERVICE_UNAVAILABLE', { cause });

/** Which of these entries a write refused. Another server may have brought one at the same moment. */
function refusedOf(error: unknown, entries: readonly AuditEntry[]): ReadonlyMap<string, unknown> {
  if (!(error instanceof mongoose.mongo.MongoBulkWriteError) || isAway(error)) {
    if (!isRefusal(error)) throw error;
    return new Map(entries.map(({ id }) => [id, error]));
  }
  const refusals = [error.writeErrors].flat().filter(({ code }) => code !== DUPLICATE_KEY);
  return new Map(refusals.map((refusal) => [entries[refusal.index]?.id ?? '', refusal]));
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
 * these, and takes them all. When it is to be deleted is restored as it was read: where a new user has taken the
 * document's place, there is nothing to restore, and where a change has put another time aside, the next look has that.
 * By plain operators, which the change stream tells as an update of these fields, and of nothing that other servers
 * follow.
 */
function emptied({ _id, heldPurgeAt, outbox = [] }: Audited): readonly object[] {
  const ids = outbox.map(({ id }) => id);
  const others = { $elemMatch: { id: { $nin: ids } } };
  const held = { _id: { $eq: _id }, 'outbox.id': { $in: ids } };
  const emptying = { $unset: { outbox: '', heldPurgeAt: '' } };
  const restoring = heldPurgeAt && {
    updateOne: {
      filter: { ...held, outbox: { $not: others }, heldPurgeAt: { $eq: heldPurgeAt } },
      // A later change may have put off the purge meanwhile.
      update: { ...emptying, $max: { purgeAt: heldPurgeAt } },
      hint: '_id_',
    },
  };
  return [
    ...(restoring ? [restoring] : []),
    {
      updateOne: {
        // Missing, or null.
        filter: { ...held, outbox: { $not: others }, heldPurgeAt: null },
        update: emptying,
        hint: '_id_',
      },
    },
    {
      updateOne: {
        filter: { ...held, outbox: others },
        update: { $pull: { outbox: { id: { $in: ids } } } },
        hint: '_id_',
      },
    },
  ];
}
