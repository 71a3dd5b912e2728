import { afterAll } from '@jest/globals';
import mongoose from 'mongoose';
import { withFreshDatabase } from './mongo.js';

/** A database without a document, for one test at a time. */
export interface BorrowedDatabase {
  readonly url: string;
  /** Deletes every document of it, and lends it to the next test. */
  giveBack(): Promise<void>;
}

/**
 * Databases of this test file that nobody uses now, by their server: with collections and indexes, which MongoDB takes
 * longer to make and to drop than most tests take in all, and without a document.
 */
const spare = new Map<string, string[]>();
const connections = new Map<string, Promise<mongoose.Connection>>();

/** Lends a database on this server, which holds no document; a new one has no collection either. */
export function borrowDatabase(server: string): BorrowedDatabase {
  const url = spare.get(server)?.pop() ?? withFreshDatabase(server);
  return {
    url,
    async giveBack() {
      const database = await databaseAt(server, url);
      const collections = await database.listCollections({}, { nameOnly: true }).toArray();
      // One after the other: a further connection costs more than all of it.
      for (const { name } of collections) await emptyCollection(database, name);
      spare.set(server, [...(spare.get(server) ?? []), url]);
    },
  };
}

async function emptyCollection(database: mongoose.mongo.Db, name: string): Promise<void> {
  if (name !== 'system.profile') {
    await database.collection(name).deleteMany({});
    return;
  }
  // What the profiler wrote for a test can be dropped alone, once it is off.
  await database.command({ profile: 0 });
  await database.dropCollection(name);
}

async function databaseAt(server: string, url: string): Promise<mongoose.mongo.Db> {
  if (!connections.has(server)) connections.set(server, mongoose.createConnection(server).asPromise());
  const connection = (await connections.get(server))!;
  return connection.getClient().db(/^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]+)/.exec(url)?.[1]);
}

afterAll(async () => {
  for (const [server, urls] of spare) {
    for (const url of urls) await (await databaseAt(server, url)).dropDatabase();
  }
  await Promise.all([...connections.values()].map(async (connection) => (await connection).close()));
});
