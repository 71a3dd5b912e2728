import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openStores } from '../../src/stores/open.js';
import type { Backend } from '../support/stores.js';
import { openCluster, type Cluster } from './session-cluster.js';
import { explore, findSecrets, numberOfRuns, STEPS, HALF_AN_HOUR_MS } from './session-exploration.js';

const RUNS = numberOfRuns(2_000);

describe('sessions behave as sessions.md says, whatever happens in whatever order', () => {
  let folder: string;
  beforeAll(() => {
    folder = createFastFolder();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test(
    `in ${RUNS} random runs of ${STEPS} steps on SQLite, whose file holds none of the tokens`,
    async () => {
      const tokens: string[] = [];
      const openFresh = (): Promise<Cluster> => openCluster(sqliteIn(mkdtempSync(join(folder, 'database-'))));
      await explore(RUNS, openFresh, (issued) => tokens.push(...issued));
      const files = readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name)));
      expect(tokens.length).toBeGreaterThan(RUNS);
      expect(findSecrets(Buffer.concat(files), tokens)).toEqual([]);
    },
    HALF_AN_HOUR_MS,
  );
});

/** In memory where the machine has such a place: thousands of runs wait for the disk otherwise. */
const createFastFolder = (): string =>
  mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'latchkey-property-'));

const sqliteIn = (folder: string): Pick<Backend, 'open'> => ({
  open: (options) => openStores(`file:${join(folder, 'latchkey.db')}`, options),
});
