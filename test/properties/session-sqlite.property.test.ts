import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Stores } from '../../src/domain/stores.js';
import { openStores } from '../../src/stores/open.js';
import type { Backend } from '../support/stores.js';
import { openCluster } from './session-cluster.js';
import { explore, findSecrets, numberOfRuns, STEPS, HALF_AN_HOUR_MS } from './session-exploration.js';

const RUNS = numberOfRuns(2_000);

describe('sessions behave as sessions.md says, whatever happens in whatever order', () => {
  let sqlite: ReturnType<typeof createFastSqlite>;
  beforeAll(() => {
    sqlite = createFastSqlite();
  });
  afterAll(() => sqlite.destroy());

  test(
    `in ${RUNS} random runs of ${STEPS} steps on SQLite, whose file holds none of the tokens`,
    async () => {
      const tokens: string[] = [];
      await explore(RUNS, await openCluster(sqlite), (issued) => tokens.push(...issued));
      const files = readdirSync(sqlite.folder).map((name) => readFileSync(join(sqlite.folder, name)));
      expect(tokens.length).toBeGreaterThan(RUNS);
      expect(findSecrets(Buffer.concat(files), tokens)).toEqual([]);
    },
    HALF_AN_HOUR_MS,
  );
});

/** A SQLite file in memory where the machine has such a place: thousands of runs wait for the disk otherwise. */
function createFastSqlite(): Pick<Backend, 'open' | 'destroy'> & { readonly folder: string } {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'latchkey-property-'));
  const opened: Stores[] = [];
  return {
    folder,
    async open(options = {}) {
      const stores = await openStores(`file:${join(folder, 'latchkey.db')}`, options);
      opened.push(stores);
      return stores;
    },
    async destroy() {
      await Promise.all(opened.map((stores) => stores.close()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
