import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import mongoose from 'mongoose';
import { systemClock } from '../../src/domain/clock.js';
import { translateOpeningError } from '../../src/stores/mongo/errors.js';
import { openStores } from '../../src/stores/open.js';
import { startStandalone } from '../support/mongo.js';
import { describeOnOwnMongod } from '../support/stores.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

test.each([
  ...['', 'latchkey.db', 'postgres://localhost/x', 'http://localhost', 'file:', 'file:data/', 'mongodb://'],
  ...['file://host/x.db', 'file:///x%2Fy.db', 'file:///x%zz.db', 'file:///x%00.db'],
])('a store cannot be opened at %j: TypeError, which names STORE_URL', async (url) => {
  const opening = openStores(url);
  await expect(opening).rejects.toThrow(TypeError);
  await expect(opening).rejects.toThrow(/STORE_URL/);
});

test.each([
  ['file:PATH', (path: string) => `file:${path}`],
  ['file://', (path: string) => `file://${encodeURI(path)}`],
])('%s makes folder and file, for this user alone', async (_, urlOf) => {
  const path = join(folder, 'a folder', 'deeper', 'latchkey.db');
  const stores = await openStores(urlOf(path));
  await stores.ping();
  expect(modeOf(path)).toBe('600');
  expect(modeOf(`${path}-wal`)).toBe('600');
  expect(modeOf(join(folder, 'a folder'))).toBe('700');
  expect(modeOf(join(folder, 'a folder', 'deeper'))).toBe('700');
  expect(stores.clock).toBe(systemClock);
  await stores.close();
});

test('a file that is no database is left as it is: SERVICE_UNAVAILABLE', async () => {
  const path = join(folder, 'letters');
  writeFileSync(path, 'Dear Ann, '.repeat(1000));
  await expect(openStores(`file:${path}`)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  expect(readFileSync(path, 'utf8')).toBe('Dear Ann, '.repeat(1000));
});

test('a folder that cannot be made: SERVICE_UNAVAILABLE', async () => {
  writeFileSync(join(folder, 'file'), '');
  const opening = openStores(`file:${join(folder, 'file', 'latchkey.db')}`);
  await expect(opening).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
});

test('a MongoDB that does not answer: SERVICE_UNAVAILABLE', async () => {
  const opening = openStores('mongodb://127.0.0.1:1/latchkey?directConnection=true');
  await expect(opening).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
});

describeOnOwnMongod('a MongoDB that asks who is there', (mongod) => {
  test.each(['ann:pass-of-store@', ''])('refuses %j: TypeError, which names STORE_URL and no password', async (who) => {
    const server = await startStandalone(mongod, { asksWhoIsThere: true });
    try {
      const error: unknown = await openStores(`mongodb://${who}127.0.0.1:${server.instanceInfo?.port}/latchkey`).catch(
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(TypeError);
      expect(error).toHaveProperty('message', expect.stringMatching(/^STORE_URL: /));
      expect(inspect(error, { depth: null })).not.toContain('pass-of-store');
    } finally {
      await server.stop();
    }
  });
});

test.each([13, 18, 8000])('a MongoDB that refuses the user by code %i is a fault of STORE_URL', (code) => {
  const refused = new mongoose.mongo.MongoServerError({ code, errmsg: 'Authentication failed.' });
  const translated = translateOpeningError(refused);
  expect(translated).toBeInstanceOf(TypeError);
  expect(translated).toHaveProperty('message', expect.stringMatching(/^STORE_URL: /));
});
