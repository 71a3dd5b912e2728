/**
 * What does MongoDB keep of a user, a session, an entry of the audit log and a count of tries? Bytes of each, with its
 * indexes, over so many documents: one is written by the store, the others are copies with fields of their own.
 *
 *     MONGODB_URI='mongodb://…?replicaSet=rs0' npx tsx bench/mongodb-size.ts [--documents=100000] [--json]
 */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import mongoose from 'mongoose';
import { createAuditEntryId, createSessionId, createUserId, type SecretHash, type UserId } from '../src/domain/ids.js';
import { purgeMoment } from '../src/domain/session.js';
import type { ImportedUser } from '../src/domain/user-store.js';
import { openStores } from '../src/stores/open.js';
import { printResults } from './support/in-process.js';
import { numberOption } from './support/options.js';

const DOCUMENTS = numberOption('documents', 100_000);
const BATCH = 1_000;
const DAY_MS = 24 * 3_600_000;
const LIFETIMES = { idleTtlMs: 30 * DAY_MS, ttlMs: 180 * DAY_MS, graceMs: 0, retentionMs: 660_000 };

const url = new URL(process.env['MONGODB_URI'] ?? 'mongodb://127.0.0.1:27017/?replicaSet=rs0');
const databaseName = `latchkey-bench-${randomUUID()}`;
url.pathname = `/${databaseName}`;
const connection = await mongoose.createConnection(url.href).asPromise();
const client = connection.getClient();
const database = client.db(databaseName);
let stores = await openStores(url.href);

type Fields = Readonly<Record<string, unknown>>;

const secret = (bytes = 32): SecretHash => randomBytes(bytes).toString('base64url') as SecretHash;
const daysAgo = (most: number): Date => new Date(Date.now() - Math.random() * most * DAY_MS);
const later = (moment: Date, ms: number): Date => new Date(moment.getTime() + ms);
const ipAddress = (): string => `203.${randomInt(256)}.${randomInt(256)}.${randomInt(256)}`;

function userAgent(): string {
  const system = ['X11; Linux x86_64', 'Windows NT 10.0; Win64; x64', 'Macintosh; Intel Mac OS X 10_15_7'][
    randomInt(3)
  ];
  return `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${130 + randomInt(15)}.0.0.0 Safari/537.36`;
}

/** As long as one of ours, and of no password. */
function passwordHash(): string {
  const [salt, hash] = [16, 32].map((bytes) => randomBytes(bytes).toString('base64').replaceAll('=', ''));
  return `$argon2id$v=19$m=19456,t=2,p=1$${salt}$${hash}`;
}

function newUser(index: number): ImportedUser {
  const email = `first.last${index}@mail.example.com`;
  const account = { id: createUserId(), email, emailKey: email, emailVerified: true, passwordHash: passwordHash() };
  return { ...account, roles: [], ban: null, createdAt: daysAgo(365), lastSignInAt: daysAgo(30) };
}

async function makeUsers(): Promise<readonly UserId[]> {
  const ids: UserId[] = [];
  while (ids.length < DOCUMENTS) {
    const batch = Array.from({ length: BATCH }, (_, index) => newUser(ids.length + index));
    await stores.users.importMany(batch);
    ids.push(...batch.map(({ id }) => id));
  }
  return ids;
}

/** Makes copies of the one document that is there, each with fields of its own. */
async function copy(name: string, own: (index: number) => Fields): Promise<void> {
  const collection = database.collection(name);
  const [original, ...others] = await collection.find().toArray();
  if (original === undefined || others.length > 0) throw new Error(`There is not one document in ${name}.`);
  for (let made = 1; made < DOCUMENTS; made += BATCH) {
    const copies = Array.from({ length: BATCH }, (_, index) => ({ ...original, ...own(made + index) }));
    await collection.insertMany(copies, { ordered: false });
  }
}

/** Sessions as they are after a refresh, live or ended. */
async function makeSessions(users: readonly UserId[], isEnded: boolean): Promise<void> {
  const [sessionId, userId] = [createSessionId(), users[0] ?? createUserId()];
  const device = { deviceName: 'Chrome on Linux', userAgent: userAgent(), ipAddress: ipAddress() };
  const [ver, hash, arrivedAt] = [Date.now(), secret(), stores.clock.now()];
  const first = { id: sessionId, userId, ver, hash, nonce: secret(), signInEmail: null, transport: 'cookie' } as const;
  await stores.sessions.create({ ...first, ...device }, LIFETIMES);
  const presentation = { sessionId, hash, generation: 0, arrivedAt, successorHash: secret(), nonce: secret() };
  await stores.sessions.present(presentation, LIFETIMES);
  if (isEnded) await stores.sessions.end(sessionId, 'banned', LIFETIMES);
  await copy('sessions', (index) => {
    const [createdAt, lastSeenAt, endedAt] = [daysAgo(100), daysAgo(30), daysAgo(0.004)];
    const tokens = { hash: secret(), previousHash: secret(), nonce: secret(), ver: createdAt.getTime() };
    const times = { createdAt, authenticatedAt: createdAt, lastSeenAt, answeredAt: lastSeenAt, writtenAt: lastSeenAt };
    const ends = { idleExpiresAt: later(lastSeenAt, 30 * DAY_MS), expiresAt: later(createdAt, 180 * DAY_MS) };
    const over = isEnded ? { endedAt } : { endedAt: null };
    const purgeAt = purgeMoment({ createdAt, ...ends, ...over }, LIFETIMES.retentionMs);
    const own = { _id: createSessionId(), userId: users[index % users.length] };
    return { ...own, ...tokens, ...times, ...ends, ...over, purgeAt, userAgent: userAgent(), ipAddress: ipAddress() };
  });
}

async function makeAuditEntries(users: readonly UserId[]): Promise<void> {
  const subjectId = users[0] ?? createUserId();
  const said = { ipAddress: ipAddress(), userAgent: userAgent(), reason: null };
  const about = { actorId: subjectId, subjectId, sessionHash: secret() };
  await stores.auditEntries.create({ action: 'sign-in', outcome: 'success', ...about, ...said });
  await copy('auditEntries', (index) => {
    const [at, subject] = [daysAgo(365), users[index % users.length]];
    const times = { at, writtenAt: at, purgeAt: later(at, 365 * DAY_MS) };
    const own = { _id: createAuditEntryId(), actorId: subject, subjectId: subject, sessionHash: secret() };
    return { ...own, ...times, userAgent: userAgent(), ipAddress: ipAddress() };
  });
}

async function makeAttempts(): Promise<void> {
  const allowance = { kind: 'window', tries: 100, atOnce: null, windowMs: 900_000 } as const;
  await stores.attempts.take([{ key: secret(), allowance }]);
  await copy('attempts', () => ({ _id: secret() }));
}

interface Stats {
  readonly count: number;
  readonly size: number;
  readonly storageSize: number;
  readonly indexSizes: Readonly<Record<string, number>>;
}

/** Bytes a document, once all of it is on the disk. */
async function measure(name: string): Promise<Record<string, number>> {
  await client.db('admin').command({ fsync: 1 });
  const pipeline = [{ $collStats: { storageStats: {} } }];
  const [found] = await database.collection(name).aggregate<{ storageStats: Stats }>(pipeline).toArray();
  if (found === undefined) throw new Error(`There are no figures of ${name}.`);
  const { count, size, storageSize, indexSizes } = found.storageStats;
  const indexes = Object.entries(indexSizes).map(([index, bytes]) => [index, bytes / count] as const);
  if (!process.argv.includes('--json')) {
    console.log(`${name}, ${count}:`, indexes.map(([index, bytes]) => `${index} ${bytes.toFixed(1)}`).join(', '));
  }
  const ofIndexes = indexes.reduce((sum, [, bytes]) => sum + bytes, 0);
  const compressed = storageSize / count;
  return { plain: size / count, compressed, indexes: ofIndexes, 'on the disk': compressed + ofIndexes };
}

const users = await makeUsers();
const results: Record<string, Record<string, number>> = { user: await measure('users') };
await makeSessions(users, false);
results['live session'] = await measure('sessions');
await stores.close();
await database.dropCollection('sessions');
stores = await openStores(url.href);
await makeSessions(users, true);
results['ended session'] = await measure('sessions');
await makeAuditEntries(users);
results['audit entry'] = await measure('auditEntries');
await makeAttempts();
results['count of tries'] = await measure('attempts');
printResults(results);

await stores.close();
await database.dropDatabase();
await connection.close();
