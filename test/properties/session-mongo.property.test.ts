import { afterAll, expect, test } from '@jest/globals';
import mongoose from 'mongoose';
import { createBackend, describeOnMongo, type Backend } from '../support/stores.js';
import { openCluster, type Cluster } from './session-cluster.js';
import { explore, findSecrets, numberOfRuns, STEPS, HALF_AN_HOUR_MS } from './session-exploration.js';

const RUNS = numberOfRuns(100);

describeOnMongo('sessions behave as sessions.md says, whatever happens in whatever order', () => {
  const backends: Backend[] = [];
  afterAll(() => Promise.all(backends.map((backend) => backend.destroy())));

  test(
    `in ${RUNS} random runs of ${STEPS} steps on MongoDB, whose documents hold none of the tokens`,
    async () => {
      const tokens: string[] = [];
      const openFresh = (): Promise<Cluster> => {
        const backend = createBackend('MongoDB');
        backends.push(backend);
        return openCluster(backend);
      };
      await explore(RUNS, openFresh, (issued) => tokens.push(...issued));
      expect(tokens.length).toBeGreaterThan(RUNS);
      const dumps = await Promise.all(backends.map(({ url }) => dumpMongo(url)));
      expect(findSecrets(Buffer.concat(dumps), tokens)).toEqual([]);
    },
    HALF_AN_HOUR_MS,
  );
});

/** Every document of every collection. */
async function dumpMongo(url: string): Promise<Buffer> {
  const connection = await mongoose.createConnection(url).asPromise();
  const collections = (await connection.db?.collections()) ?? [];
  const documents = await Promise.all(collections.map((collection) => collection.find().toArray()));
  await connection.close();
  expect(documents.flat()).not.toEqual([]);
  return Buffer.from(JSON.stringify(documents));
}
