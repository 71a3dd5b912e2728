import type { Connection } from 'mongoose';
import type { StoreVersion } from '../../domain/store-version.js';
import { assertNotNewer } from '../versions.js';
import { listIndexes, listMissing, makeCollections } from './collections.js';
import { connect } from './connection.js';
import { isDuplicateKey, isIndexNotFound, translateOpeningError } from './errors.js';
import { bindModels, type Models, type SchemaVersionDocument } from './models.js';

interface Step {
  /** In a few words, for who runs it by hand. */
  readonly makes: string;
  /** Done twice, or by two at once, it comes to the same; servers that run go on meanwhile. */
  run(models: Models): Promise<unknown>;
}

/** Each takes the database one version further; steps are never changed once released. */
const STEPS: readonly Step[] = [
  { makes: 'collections with their indexes', run: makeCollections },
  {
    makes: 'fields that documents of version 0.1 lack',
    async run({ users, signingKeys }) {
      // Of a deleted user nothing is left to fill.
      const ofUsers = { createdAt: { $exists: true }, mailTokens: { $exists: false } };
      await users.collection.updateMany(ofUsers, { $set: { mailTokens: [] } });
      await signingKeys.collection.updateMany({ createdAt: { $exists: false } }, [
        { $set: { createdAt: '$activeFrom', revokedAt: { $ifNull: ['$revokedAt', null] } } },
      ]);
    },
  },
  {
    makes: 'sessions without an index that each refresh changes',
    async run({ sessions }) {
      const indexes = await sessions.collection.indexes();
      if (!indexes.some(({ name }) => name === 'user')) return;
      await sessions.collection.dropIndex('user').catch((error: unknown) => {
        // Another dropped it at the same moment.
        if (!isIndexNotFound(error)) throw error;
      });
    },
  },
];

const ID = 'latchkey';

/** An index on millions of documents takes longer than a server may wait that starts. */
const PATIENCE_MS = 3_600_000;

/** What there is, and what of it is to be brought up to date; indexes apart. */
export async function readVersion({ schemaVersion }: Models): Promise<StoreVersion> {
  const found = (await schemaVersion.findById(ID).lean<SchemaVersionDocument>())?.version ?? 0;
  return { found, needed: STEPS.length, pending: STEPS.slice(found).map(({ makes }) => makes) };
}

/** Never lowers it: a newer Latchkey may have been there meanwhile. */
async function noteVersion({ schemaVersion }: Models, version: number): Promise<void> {
  const change = { $max: { version }, $currentDate: { at: true } } as const;
  const note = (): Promise<unknown> => schemaVersion.updateOne({ _id: { $eq: ID } }, change, { upsert: true });
  try {
    await note();
  } catch (error) {
    // Another added the document at the same moment.
    if (!isDuplicateKey(error, '_id')) throw error;
    await note();
  }
}

/**
 * Brings the database up to date, and makes the collections and indexes that are missing whatever its version.
 *
 * @throws TypeError where a newer Latchkey made it: it is left as it is
 */
export async function migrate(models: Models): Promise<StoreVersion> {
  const version = await readVersion(models);
  assertNotNewer(version);
  const missing = version.found === 0 ? [] : await listMissing(models);
  if (missing.length > 0) await makeCollections(models);
  for (const [index, step] of STEPS.entries()) {
    if (index < version.found) continue;
    await step.run(models);
    await noteVersion(models, index + 1);
  }
  return withMissing(version, missing);
}

const withMissing = (version: StoreVersion, missing: readonly string[]): StoreVersion => ({
  ...version,
  pending: [...missing, ...version.pending],
});

/**
 * Brings the database that the URL names up to date, and lets go of it.
 *
 * @throws TypeError where a newer Latchkey made it, or its server refuses the user; `SERVICE_UNAVAILABLE` where nobody
 * answers
 */
export const migrateMongo = (url: string): Promise<StoreVersion> => withModels(url, migrate, PATIENCE_MS);

/** Of the database that the URL names; changes nothing. @throws as {@link migrateMongo} does */
export const inspectMongoVersion = (url: string): Promise<StoreVersion> =>
  withModels(url, async (models) => {
    const version = await readVersion(models);
    assertNotNewer(version);
    return version.found === 0 ? version : withMissing(version, await listMissing(models));
  });

/** Whether the database that the URL names holds nothing of ours. @throws as {@link migrateMongo} does */
export const isMongoEmpty = (url: string): Promise<boolean> =>
  withModels(url, async (models) => Object.values(await listIndexes(models)).every(({ length }) => length === 0));

/** Connects for one act. @param patienceMs for how long a command may take @throws as {@link migrateMongo} does */
export async function withModels<Result>(
  url: string,
  act: (models: Models, connection: Connection) => Promise<Result>,
  patienceMs?: number,
): Promise<Result> {
  try {
    const connection = await connect(url, patienceMs);
    try {
      return await act(bindModels(connection), connection);
    } finally {
      await connection.close();
    }
  } catch (error) {
    throw translateOpeningError(error);
  }
}
