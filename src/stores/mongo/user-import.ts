import mongoose from 'mongoose';
import type { UserId } from '../../domain/ids.js';
import { hashKind } from '../../domain/password-hash.js';
import type { ImportedUser, UserInTheWay } from '../../domain/user-store.js';
import { entriesOfImportedUser } from '../audit-changes.js';
import { outboxEntry, withOutbox } from './audit-outbox.js';
import { DUPLICATE_KEY } from './errors.js';
import type { Expression, NowExpression } from './expressions.js';
import { changed, literal } from './expressions.js';
import type { Models, UserDocument } from './models.js';
import { filterFor, PIPELINE, replaceOne } from './statements.js';
import type { UserWriting } from './user-change.js';
import { deletedKey, newUserFields, recreatedUserFields } from './user-document.js';

type Users = Models['users'];

interface ImportWriting extends Omit<UserWriting, 'by'> {
  readonly hashKinds: Models['hashKinds'];
}

/** The kinds of the hashes that imports have brought. */
export async function listHashKinds(hashKinds: Models['hashKinds']): Promise<string[]> {
  const documents = await hashKinds.find().sort({ _id: 1 }).lean<{ readonly _id: string }[]>();
  return documents.map(({ _id }) => _id);
}

/** Adds these users by one unordered bulk write, but for those whose id or address somebody has. */
export async function importUsers(
  writing: ImportWriting,
  imported: readonly ImportedUser[],
): Promise<(UserInTheWay | null)[]> {
  const { users, outbox } = writing;
  const known = await findInTheWay(users, imported);
  if (imported.some((user) => entriesOfImportedUser(user).length > 0)) outbox.assertTaking();
  const fresh = imported.filter((user) => known(user) === null);
  await addHashKinds(writing, fresh);
  const refused = new Set(await insertMany(writing, fresh));
  // By somebody who was not there when it was looked: another line of the same import, mostly; or one who was deleted.
  const others = refused.size === 0 ? known : await findInTheWay(users, [...refused]);
  for (const user of refused) if (others(user) === null) await recreate(writing, user);

  const audited = fresh.filter((user) => entriesOfImportedUser(user).length > 0).map(({ id }) => id);
  if (audited.length > 0) await outbox.settleAll(users, audited);
  return imported.map((user) => (refused.has(user) ? others(user) : known(user)));
}

/** Before any user of these: a server that meets one has to know what others must cost then. */
async function addHashKinds({ hashKinds, time }: ImportWriting, imported: readonly ImportedUser[]): Promise<void> {
  const kinds = new Set(imported.map(({ passwordHash }) => hashKind(passwordHash)).filter((kind) => kind !== null));
  if (kinds.size === 0) return;
  const update = [{ $set: { addedAt: { $ifNull: ['$addedAt', time.expression()] } } }];
  await hashKinds.bulkWrite(
    [...kinds].map((kind) => ({ updateOne: { filter: { _id: { $eq: kind } }, update, upsert: true } })),
    { ...PIPELINE, ordered: false },
  );
}

/** Who is in the way of whom, at this moment. */
async function findInTheWay(
  users: Users,
  imported: readonly ImportedUser[],
): Promise<(user: ImportedUser) => UserInTheWay | null> {
  const ids = imported.map(({ id }) => id);
  const emailKeys = imported.map(({ emailKey }) => emailKey);
  const documents = await users
    .find(filterFor<UserDocument>({ $or: [{ _id: { $in: ids } }, { emailKey: { $in: emailKeys } }] }))
    .select({ emailKey: 1 })
    .lean<Pick<UserDocument, '_id' | 'emailKey'>[]>();
  const existing = documents
    .map(({ _id, emailKey }) => ({ id: _id as UserId, emailKey }))
    .filter(({ id, emailKey }) => emailKey !== deletedKey(id));
  const byId = new Map<string, UserInTheWay>(existing.map((user) => [user.id, user]));
  const byKey = new Map(existing.map((user) => [user.emailKey, user]));
  return ({ id, emailKey }) => byId.get(id) ?? byKey.get(emailKey) ?? null;
}

/** Answers those whom a unique index refused. As in `insertOne`: upserts that no document can meet. */
async function insertMany(
  { users, time }: Omit<UserWriting, 'by'>,
  imported: readonly ImportedUser[],
): Promise<readonly ImportedUser[]> {
  if (imported.length === 0) return [];
  const now = time.expression();
  const upserts = imported.map((user) => ({
    updateOne: {
      filter: { _id: { $eq: user.id }, writtenAt: { $exists: false } },
      update: [{ $replaceWith: told(user, changed(importedFields(user, now), now), now) }],
      upsert: true,
    },
  }));
  try {
    await users.collection.bulkWrite(upserts as unknown as Parameters<Users['collection']['bulkWrite']>[0], {
      ordered: false,
    });
    return [];
  } catch (error) {
    if (!(error instanceof mongoose.mongo.MongoBulkWriteError)) throw error;
    const refusals = [error.writeErrors].flat();
    if (refusals.length === 0 || refusals.some(({ code }) => code !== DUPLICATE_KEY)) throw error;
    return refusals.map(({ index }) => imported[index]).filter((user) => user !== undefined);
  }
}

/** In the place of a user of this id who was deleted a short while ago. */
async function recreate({ users, time }: Omit<UserWriting, 'by'>, user: ImportedUser): Promise<void> {
  const now = time.expression();
  const filter = { _id: { $eq: user.id }, emailKey: { $eq: deletedKey(user.id) } };
  const fields = { ...recreatedUserFields(user, now), ...history(user, now) };
  const recreated = await replaceOne(users, filter, told(user, changed(fields, now), now), { now });
  if (recreated === null) throw new Error(`The user ${user.id} came and went during an import.`);
}

/** With what the audit log has to hear in its outbox. */
function told(user: ImportedUser, document: Expression, now: NowExpression): Expression {
  const entries = entriesOfImportedUser(user).map((entry) => outboxEntry(entry, now));
  return entries.length === 0 ? document : withOutbox(document, entries);
}

const importedFields = (user: ImportedUser, now: NowExpression): Readonly<Record<string, Expression>> => ({
  ...newUserFields(user, now),
  verChangedAt: literal(new Date(0)),
  ...history(user, now),
});

const history = (user: ImportedUser, now: NowExpression): Readonly<Record<string, Expression>> => ({
  ban: literal(user.ban),
  createdAt: user.createdAt === null ? now : literal(user.createdAt),
  lastSignInAt: literal(user.lastSignInAt),
});
