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
      await Promise.all(collections.map(({ name }) => database.collection(name).deleteMany({})));
      spare.set(server, [...(spare.get(server) ?? []), url]);
    },
  };
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
