/** Two servers on one database: what one makes of a role, the other hears when the test lets it. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Principal } from '../../src/domain/principal.js';
import type { IssuedSession } from '../../src/domain/session-issue.js';
import { writePermissions } from '../http/support/raw-store.js';
import { ManualClock, ManualNodeClock } from '../support/clock.js';
import { holdFeed, type HeldStores } from '../support/held-feed.js';
import { createNode, type Node } from '../support/services.js';
import { describeOnEachStore, type Backend } from '../support/stores.js';
import { addUser } from '../stores/builders.js';
import { ADMIN, ORIGIN } from './session-fixture.js';

/** What the viewer of this token is allowed, or the code that it answers. */
async function allowedBy(node: Node, { accessToken }: IssuedSession): Promise<readonly string[] | string> {
  const credential = await node.authenticate(accessToken);
  if (credential.kind === 'principal') return credential.principal.permissions;
  return credential.kind === 'unusable' ? credential.code : credential.kind;
}

describeOnEachStore('permissions', (createFresh) => {
  let backend: Backend;
  let clock: ManualClock;
  let held: HeldStores;
  let node: Node;
  let other: Node;
  /** How often the other server read what roles allow. */
  let reads: number;

  beforeEach(async () => {
    backend = createFresh();
    clock = new ManualClock();
    reads = 0;
    const open = () => backend.open({ clock });
    node = await createNode(await open(), { nodeClock: new ManualNodeClock(clock) });
    await node.revocations.catchUp();
    held = holdFeed(await open());
    const { rolePermissions } = held.stores;
    const counted: typeof rolePermissions = {
      ...rolePermissions,
      list() {
        reads += 1;
        return rolePermissions.list();
      },
    };
    other = await createNode({ ...held.stores, rolePermissions: counted }, { nodeClock: new ManualNodeClock(clock) });
    await held.deliver();
    reads = 0;
  });

  const set = (role: string, permissions: readonly string[], at = node) =>
    at.rolePermissions.replace(ADMIN, role, permissions);
  const signIn = async (roles: readonly string[], at = node): Promise<IssuedSession> =>
    at.sessions.start(await addUser(node.stores, { roles }), ORIGIN);

  test('a change holds from the next request: here at once, elsewhere once the feed has told, with the same token', async () => {
    const issued = await signIn(['EDITOR', 'MODERATOR']);
    expect([await allowedBy(node, issued), await allowedBy(other, issued)]).toEqual([[], []]);
    await set('EDITOR', ['post:write', 'post:read']);
    await set('MODERATOR', ['post:read', 'post:hide']);
    const all = ['post:hide', 'post:read', 'post:write'];
    expect(await allowedBy(node, issued)).toEqual(all);
    await held.deliver();
    expect(await allowedBy(other, issued)).toEqual(all);
    await set('EDITOR', []);
    expect(await allowedBy(node, issued)).toEqual(['post:hide', 'post:read']);
    await held.deliver();
    expect(await allowedBy(other, issued)).toEqual(['post:hide', 'post:read']);
  });

  test('the principal of a sign-in and of a refresh has them as well', async () => {
    await set('EDITOR', ['post:write']);
    const issued = await signIn(['EDITOR']);
    expect(issued.principal.permissions).toEqual(['post:write']);
    await set('EDITOR', ['post:read']);
    const { refreshToken } = issued;
    const again = await node.sessions.refresh({ refreshToken, arrivedAt: clock.now(), client: ORIGIN.client });
    expect(again.principal.permissions).toEqual(['post:read']);
    expect(issued.principal.permissions).toEqual(['post:write']);
  });

  test('nobody’s ver is raised by a change', async () => {
    const { user } = await signIn(['EDITOR']);
    await set('EDITOR', ['post:write']);
    expect(await node.stores.users.findById(user.id)).toMatchObject({ ver: user.ver, floor: user.floor });
  });

  describe('a withdrawn permission, on a server that hears nothing,', () => {
    let issued: IssuedSession;
    beforeEach(async () => {
      await set('EDITOR', ['post:write']);
      issued = await signIn(['EDITOR']);
      await held.deliver();
      reads = 0;
      await set('EDITOR', []);
    });

    test('is gone after 5 s, for each token that is presented, until the feed is back', async () => {
      clock.advance(4_999);
      expect([await allowedBy(other, issued), reads]).toEqual([['post:write'], 0]);
      clock.advance(1);
      expect([await allowedBy(other, issued), reads]).toEqual([[], 1]);
      await set('EDITOR', ['post:read']);
      expect([await allowedBy(other, issued), reads]).toEqual([['post:read'], 2]);
      await held.deliver();
      reads = 0;
      expect([await allowedBy(other, issued), reads]).toEqual([['post:read'], 0]);
    });

    test('is gone after 5 s from what a sign-in and a refresh give there, too', async () => {
      clock.advance(5_000);
      expect((await signIn(['EDITOR'], other)).principal.permissions).toEqual([]);
      const { refreshToken } = issued;
      await set('EDITOR', ['post:read']);
      const again = await other.sessions.refresh({ refreshToken, arrivedAt: clock.now(), client: ORIGIN.client });
      expect(again.principal.permissions).toEqual(['post:read']);
    });

    test('is gone also where the feed lost what it should have told', async () => {
      held.lose();
      await held.deliver();
      expect(await allowedBy(other, issued)).toEqual([]);
    });

    test('speaks for nobody where the store cannot be asked either', async () => {
      clock.advance(5_000);
      await other.stores.close();
      expect(await allowedBy(other, issued)).toBe('SERVICE_UNAVAILABLE');
    });
  });

  test('a server that starts later knows of them, and what somebody writes in the database is heard of', async () => {
    await set('EDITOR', ['post:write']);
    const issued = await signIn(['EDITOR']);
    const late = await createNode(await backend.open({ clock }));
    expect(late.rolePermissions.of(['EDITOR'])).toEqual(['post:write']);
    for (const permissions of [['post:read'], null]) {
      await writePermissions(backend.url, 'EDITOR', permissions);
      await held.deliver();
      expect(await allowedBy(other, issued)).toEqual(permissions ?? []);
    }
  });

  test('a role in the store that this server does not know is kept, never listed, and allows nothing', async () => {
    await node.stores.rolePermissions.replace('SUPERUSER', ['everything']);
    await node.rolePermissions.reload();
    expect(node.rolePermissions.of(['SUPERUSER', 'EDITOR'])).toEqual([]);
    expect(await node.rolePermissions.list()).toEqual(
      ['ADMIN', 'MODERATOR', 'EDITOR'].map((role) => ({ role, permissions: [] })),
    );
    await expect(set('SUPERUSER', [])).rejects.toMatchObject({ code: 'BAD_USER_INPUT', extensions: { field: 'role' } });
    expect(await node.stores.rolePermissions.list()).toEqual([{ role: 'SUPERUSER', permissions: ['everything'] }]);
  });

  test('list tells what holds at this moment, whatever was heard so far', async () => {
    await set('EDITOR', ['post:write']);
    expect(await other.rolePermissions.list()).toContainEqual({ role: 'EDITOR', permissions: ['post:write'] });
  });

  test('a list that is no good changes nothing', async () => {
    await set('EDITOR', ['post:write']);
    await expect(set('EDITOR', ['post:read', 'post:*'])).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(node.rolePermissions.of(['EDITOR'])).toEqual(['post:write']);
  });

  test('an event tells of each change, and of none where it was so already', async () => {
    await set('EDITOR', ['b', 'a', 'a']);
    await set('EDITOR', ['a', 'b']);
    await expect(set('EDITOR', ['?'])).rejects.toThrow();
    expect(node.events.filter(({ type }) => type === 'permissions.changed')).toEqual([
      { type: 'permissions.changed', role: 'EDITOR', by: ADMIN.userId, permissions: ['a', 'b'] },
    ]);
  });

  test('of two changes at once, each server goes by the one that stands in the store', async () => {
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => set('EDITOR', [`a:${index}`], index % 2 ? node : other)),
    );
    await Promise.all([node.revocations.catchUp(), held.deliver()]);
    const [stored] = await node.stores.rolePermissions.list();
    expect(node.rolePermissions.of(['EDITOR'])).toEqual(stored?.permissions);
    expect(other.rolePermissions.of(['EDITOR'])).toEqual(stored?.permissions);
  });

  test('what is handed out cannot be written to, and is the same for all who hold the same roles', async () => {
    await set('EDITOR', ['post:write']);
    const principalOf = async (issued: IssuedSession): Promise<Principal> => {
      const credential = await node.authenticate(issued.accessToken);
      if (credential.kind !== 'principal') throw new Error('The token is not good.');
      return credential.principal;
    };
    const first = await principalOf(await signIn(['EDITOR']));
    const second = await principalOf(await signIn(['EDITOR']));
    expect([Object.isFrozen(first), Object.isFrozen(first.permissions)]).toEqual([true, true]);
    expect(second.permissions).toBe(first.permissions);
  });
});
