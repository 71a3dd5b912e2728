import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { MongoMemoryReplSet } from 'mongodb-memory-server-core';
import mongoose from 'mongoose';
import type { Stores } from '../../src/domain/stores.js';
import { openStores } from '../../src/stores/open.js';
import { startReplicaSet, withFreshDatabase } from '../support/mongo.js';
import { describeOnOwnMongod } from '../support/stores.js';
import { listAll } from './audit-entry-store.contract.js';
import { addUser } from './builders.js';

/** ExceededTimeLimit: as a server says that could not do it just now. */
const NOT_NOW = 262;

describeOnOwnMongod('the audit log that is away', (mongod) => {
  let replicaSet: MongoMemoryReplSet;
  let stores: Stores;
  let connection: mongoose.Connection;
  beforeAll(async () => {
    replicaSet = await startReplicaSet(mongod, ['--setParameter', 'enableTestCommands=1']);
    const url = withFreshDatabase(replicaSet.getUri());
    stores = await openStores(url);
    connection = await mongoose.createConnection(url).asPromise();
  });
  afterAll(async () => {
    await failEntries('off');
    await stores.close();
    await connection.close();
    await replicaSet.stop();
  });

  /** The server fails every write to the log, and to nothing else. */
  const failEntries = (mode: 'alwaysOn' | 'off'): Promise<unknown> =>
    connection
      .getClient()
      .db('admin')
      .command({
        ...{ configureFailPoint: 'failCommand', mode },
        data: { failCommands: ['update'], errorCode: NOT_NOW, namespace: `${connection.name}.auditEntries` },
      });

  test('stops no change: the entry waits with it, this server stays ready, and the next look brings it', async () => {
    const user = await addUser(stores);
    await failEntries('alwaysOn');
    await stores.users.recordSignIn(user.id);
    expect(await listAll(stores, { actions: ['sign-in'] })).toEqual([]);
    await expect(stores.auditEntries.recover()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(stores.isAuditLogTaking()).toBe(true);
    await failEntries('off');
    await stores.auditEntries.recover();
    expect(await listAll(stores, { actions: ['sign-in'] })).toMatchObject([{ subjectId: user.id }]);
    expect(await listAll(stores, { actions: ['audit-log-resumed'] })).toEqual([]);
  });
});
