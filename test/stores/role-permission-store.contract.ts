import { expect, test } from '@jest/globals';
import type { Backend } from '../support/stores.js';

/** What every `RolePermissionStore` does. */
export function rolePermissionStoreContract(createFresh: () => Backend): void {
  test('no role has a list at first', async () => {
    const { rolePermissions } = await createFresh().open();
    expect(await rolePermissions.list()).toEqual([]);
  });

  test('a list replaces the one before, of this role alone, and an empty one is kept as such', async () => {
    const { rolePermissions } = await createFresh().open();
    expect(await rolePermissions.replace('EDITOR', ['post:read', 'post:write'])).toBe(true);
    expect(await rolePermissions.replace('AUTHOR', ['post:write'])).toBe(true);
    expect(await rolePermissions.replace('EDITOR', ['post:delete'])).toBe(true);
    expect(await rolePermissions.replace('AUTHOR', [])).toBe(true);
    const lists = await rolePermissions.list();
    expect(lists).toHaveLength(2);
    expect(lists).toEqual(
      expect.arrayContaining([
        { role: 'EDITOR', permissions: ['post:delete'] },
        { role: 'AUTHOR', permissions: [] },
      ]),
    );
  });

  test('says whether anything changed: also against a list that is longer by one, or shorter', async () => {
    const { rolePermissions } = await createFresh().open();
    const lists = [['a'], ['a'], ['a', 'b'], ['a', 'b'], ['b'], [], [], ['$a'], ['$a']];
    const changed = [];
    for (const list of lists) changed.push(await rolePermissions.replace('EDITOR', list));
    expect(changed).toEqual([true, false, true, false, true, true, false, true, false]);
  });

  test('a restart and another node read what was acknowledged', async () => {
    const backend = createFresh();
    const [writer, reader] = [await backend.open(), await backend.open()];
    for (let count = 0; count < 10; count += 1) {
      await writer.rolePermissions.replace('EDITOR', [`post:${count}`]);
      expect(await reader.rolePermissions.list()).toEqual([{ role: 'EDITOR', permissions: [`post:${count}`] }]);
    }
    await writer.close();
    const again = await backend.open();
    expect(await again.rolePermissions.list()).toEqual([{ role: 'EDITOR', permissions: ['post:9'] }]);
  });

  test('of many lists at once, on two nodes, all are written, and one of them stays whole', async () => {
    const backend = createFresh();
    const nodes = [await backend.open(), await backend.open()] as const;
    const lists = Array.from({ length: 10 }, (_, index) => [`a:${index}`, `b:${index}`]);
    for (let round = 0; round < 20; round += 1) {
      const changed = await Promise.all(
        lists.map((list, index) => nodes[index % 2 === 0 ? 0 : 1].rolePermissions.replace(`ROLE_${round}`, list)),
      );
      expect(changed).toEqual(lists.map(() => true));
    }
    const rows = await nodes[0].rolePermissions.list();
    expect(rows).toHaveLength(20);
    for (const { permissions } of rows) expect(lists).toContainEqual(permissions);
  });

  test('a store that is closed: SERVICE_UNAVAILABLE', async () => {
    const stores = await createFresh().open();
    await stores.close();
    await expect(stores.rolePermissions.list()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await expect(stores.rolePermissions.replace('EDITOR', [])).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });
}
