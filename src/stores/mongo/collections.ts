import type { Models } from './models.js';

/** Since the last beat of a server. */
const HEARTBEAT_TTL_SECONDS = 3600;

/** Makes the collections and indexes that are missing. Servers that start at the same time may all do it. */
export async function makeCollections(models: Models): Promise<void> {
  const { users, sessions, signingKeys, rolePermissions, auditEntries, setUpCodes, attempts, heartbeats, hashKinds } =
    models;
  await users.collection.createIndexes([
    { key: { emailKey: 1 }, name: 'emailKey', unique: true },
    // With the address, so that a search for a part of it reads keys alone, in the order of the list.
    { key: { createdAt: 1, _id: 1, emailKey: 1 }, name: 'list' },
    { key: { roles: 1, createdAt: 1, _id: 1 }, name: 'roles' },
    { key: { verChangedAt: 1 }, name: 'change' },
    { key: { purgeAt: 1 }, name: 'purge', expireAfterSeconds: 0 },
    // Few users are banned: lists of them need not pass by the others.
    {
      key: { createdAt: 1, _id: 1 },
      name: 'banned',
      partialFilterExpression: { 'ban.at': { $exists: true } },
    },
  ]);
  await sessions.collection.createIndexes([
    { key: { userId: 1, endedAt: 1, lastSeenAt: -1 }, name: 'user' },
    { key: { purgeAt: 1 }, name: 'purge', expireAfterSeconds: 0 },
    // What a node loads when it starts; most rows are not ended.
    { key: { endedAt: 1 }, name: 'end', partialFilterExpression: { endedAt: { $gt: new Date(0) } } },
  ]);
  await setUpCodes.collection.createIndexes([{ key: { purgeAt: 1 }, name: 'purge', expireAfterSeconds: 0 }]);
  await attempts.collection.createIndexes([{ key: { expiresAt: 1 }, name: 'purge', expireAfterSeconds: 0 }]);
  await heartbeats.collection.createIndexes([
    { key: { at: 1 }, name: 'purge', expireAfterSeconds: HEARTBEAT_TTL_SECONDS },
  ]);
  await auditEntries.collection.createIndexes([
    { key: { at: 1, _id: 1 }, name: 'age' },
    ...['action', 'actorId', 'subjectId', 'ipAddress'].map((field) => ({
      key: { [field]: 1, at: 1, _id: 1 },
      name: field,
    })),
    { key: { purgeAt: 1 }, name: 'purge', expireAfterSeconds: 0 },
  ]);
  await hashKinds.createCollection();
  await signingKeys.createCollection();
  await rolePermissions.createCollection();
  for (const { collection } of [users, sessions, signingKeys, rolePermissions]) {
    // Of documents with entries that the audit log lacks: nearly none, at nearly any time.
    await collection.createIndexes([{ key: { 'outbox.id': 1 }, name: 'outbox', sparse: true }]);
  }
}
