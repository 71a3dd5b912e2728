import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { exportFile, importFile } from '../../src/cli/user-files.js';
import { findUser } from '../../src/cli/user.js';
import type { UserId } from '../../src/domain/ids.js';
import { addUser, newUser } from '../stores/builders.js';
import { listAll } from '../stores/audit-entry-store.contract.js';
import { describeOnEachStore } from '../support/stores.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-files-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describeOnEachStore('latchkey user', (createFresh) => {
  test('export that fails on the way leaves no file, and one that is done leaves one, for its owner alone', async () => {
    const stores = await createFresh().open();
    await addUser(stores);
    const file = join(folder, 'users.ndjson');
    let isBroken = true;
    const list: typeof stores.users.list = async (...given) => {
      expect(readdirSync(folder)).toEqual([expect.stringMatching(/^users\.ndjson\.partial-/)]);
      if (isBroken) throw new Error('broken');
      return stores.users.list(...given);
    };
    const breaking = { ...stores, users: { ...stores.users, list } };
    const command = { act: 'export', file, isJson: false } as const;
    await expect(exportFile(command, breaking)).rejects.toThrow('broken');
    expect(readdirSync(folder)).toEqual([]);
    isBroken = false;
    expect(await exportFile(command, breaking)).toMatchObject({ exitCode: 0 });
    expect(readdirSync(folder)).toEqual(['users.ndjson']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = readFileSync(file, 'utf8');
    await expect(exportFile(command, stores)).rejects.toThrow('is there already');
    expect([readdirSync(folder), readFileSync(file, 'utf8')]).toEqual([['users.ndjson'], text]);
  });

  test('import that is broken off stands in the audit log as begun', async () => {
    const stores = await createFresh().open();
    const file = join(folder, 'users.ndjson');
    writeFileSync(file, '{"email":"ann@example.com"}\n');
    const importMany = (): Promise<never> => Promise.reject(new Error('killed'));
    const command = { act: 'import', file, isJson: false } as const;
    await expect(importFile(command, { ...stores, users: { ...stores.users, importMany } })).rejects.toThrow('killed');
    expect((await listAll(stores)).map(({ action, reason }) => `${action} ${reason}`)).toEqual([
      'users-imported begun',
    ]);
  });

  test('does not guess who is meant where the id of one is the address of another', async () => {
    const stores = await createFresh().open();
    const ann = await addUser(stores, { email: 'ann@example.com' });
    const bob = await addUser(stores, { ...newUser({ email: 'bob@example.com' }), id: 'ann@example.com' as UserId });
    const eve = await addUser(stores, { email: 'id:ann@example.com' });
    const odd = await addUser(stores, { ...newUser(), id: `id:${ann.id}` as UserId });
    const find = (name: string) => findUser(name, stores);
    await expect(find('ann@example.com')).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await find('id:ann@example.com')).toEqual(bob);
    expect([await find(ann.id), await find(`id:${ann.id}`), await find('bob@example.com')]).toEqual([ann, ann, bob]);
    expect([await find(`id:${eve.id}`), await find(`id:id:${ann.id}`)]).toEqual([eve, odd]);
    await expect(find('id:nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
