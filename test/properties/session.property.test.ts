import { randomInt } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import mongoose from 'mongoose';
import type { Stores } from '../../src/domain/stores.js';
import { openStores } from '../../src/stores/open.js';
import { createBackend, describeOnMongo, type Backend } from '../support/stores.js';
import { actions, type Action } from './session-actions.js';
import type { Cluster } from './session-cluster.js';
import { openCluster } from './session-cluster.js';
import { runActions } from './session-run.js';

const STEPS = 30;
const SQLITE_RUNS = Number(process.env['FC_RUNS'] ?? 2_000);
const MONGO_RUNS = Number(process.env['FC_RUNS'] ?? 100);
const SEED = process.env['FC_SEED'] === undefined ? randomInt(2 ** 31) : Number(process.env['FC_SEED']);
const TEN_MINUTES_MS = 600_000;

const MUST_BE_REACHED = [
  ...['rotated', 'still-current', 'same-successor', 'answer-lost', 'session.theft', 'stopped'],
  ...['SESSION_EXPIRED', 'USER_BANNED', 'TOKEN_THEFT_DETECTED', 'key rotated', 'key revoked'],
  'reauthenticate issued',
  ...['access principal', 'access SESSION_EXPIRED', 'access TOKEN_EXPIRED'],
];

const report = (text: string): void => void process.stdout.write(`${text}\n`);

/** Explores as many runs; a failure names the seed and the fewest steps that still fail. */
async function explore(runs: number, cluster: Cluster, after: (tokens: readonly string[]) => void): Promise<void> {
  const reached = new Map<string, number>();
  const details = await fc.check(
    fc.asyncProperty(actions(STEPS), async (steps: Action[]) => {
      const { issued, outcomes } = await runActions(cluster, steps);
      for (const outcome of outcomes) reached.set(outcome, (reached.get(outcome) ?? 0) + 1);
      after(issued.flatMap(({ refreshToken, accessToken }) => [refreshToken, accessToken]));
    }),
    { seed: SEED, numRuns: runs, interruptAfterTimeLimit: TEN_MINUTES_MS - 60_000 },
  );
  if (!details.failed) {
    const all = new Map([...reached, ...cluster.verdicts()]);
    report([...all].map(([name, count]) => `  ${count} ${name}`).join('\n'));
    // A run that never comes to these says nothing about them.
    expect([...all.keys()]).toEqual(expect.arrayContaining(MUST_BE_REACHED));
    expect(details.numRuns).toBe(runs);
    return;
  }
  const steps = (details.counterexample?.[0] ?? []).filter(({ kind }) => kind !== 'nothing');
  const lines = steps.map((step, index) => `  ${index + 1}. ${JSON.stringify(step)}`);
  throw new Error(
    `seed ${SEED}, after ${details.numRuns} runs and ${details.numShrinks} shrinks: ${String(details.errorInstance)}\n` +
      `FC_SEED=${SEED} repeats it. The fewest steps that fail:\n${lines.join('\n')}`,
  );
}

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

describe('sessions behave as sessions.md says, whatever happens in whatever order', () => {
  let sqlite: ReturnType<typeof createFastSqlite>;
  beforeAll(() => {
    sqlite = createFastSqlite();
  });
  afterAll(() => sqlite.destroy());

  test(
    `in ${SQLITE_RUNS} random runs of ${STEPS} steps on SQLite, whose file holds none of the tokens`,
    async () => {
      report(`session.property (SQLite): FC_SEED=${SEED}`);
      const tokens: string[] = [];
      await explore(SQLITE_RUNS, await openCluster(sqlite), (issued) => tokens.push(...issued));
      const files = readdirSync(sqlite.folder).map((name) => readFileSync(join(sqlite.folder, name)));
      expect(tokens.length).toBeGreaterThan(SQLITE_RUNS);
      expect(findSecrets(Buffer.concat(files), tokens)).toEqual([]);
    },
    TEN_MINUTES_MS,
  );
});

describeOnMongo('sessions behave as sessions.md says, whatever happens in whatever order', () => {
  let backend: Backend;
  beforeAll(() => void (backend = createBackend('MongoDB')));
  afterAll(() => backend.destroy());

  test(
    `in ${MONGO_RUNS} random runs of ${STEPS} steps on MongoDB, whose documents hold none of the tokens`,
    async () => {
      report(`session.property (MongoDB): FC_SEED=${SEED}`);
      const tokens: string[] = [];
      await explore(MONGO_RUNS, await openCluster(backend), (issued) => tokens.push(...issued));
      expect(tokens.length).toBeGreaterThan(MONGO_RUNS);
      expect(findSecrets(await dumpMongo(backend.url), tokens)).toEqual([]);
    },
    TEN_MINUTES_MS,
  );
});

/** Every document of every collection. */
async function dumpMongo(url: string): Promise<Buffer> {
  const connection = await mongoose.createConnection(url).asPromise();
  const collections = (await connection.db?.collections()) ?? [];
  const documents = await Promise.all(collections.map((collection) => collection.find().toArray()));
  await connection.close();
  expect(documents.flat().length).toBeGreaterThan(MONGO_RUNS);
  return Buffer.from(JSON.stringify(documents));
}

/** The tokens that stand in the bytes: whole, or as what makes them a secret. */
function findSecrets(bytes: Buffer, tokens: readonly string[]): string[] {
  const text = bytes.toString('latin1');
  const words = new Set(text.match(/[\w-]{20,}/g));
  const joined = [...words].join(' ');
  return tokens.filter((token) => joined.includes(token) || secretForms(token).some((form) => words.has(form)));
}

function secretForms(token: string): string[] {
  if (!token.startsWith('lkr_')) return [token.split('.')[2] ?? token];
  const secret = Buffer.from(token.slice('lkr_'.length), 'base64url').subarray(20, 52);
  return [secret.toString('base64url'), secret.toString('base64').replace('=', ''), secret.toString('hex')];
}
