import type { Model, QueryFilter } from 'mongoose';
import type { Expression, NowExpression } from './expressions.js';

/** Conditions of a statement. Values are compared with `$eq` and the like, never given bare. */
export type Filter = Readonly<Record<string, unknown>>;

/** A document, and the clock in the very statement that answered it. */
export interface Told<Document> {
  readonly document: Document;
  readonly now: Date;
}

/** What every update by pipeline is given. */
export const PIPELINE = { updatePipeline: true } as const;

/** The filter, as the model's types would have it: they do not know `$expr` beside the fields. */
export const filterFor = <Document>(filter: Filter): QueryFilter<Document> => filter;

/**
 * The documents that meet the filter, as they are, in no order. As `replaceOne`, this asks the driver itself: values are
 * what the database gets, and mongoose would look through all of them.
 */
export const findDocuments = <Document>(model: Model<Document>, filter: Filter): Promise<Document[]> =>
  model.collection.find(filter).toArray() as Promise<Document[]>;

/**
 * Puts what `replacement` makes of the one document that meets the filter in its place, and answers it as it is then;
 * `null` where none meets it. With `upsert`, none is where the document begins. A majority has acknowledged the answer
 * also where the document stays as it was.
 */
export async function replaceOne<Document extends { readonly writtenAt: Date }>(
  model: Model<Document>,
  filter: Filter,
  replacement: Expression,
  options: { readonly now: NowExpression; readonly upsert?: boolean },
): Promise<Told<Document> | null> {
  const document = (await model.collection.findOneAndUpdate(filter, [{ $replaceWith: replacement }], {
    upsert: options.upsert ?? false,
    returnDocument: 'after',
    projection: { storeNow: options.now, ...fieldsOf(model) },
  })) as (Document & { readonly storeNow?: Date }) | null;
  return document && { document, now: document.storeNow ?? document.writtenAt };
}

/** Of each schema, made once. */
const projections = new WeakMap<object, Readonly<Record<string, 1>>>();

function fieldsOf<Document>(model: Model<Document>): Readonly<Record<string, 1>> {
  const { schema } = model;
  const fields = projections.get(schema) ?? Object.fromEntries(Object.keys(schema.paths).map((path) => [path, 1]));
  projections.set(schema, fields);
  return fields;
}

/**
 * Adds a document under this id: an upsert that no document can meet, since all of them have `writtenAt`, so that the
 * database's clock can go into it.
 *
 * @throws MongoServerError 11000 where the id, or a unique field, is taken.
 */
export async function insertOne<Document extends { readonly writtenAt: Date }>(
  model: Model<Document>,
  id: string,
  document: Expression,
  now: NowExpression,
): Promise<Told<Document>> {
  const filter = { _id: { $eq: id }, writtenAt: { $exists: false } };
  const inserted = await replaceOne(model, filter, document, { now, upsert: true });
  if (inserted === null) throw new Error('An upsert answered no document.');
  return inserted;
}
