import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe } from '@jest/globals';
import type { Stores } from '../../src/domain/stores.js';
import { openStores, type OpenStoresOptions } from '../../src/stores/open.js';
import { MONGOD_VARIABLE, mongoUri } from './mongo.js';
import { borrowDatabase } from './mongo-databases.js';

/** One fresh database, on which a test may open as many stores as it likes: "two nodes", "after a restart". */
export interface Backend {
  readonly name: BackendName;
  /** What `STORE_URL` would be. */
  readonly url: string;
  open(options?: OpenStoresOptions): Promise<Stores>;
  /** Closes what is still open, and removes what the database holds. */
  destroy(): Promise<void>;
}

export type BackendName = 'SQLite' | 'MongoDB';

/** The databases that can be tested here: SQLite always, MongoDB where the global set-up found one. */
export const storeBackends = (): BackendName[] => (mongoUri() === undefined ? ['SQLite'] : ['SQLite', 'MongoDB']);

/** Makes a database that holds nothing. Its maker destroys it. */
export function createBackend(name: BackendName): Backend {
  return name === 'SQLite' ? createSqliteBackend() : createMongoBackend();
}

function createSqliteBackend(): Backend {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-test-'));
  return backendAt('SQLite', `file:${join(folder, 'latchkey.db')}`, () => {
    rmSync(folder, { recursive: true, force: true });
  });
}

function createMongoBackend(): Backend {
  const uri = mongoUri();
  if (uri === undefined) throw new Error('There is no MongoDB here.');
  const { url, giveBack } = borrowDatabase(uri);
  return backendAt('MongoDB', url, giveBack);
}

function backendAt(name: BackendName, url: string, remove: () => void | Promise<void>): Backend {
  const opened: Stores[] = [];
  // One after the other: a mongod built for Windows, run under Wine, hangs when two clients create a collection at once.
  let opening: Promise<unknown> = Promise.resolve();
  return {
    name,
    url,
    async open(options = {}) {
      const open = async (): Promise<Stores> => {
        const stores = await openStores(url, options);
        opened.push(stores);
        return stores;
      };
      const turn = opening.then(open, open);
      opening = turn;
      return turn;
    },
    async destroy() {
      await Promise.all(opened.map((stores) => stores.close()));
      await remove();
    },
  };
}

/** Declares tests that run on MongoDB alone: skipped where there is none, as the global set-up has said by then. */
export const describeOnMongo = (name: string, declare: () => void): void =>
  (mongoUri() === undefined ? describe.skip : describe)(`${name} (MongoDB)`, declare);

/** Declares the same tests once for each database, with its name; those of MongoDB are skipped where there is none. */
export function describeOnEachBackend(name: string, declare: (backendName: BackendName) => void): void {
  describe(`${name} (SQLite)`, () => declare('SQLite'));
  describeOnMongo(name, () => declare('MongoDB'));
}

/**
 * Declares the same tests once for each database. `createFresh` gives a test a fresh database of the kind, which is
 * destroyed after the test.
 */
export function describeOnEachStore(name: string, declare: (createFresh: () => Backend) => void): void {
  describeOnEachBackend(name, (backendName) => {
    const backends: Backend[] = [];
    declare(() => {
      const backend = createBackend(backendName);
      backends.push(backend);
      return backend;
    });
    // Behind those of the tests, which close servers that would write to what the next test is lent.
    afterEach(async () => {
      await Promise.all(backends.splice(0).map((backend) => backend.destroy()));
    });
  });
}

/**
 * Declares tests that start, stop and stall a `mongod` of their own: skipped where there is none, which is a failure
 * where MongoDB is required.
 */
export function describeOnOwnMongod(name: string, declare: (mongod: string) => void): void {
  const mongod = process.env[MONGOD_VARIABLE];
  (mongod === undefined ? describe.skip : describe)(`${name} (mongod)`, () => declare(mongod ?? ''));
}
