import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { MongoMemoryReplSet, MongoMemoryServer } from 'mongodb-memory-server-core';
import mongoose from 'mongoose';
import type { Stores } from '../../src/domain/stores.js';
import { openStores } from '../../src/stores/open.js';
import { startReplicaSet, startStandalone } from '../support/mongo.js';
import { describeOnOwnMongod } from '../support/stores.js';
import {
  FOR_GOOD,
  LIFETIMES,
  NOBODY_SPARED,
  addSession,
  addUser,
  getSession,
  given,
  presentationOf,
  rotate,
} from './builders.js';

const UNAVAILABLE = { code: 'SERVICE_UNAVAILABLE' };

/** Tries until it succeeds; jest's timeout is the bound. */
async function untilItSucceeds<Result>(act: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await act();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

describeOnOwnMongod('a replica set of our own', (mongod) => {
  let server: MongoMemoryReplSet;
  let stores: Stores;

  beforeAll(async () => {
    server = await startReplicaSet(mongod, [
      ...['--setParameter', 'enableTestCommands=1'],
      ...['--setParameter', 'ttlMonitorSleepSecs=1'],
    ]);
    stores = await openStores(server.getUri('latchkey'));
  });
  afterAll(async () => {
    await stores.close();
    await server.stop();
  });

  /** What a replica set of one runs as. */
  const processId = (): number => given(server.servers[0]?.instanceInfo?.instance.mongodProcess?.pid);

  const adminCommand = async (command: Record<string, unknown>): Promise<void> => {
    const connection = await mongoose.createConnection(server.getUri()).asPromise();
    await connection.getClient().db('admin').command(command);
    await connection.close();
  };

  test('a write whose acknowledgement got lost is repeated by the driver: done once, with its own time', async () => {
    const added = await addSession(stores);
    await adminCommand({
      configureFailPoint: 'failCommand',
      mode: { times: 1 },
      data: {
        failCommands: ['findAndModify'],
        writeConcernError: { code: 91, errmsg: 'The server shuts down.', errorLabels: ['RetryableWriteError'] },
      },
    });
    const { session, now } = given(await stores.sessions.present(presentationOf(added), LIFETIMES));
    expect(session.generation).toBe(1);
    expect(now).toEqual(session.answeredAt);
    expect(await getSession(stores, session.id)).toEqual(session);
  });

  test('rows are deleted once their retention is over, and no sooner', async () => {
    const kept = await addSession(stores);
    const gone = await addSession(stores);
    await stores.sessions.end(gone.session.id, 'revoked', { ...LIFETIMES, retentionMs: 1 });
    while ((await stores.sessions.findById(gone.session.id)) !== null)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await getSession(stores, kept.session.id)).toEqual(kept.session);
  });

  test('while the server hangs, every answer is SERVICE_UNAVAILABLE, ping within 2 seconds; then all is well', async () => {
    const added = await addSession(stores);
    process.kill(processId(), 'SIGSTOP');
    try {
      const twoSeconds = new Promise((resolve) => setTimeout(() => resolve('too late'), 2000));
      await expect(Promise.race([stores.ping(), twoSeconds])).rejects.toMatchObject(UNAVAILABLE);
      const calls = [
        stores.sessions.present(presentationOf(added), LIFETIMES),
        stores.sessions.confirm([{ sessionId: added.session.id, generation: 1 }]),
        stores.sessions.listOpenByUser([added.session.userId]),
        addUser(stores),
        stores.users.ban(added.session.userId, FOR_GOOD, NOBODY_SPARED),
        stores.signingKeys.list(),
      ];
      for (const call of await Promise.allSettled(calls)) {
        expect(call).toMatchObject({ status: 'rejected', reason: UNAVAILABLE });
      }
    } finally {
      process.kill(processId(), 'SIGCONT');
    }
    await untilItSucceeds(() => stores.ping());
    expect(await getSession(stores, added.session.id)).toMatchObject({ id: added.session.id, endedAt: null });
  });

  test('while the server is down, every answer is SERVICE_UNAVAILABLE; restarted, it has what it acknowledged', async () => {
    const { session } = await rotate(stores, await addSession(stores));
    const instance = given(server.servers[0]);
    await instance.stop({ doCleanup: false });
    await expect(stores.ping()).rejects.toMatchObject(UNAVAILABLE);
    await expect(stores.sessions.findById(session.id)).rejects.toMatchObject(UNAVAILABLE);
    await expect(addUser(stores)).rejects.toMatchObject(UNAVAILABLE);
    await instance.start(true);
    expect(await untilItSucceeds(() => getSession(stores, session.id))).toEqual(session);
    await addUser(stores);
  });

  test('a store that is closed: SERVICE_UNAVAILABLE; closing it twice does no harm', async () => {
    const closed = await openStores(server.getUri('latchkey'));
    await closed.close();
    await closed.close();
    await expect(closed.ping()).rejects.toMatchObject(UNAVAILABLE);
    await expect(closed.users.hasAdministrator()).rejects.toMatchObject(UNAVAILABLE);
  });
});

describeOnOwnMongod('a standalone server', (mongod) => {
  let server: MongoMemoryServer;
  beforeAll(async () => {
    server = await startStandalone(mongod);
  });
  afterAll(async () => {
    await server.stop();
  });

  test('serves as well: adds, rotates, changes and confirms', async () => {
    const stores = await openStores(server.getUri('latchkey'));
    const user = await addUser(stores, { roles: ['ADMIN'] });
    const { session } = await rotate(stores, await addSession(stores, { userId: user.id }));
    await stores.sessions.confirm([{ sessionId: session.id, generation: 1 }]);
    expect(await getSession(stores, session.id)).toEqual({ ...session, confirmedGeneration: 1 });
    expect((await stores.users.withdrawRole(user.id, 'ADMIN')).kind).toBe('last-administrator');
    expect(await stores.sessions.endBelow(user.id, 2, 'revoked', LIFETIMES)).toEqual([session.id]);
    await stores.close();
  });
});
