import mongoose from 'mongoose';
import type { Models } from './models.js';

/** Since the last beat of a server. */
const HEARTBEAT_TTL_SECONDS = 3600;

/** An index as it shall be. */
export type DeclaredIndex = mongoose.mongo.IndexDescription & { readonly name: string };

const PURGE: DeclaredIndex = { key: { purgeAt: 1 }, name: 'purge', expireAfterSeconds: 0 };
/** Of documents with entries that the audit log lacks: nearly none, at nearly any time. */
const OUTBOX: DeclaredIndex = { key: { 'outbox.id': 1 }, name: 'outbox', sparse: true };

/** Each collection with its indexes, beside the one that MongoDB makes itself. */
export const INDEXES: Readonly<Record<keyof Models, readonly DeclaredIndex[]>> = {
  users: [
    { key: { emailKey: 1 }, name: 'emailKey', unique: true },
    // With the address, so that a search for a part of it reads keys alone, in the order of the list.
    { key: { createdAt: 1, _id: 1, emailKey: 1 }, name: 'list' },
    { key: { roles: 1, createdAt: 1, _id: 1 }, name: 'roles' },
    { key: { verChangedAt: 1 }, name: 'change' },
    PURGE,
    // Few users are banned: lists of them need not pass by the others.
    {
      key: { createdAt: 1, _id: 1 },
      name: 'banned',
      partialFilterExpression: { 'ban.at': { $exists: true } },
    },
    OUTBOX,
  ],
  sessions: [
    // Without `lastSeenAt`, which each refresh changes: a user has few that are open.
    { key: { userId: 1, endedAt: 1 }, name: 'owner' },
    PURGE,
    // What a node loads when it starts; most rows are not ended.
    { key: { endedAt: 1 }, name: 'end', partialFilterExpression: { endedAt: { $gt: new Date(0) } } },
    OUTBOX,
  ],
  setUpCodes: [PURGE],
  attempts: [{ key: { expiresAt: 1 }, name: 'purge', expireAfterSeconds: 0 }],
  heartbeats: [{ key: { at: 1 }, name: 'purge', expireAfterSeconds: HEARTBEAT_TTL_SECONDS }],
  auditEntries: [
    { key: { at: 1, _id: 1 }, name: 'age' },
    ...['action', 'actorId', 'subjectId', 'ipAddress'].map((field) => ({
      key: { [field]: 1, at: 1, _id: 1 } as const,
      name: field,
    })),
    PURGE,
  ],
  signingKeys: [OUTBOX],
  rolePermissions: [OUTBOX],
  hashKinds: [],
  schemaVersion: [],
};

const NAMES = Object.keys(INDEXES) as (keyof Models)[];

/** Makes the collections and indexes that are missing. Servers that start at the same time may all do it. */
export async function makeCollections(models: Models): Promise<void> {
  for (const name of NAMES) {
    const indexes = INDEXES[name];
    if (indexes.length === 0) await models[name].createCollection();
    else await models[name].collection.createIndexes([...indexes]);
  }
}

/** An index that is there. */
export type FoundIndex = Readonly<Record<string, unknown>> & { readonly name: string };

/**
 * The indexes that are there, by collection. One after the other, on the connection that is there: a further one costs
 * more, on either side, than all of these.
 */
export async function listIndexes(models: Models): Promise<Readonly<Record<keyof Models, readonly FoundIndex[]>>> {
  const found: Partial<Record<keyof Models, readonly FoundIndex[]>> = {};
  for (const name of NAMES) found[name] = await indexesOf(models[name].collection);
  return found as Record<keyof Models, readonly FoundIndex[]>;
}

/** A server's code for: there is no such collection. */
const NAMESPACE_NOT_FOUND = 26;

async function indexesOf(collection: Models['users']['collection']): Promise<readonly FoundIndex[]> {
  try {
    return (await collection.indexes()) as FoundIndex[];
  } catch (error) {
    if (error instanceof mongoose.mongo.MongoServerError && error.code === NAMESPACE_NOT_FOUND) return [];
    throw error;
  }
}

/** What is declared and not there, or there and not as declared: `collection users`, `index users.list`. */
export async function listMissing(models: Models): Promise<string[]> {
  const found = await listIndexes(models);
  return NAMES.flatMap((name) => {
    // A collection has one at least, by `_id`.
    if (found[name].length === 0) return [`collection ${name}`];
    const isThere = (declared: DeclaredIndex): boolean => found[name].some((index) => isSameIndex(declared, index));
    return INDEXES[name].filter((declared) => !isThere(declared)).map((declared) => `index ${name}.${declared.name}`);
  });
}

/** What else tells one index from another, MongoDB does not let be changed without a new name. */
const isSameIndex = (declared: DeclaredIndex, found: FoundIndex): boolean =>
  declared.name === found.name &&
  JSON.stringify(declared.key) === JSON.stringify(found['key']) &&
  declared.expireAfterSeconds === found['expireAfterSeconds'] &&
  (declared.unique ?? false) === (found['unique'] ?? false);
