import { afterAll, beforeAll, expect, test } from '@jest/globals';
import mongoose from 'mongoose';
import { NOBODY } from '../../src/domain/audit-entry.js';
import type { Stores } from '../../src/domain/stores.js';
import { createBackend, describeOnMongo, type Backend } from '../support/stores.js';
import { LIFETIMES, addSession, addUser, presentationOf, randomHash } from './builders.js';

/** What the database's profiler says of one statement. */
interface Profile {
  readonly ns: string;
  readonly op: string;
  readonly command: Readonly<Record<string, unknown>>;
}

/** What docs/mongodb.md says can be sharded, by the hash of `_id`. */
const SHARDED = ['sessions', 'auditEntries', 'attempts'];
const NO_GRACE = { ...LIFETIMES, graceMs: 0 };

/** Everything that the stores do in these collections, but for the load of a server that starts. */
async function doEverything(stores: Stores): Promise<void> {
  const { sessions, auditEntries, attempts, revocations } = stores;
  const user = await addUser(stores);
  const first = await addSession(stores, { userId: user.id, ver: user.ver });
  const { id } = first.session;
  const rotated = await sessions.present(presentationOf(first), NO_GRACE);
  const premise = rotated!.session;
  await sessions.markAnswered(premise, stores.clock.now());
  const answered = (await sessions.findById(id))!;
  await sessions.displace(answered, { hash: randomHash(), nonce: randomHash() }, NO_GRACE);
  await sessions.reauthenticate({ sessionId: id, user, hash: randomHash(), nonce: randomHash() }, NO_GRACE);
  await sessions.confirm([{ sessionId: id, generation: 1 }]);
  await sessions.listOpenByUser([user.id]);
  await revocations.readNow(id, user.id);
  await sessions.endWhere((await sessions.findById(id))!, 'theft', LIFETIMES);
  const [second, third] = [
    await addSession(stores, { userId: user.id }),
    await addSession(stores, { userId: user.id }),
  ];
  await sessions.end(second.session.id, 'signed-out', LIFETIMES);
  await sessions.endListed(user.id, [third.session.id], 'revoked', LIFETIMES);
  await addSession(stores, { userId: user.id, ver: 1 });
  await sessions.endBelow(user.id, 2, 'banned', LIFETIMES);

  await auditEntries.create({ ...{ action: 'sign-in', outcome: 'failure', actorId: null }, ...REFUSED });
  await stores.users.recordSignIn(user.id, NOBODY);
  await auditEntries.list({ subjectId: user.id }, 10, null);
  await auditEntries.recover();

  const counts = [
    { key: randomHash(), allowance: { kind: 'window', tries: 9, atOnce: null, windowMs: 60_000 } as const },
  ];
  await attempts.take(counts);
  await attempts.giveBack(counts);
  await attempts.clear(counts);
}

const REFUSED = { subjectId: null, sessionHash: null, ipAddress: null, userAgent: null, reason: null } as const;

describeOnMongo('a cluster that shards by the hash of _id', () => {
  let backend: Backend;
  let statements: Profile[];

  beforeAll(async () => {
    backend = createBackend('MongoDB');
    const stores = await backend.open();
    const connection = await mongoose.createConnection(backend.url).asPromise();
    const database = connection.getClient().db(connection.name);
    await database.command({ profile: 2 });
    await doEverything(stores);
    await database.command({ profile: 0 });
    const all = await database.collection<Profile>('system.profile').find().toArray();
    await database.dropCollection('system.profile');
    await connection.close();
    statements = all.filter(({ ns }) => SHARDED.includes(ns.split('.').at(-1) ?? ''));
  });
  afterAll(() => backend.destroy());

  const collectionOf = ({ ns }: Profile): string => ns.split('.').at(-1) ?? '';
  const filterOf = ({ command }: Profile): Readonly<Record<string, unknown>> =>
    (command['q'] ?? command['query'] ?? command['filter'] ?? {}) as Record<string, unknown>;

  /** Whether the filter names one `_id`: then it concerns one shard, and its upserts and single changes are allowed. */
  function namesId(statement: Profile): boolean {
    const { _id: id } = filterOf(statement);
    return typeof id === 'string' || (typeof id === 'object' && id !== null && '$eq' in id);
  }

  const isWrite = ({ op, command }: Profile): boolean =>
    op === 'update' || op === 'remove' || 'findAndModify' in command || 'findandmodify' in command;

  test('was asked for every kind of statement that there is', () => {
    const kinds = new Set(statements.map((each) => `${collectionOf(each)} ${isWrite(each) ? 'write' : each.op}`));
    expect([...kinds].sort()).toEqual([
      ...['attempts query', 'attempts write', 'auditEntries query', 'auditEntries write'],
      ...['sessions query', 'sessions write'],
    ]);
  });

  test('takes each change of one document, since it names its _id', () => {
    const single = statements.filter((each) => isWrite(each) && each.command['multi'] !== true);
    expect(single.length).toBeGreaterThan(10);
    expect(single.filter((each) => !namesId(each))).toEqual([]);
  });

  test('asks all shards for no more than the sessions of a user, lists of the audit log, and outboxes', () => {
    const scattered = statements.filter((each) => !namesId(each));
    const told = scattered.map((each) => `${collectionOf(each)} ${Object.keys(filterOf(each)).sort().join(' ')}`);
    expect([...new Set(told)].sort()).toEqual([
      'auditEntries $and',
      'sessions $expr endedAt userId',
      'sessions $expr endedAt userId ver',
      'sessions outbox.id',
    ]);
  });
});
