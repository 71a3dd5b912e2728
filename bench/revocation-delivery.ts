/**
 * How long does another node take to hear of a revocation, beside a bare change stream on the same MongoDB that is told
 * of one insert? Both from the moment the write is sent, in turns, in one run.
 *
 *     MONGODB_URI='mongodb://…?replicaSet=rs0' npx tsx bench/revocation-delivery.ts [--rounds=1000] [--json]
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import mongoose from 'mongoose';
import { systemNodeClock } from '../src/domain/clock.js';
import { createSessionId, createUserId, type SecretHash } from '../src/domain/ids.js';
import { createRevocationIndex } from '../src/domain/revocation-index.js';
import { followRevocations } from '../src/domain/revocation-service.js';
import type { RevocableToken } from '../src/domain/revocation.js';
import { printResults } from './support/in-process.js';
import { numberOption } from './support/options.js';
import { openStores } from '../src/stores/open.js';

const ROUNDS = numberOption('rounds', 1_000);
const WARM_UP = 50;
const RETENTION_MS = 660_000;

const url = new URL(process.env['MONGODB_URI'] ?? 'mongodb://127.0.0.1:27017/?replicaSet=rs0');
url.pathname = `/latchkey-bench-${randomUUID()}`;

const here = await openStores(url.href);
const elsewhere = await openStores(url.href);
const index = createRevocationIndex({ retentionMs: RETENTION_MS });
let onTold: () => void = () => undefined;
const revocations = followRevocations({
  store: elsewhere.revocations,
  index: {
    ...index,
    add(...given) {
      index.add(...given);
      onTold();
    },
  },
  retentionMs: RETENTION_MS,
  reloadKeys: async () => undefined,
  reloadPermissions: async () => undefined,
  clock: elsewhere.clock,
  nodeClock: systemNodeClock,
  report: (report) => console.error(report),
});
await revocations.catchUp();

const LIFETIMES = { idleTtlMs: 3_600_000, ttlMs: 3_600_000, graceMs: 10_000, retentionMs: RETENTION_MS };
const email = `${randomUUID()}@example.com`;
const user = await here.users.create({
  id: createUserId(),
  email,
  emailKey: email,
  emailVerified: false,
  passwordHash: '',
  roles: [],
});
if (user === null) throw new Error('The address is taken.');
const { id: userId } = user;

const connection = await mongoose.createConnection(url.href, { writeConcern: { w: 'majority' } }).asPromise();
await connection.createCollection('bare');
const bare = connection.collection('bare');
const stream = bare.watch();
stream.on('change', () => undefined);
await once(stream, 'resumeTokenChanged');

/** From the write until the other node refuses a token that the write revokes. */
async function timeRefusal(token: RevocableToken, revoke: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  const told = new Promise<number>((resolve) => {
    onTold = () => {
      if (index.judge(token) !== null) resolve(performance.now() - startedMs);
    };
  });
  await revoke();
  return told;
}

async function timeSignOut(): Promise<number> {
  const secrets = { hash: randomUUID() as SecretHash, nonce: randomUUID() };
  const client = {
    transport: 'header',
    deviceName: null,
    userAgent: null,
    ipAddress: null,
    signInEmail: null,
  } as const;
  const sessionId = createSessionId();
  await here.sessions.create({ id: sessionId, userId, ver: 1, ...secrets, ...client }, LIFETIMES);
  return timeRefusal({ sessionId, userId, ver: Infinity }, () => here.sessions.end(sessionId, 'signed-out', LIFETIMES));
}

/** A read and a write: two ways to the database and back. */
async function timeRevokeAll(): Promise<number> {
  const before = await here.users.findById(userId);
  const token = { sessionId: createSessionId(), userId, ver: before?.ver ?? 0 };
  return timeRefusal(token, () => here.users.raiseFloor(userId, { sparing: null }));
}

async function timeBareInsert(): Promise<number> {
  const startedMs = performance.now();
  const told = once(stream, 'change').then(() => performance.now() - startedMs);
  await bare.insertOne({ at: new Date() });
  return told;
}

const times = {
  'bare insert, change stream': [] as number[],
  'sign-out, refused elsewhere': [] as number[],
  'revoke all, refused elsewhere': [] as number[],
};
const [bareTimes, ...ourTimes] = Object.values(times);
for (let round = 0; round < ROUNDS + WARM_UP; round += 1) {
  const measured = [await timeBareInsert(), await timeSignOut(), await timeRevokeAll()];
  if (round >= WARM_UP) [bareTimes, ...ourTimes].forEach((list, index) => list?.push(measured[index] ?? NaN));
}

const at = (list: number[], share: number): number =>
  list.toSorted((left, right) => left - right)[Math.min(list.length - 1, Math.floor(list.length * share))] ?? NaN;
const bareP99 = at(bareTimes ?? [], 0.99);
const figuresOf = (list: number[]): Readonly<Record<string, number>> => ({
  p50Ms: at(list, 0.5),
  p90Ms: at(list, 0.9),
  p99Ms: at(list, 0.99),
  p50TimesBare: at(list, 0.5) / at(bareTimes ?? [], 0.5),
  percentWithinTwiceBareP99: (100 * list.filter((ms) => ms <= 2 * bareP99).length) / list.length,
});
printResults(Object.fromEntries(Object.entries(times).map(([name, list]) => [name, figuresOf(list)])));

await stream.close();
await Promise.all([here.close(), elsewhere.close()]);
await connection.dropDatabase();
await connection.close();
