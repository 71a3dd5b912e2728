import { afterEach, expect, test } from '@jest/globals';
import Database from 'libsql';
import type { Stores } from '../../src/domain/stores.js';
import { generateSigningKey } from '../../src/domain/signing-key.js';
import { openKeyNode, SECRET_KEYS, statesOf } from '../domain/signing-key-fixture.js';
import { withMongo } from '../http/support/raw-store.js';
import { createBackend, describeOnMongo, type Backend, type BackendName } from '../support/stores.js';
import { VERSION_1 } from './sqlite-version-1.js';

const ACTIVE_FROM = new Date('2026-01-31T12:00:00.000Z');

const backends: Backend[] = [];
afterEach(async () => {
  await Promise.all(backends.splice(0).map((backend) => backend.destroy()));
});

function createFresh(name: BackendName): Backend {
  const backend = createBackend(name);
  backends.push(backend);
  return backend;
}

/** The key of version 0.1 is read as one that was made when it began to sign, and a next one joins it. */
async function checkUpgrade(stores: Stores, kid: string): Promise<void> {
  expect(await stores.signingKeys.list()).toMatchObject([
    { kid, sequence: 1, createdAt: ACTIVE_FROM, activeFrom: ACTIVE_FROM, revokedAt: null },
  ]);
  const node = await openKeyNode(stores);
  expect([node.keys.active().kid, await statesOf(node)]).toEqual([kid, ['ACTIVE', 'NEXT']]);
  await node.keys.rotate({ revokeCurrent: true, by: null });
  expect(await statesOf(node)).toEqual(['REVOKED', 'REVOKED', 'ACTIVE', 'NEXT']);
  expect((await stores.signingKeys.list())[0]).toMatchObject({ createdAt: ACTIVE_FROM, activeFrom: ACTIVE_FROM });
}

test('a signing key of version 0.1 is read and goes on to sign (SQLite)', async () => {
  const backend = createFresh('SQLite');
  const key = await generateSigningKey(1, 'EdDSA', SECRET_KEYS[0]);
  const database = new Database(backend.url.slice('file:'.length));
  for (const statement of [...VERSION_1, 'PRAGMA user_version = 1']) database.exec(statement);
  database
    .prepare('INSERT INTO signing_keys VALUES (?, ?, ?, ?, ?, ?)')
    .run([1, key.kid, key.algorithm, key.publicKey, key.encryptedPrivateKey, ACTIVE_FROM.getTime()]);
  database.close();
  await checkUpgrade(await backend.open(), key.kid);
});

describeOnMongo('a signing key of version 0.1', () => {
  test('is read and goes on to sign', async () => {
    const backend = createFresh('MongoDB');
    const key = await generateSigningKey(1, 'EdDSA', SECRET_KEYS[0]);
    await withMongo(backend.url, (database) =>
      database
        .collection<Record<string, unknown> & { _id: string }>('signingKeys')
        .insertOne({ _id: '1', ...key, activeFrom: ACTIVE_FROM, writtenAt: ACTIVE_FROM }),
    );
    await checkUpgrade(await backend.open(), key.kid);
  });
});
