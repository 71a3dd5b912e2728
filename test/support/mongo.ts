import { randomUUID } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { MongoMemoryReplSet, MongoMemoryServer } from 'mongodb-memory-server-core';

const replicaSets: MongoMemoryReplSet[] = [];

/** Where jest's global set-up tells its workers which MongoDB each shall use, parted by spaces; unset where there is none. */
const MONGODB_URIS_VARIABLE = 'LATCHKEY_TEST_MONGODB_URIS';
/** Where it tells them which `mongod` they may start for themselves; unset where there is none. */
export const MONGOD_VARIABLE = 'LATCHKEY_TEST_MONGOD';

/** What a machine without MongoDB is told. */
export const HOW_TO_RUN_MONGODB = `The MongoDB suites need a MongoDB. They take, in this order:
  MONGODB_URI             a server that runs already (each test makes and drops a database of its own)
  MONGOMS_SYSTEM_BINARY   the path of a mongod
  mongod                  on the PATH
  a download              by mongodb-memory-server-core, where the internet can be reached`;

/** The `mongod` that this machine has: `MONGOMS_SYSTEM_BINARY`, else the first on the PATH. */
export function findMongod(): string | undefined {
  const { MONGOMS_SYSTEM_BINARY, PATH = '' } = process.env;
  if (MONGOMS_SYSTEM_BINARY) return MONGOMS_SYSTEM_BINARY;
  return PATH.split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'mongod'))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What no test looks at: a server's own diagnostics, each second, and a line for each connection that comes and goes. */
export const FRUGAL_ARGS: readonly string[] = ['--quiet', '--setParameter', 'diagnosticDataCollectionEnabled=false'];

/** A machine that is busy with other tests is slow to start one. */
const LAUNCH_TIMEOUT_MS = 60_000;

/** Starts a one-node replica set with this `mongod`; further arguments are mongod's own. */
export async function startReplicaSet(mongod: string, args: readonly string[] = []): Promise<MongoMemoryReplSet> {
  process.env['MONGOMS_SYSTEM_BINARY_VERSION_CHECK'] = 'false';
  const { MongoMemoryReplSet } = await import('mongodb-memory-server-core');
  return MongoMemoryReplSet.create({
    replSet: { count: 1, storageEngine: 'wiredTiger', args: [...FRUGAL_ARGS, ...args] },
    instanceOpts: [{ launchTimeout: LAUNCH_TIMEOUT_MS }],
    binary: { systemBinary: mongod },
  });
}

/** Starts a server that is no member of a replica set; it may ask for a user and a password. */
export async function startStandalone(mongod: string, { asksWhoIsThere = false } = {}): Promise<MongoMemoryServer> {
  process.env['MONGOMS_SYSTEM_BINARY_VERSION_CHECK'] = 'false';
  const { MongoMemoryServer } = await import('mongodb-memory-server-core');
  return MongoMemoryServer.create({
    instance: { launchTimeout: LAUNCH_TIMEOUT_MS, args: [...FRUGAL_ARGS] },
    auth: { enable: asksWhoIsThere },
    binary: { systemBinary: mongod },
  });
}

/** The same server, and on it a database that no other test knows. */
export function withFreshDatabase(uri: string): string {
  const [beforeQuery = '', query] = uri.split('?', 2);
  const server = /^mongodb(?:\+srv)?:\/\/[^/]+/.exec(beforeQuery)?.[0] ?? uri;
  const name = `latchkey-test-${randomUUID()}`;
  // Who is named in a URI signs in against `admin` unless it says otherwise, whatever the database.
  const parameters = new URLSearchParams(query);
  if (server.includes('@') && !parameters.has('authSource')) {
    parameters.set('authSource', /^\/(.+)/.exec(beforeQuery.slice(server.length))?.[1] ?? 'admin');
  }
  const suffix = parameters.size === 0 ? '' : `?${parameters.toString()}`;
  return `${server}/${name}${suffix}`;
}

/** Asked before a download is tried: without the internet, the attempt itself takes minutes to fail. */
const DOWNLOADS = 'https://fastdl.mongodb.org/';
const DOWNLOAD_TIMEOUT_MS = 300_000;

/**
 * Looks for a MongoDB, once for all test files, and leaves its address to them in the environment. A `mongod` is started
 * once for each of jest's workers: one that runs under Wine hangs where two clients create collections at once.
 */
export async function setUpMongo(workers: number): Promise<void> {
  const mongod = findMongod() ?? (await downloadMongod());
  const { MONGODB_URI = '' } = process.env;
  const uris = MONGODB_URI === '' ? await startServers(mongod, workers) : [MONGODB_URI];
  if (mongod) process.env[MONGOD_VARIABLE] = mongod;
  if (uris.length > 0) process.env[MONGODB_URIS_VARIABLE] = uris.join(' ');

  if (uris.length === 0) sayWhatIsSkipped('EVERY MONGODB SUITE');
  else if (!mongod) sayWhatIsSkipped('EVERY SUITE THAT STALLS OR STOPS A MONGOD OF ITS OWN');
}

async function startServers(mongod: string | undefined, count: number): Promise<string[]> {
  if (mongod) {
    const starting = Array.from({ length: count }, async () => replicaSets.push(await startReplicaSet(mongod)));
    // Those that did start are known to whoever stops them.
    for (const started of await Promise.allSettled(starting)) if (started.status === 'rejected') throw started.reason;
  }
  return replicaSets.map((replicaSet) => replicaSet.getUri());
}

/** The MongoDB of this worker of jest, without a database; `undefined` where there is none. */
export function mongoUri(): string | undefined {
  const uris = process.env[MONGODB_URIS_VARIABLE]?.split(' ') ?? [];
  return uris[Number(process.env['JEST_WORKER_ID']) - 1] ?? uris[0];
}

async function downloadMongod(): Promise<string | undefined> {
  try {
    await fetch(DOWNLOADS, { method: 'HEAD', signal: AbortSignal.timeout(3000) });
    const { MongoBinary } = await import('mongodb-memory-server-core');
    const tooLate = new Promise<undefined>((resolve) => {
      setTimeout(() => resolve(undefined), DOWNLOAD_TIMEOUT_MS).unref();
    });
    return await Promise.race([MongoBinary.getPath(), tooLate]);
  } catch (error) {
    process.stderr.write(`\nNo mongod could be downloaded: ${String(error)}\n`);
    return undefined;
  }
}

/** Says it loudly; where MongoDB is required, it is a failure. */
function sayWhatIsSkipped(what: string): void {
  const { REQUIRE_MONGO, CI } = process.env;
  if (REQUIRE_MONGO === '1' || CI === 'true') throw new Error(`Skipped would be ${what}. ${HOW_TO_RUN_MONGODB}`);
  const line = '!'.repeat(78);
  process.stderr.write(`\n${line}\nMONGODB IS MISSING: SKIPPED IS ${what}.\n${HOW_TO_RUN_MONGODB}\n${line}\n\n`);
}

/** Stops what `setUpMongo` started. */
export async function tearDownMongo(): Promise<void> {
  await Promise.all(replicaSets.map((replicaSet) => replicaSet.stop()));
}
