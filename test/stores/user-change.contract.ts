import { describe, expect, test } from '@jest/globals';
import { createUserId } from '../../src/domain/ids.js';
import type { Stores } from '../../src/domain/stores.js';
import type { UserChange } from '../../src/domain/user-store.js';
import type { User } from '../../src/domain/user.js';
import { ADMIN, MODERATOR, raisedVer } from '../../src/domain/user.js';
import { ManualClock } from '../support/clock.js';
import type { Backend } from '../support/stores.js';
import { FOR_GOOD, MINUTE, NOBODY_SPARED, addUser, changedUser, getUser, later } from './builders.js';

const kinds = (changes: readonly UserChange[]): string[] => changes.map(({ kind }) => kind);

/** What a refused change leaves as it was; `ver` may have been raised, and raised again when it was undone. */
const permissionsOf = ({ roles, ban, floor }: User): Pick<User, 'roles' | 'ban' | 'floor'> => ({ roles, ban, floor });

/** Expects the change to have refused, and the user to be untouched. */
async function expectRefusal(stores: Stores, user: User, kind: UserChange['kind'], change: UserChange): Promise<void> {
  expect(change.kind).toBe(kind);
  expect(await getUser(stores, user.id)).toEqual(user);
}

/** What every `UserStore` does: guarded changes of what a user may do. */
export function userChangeContract(createFresh: () => Backend): void {
  describe('ban and unban', () => {
    test('set the ban, raise ver and with it the floor; lifting it leaves the floor', async () => {
      const clock = new ManualClock();
      const stores = await createFresh().open({ clock });
      const user = await addUser(stores);
      clock.advance(MINUTE);
      const by = createUserId();
      const ban = { by, until: later(clock.now(), MINUTE), reason: '$passwordHash', publicReason: 'Spam 🦊' };
      const banned = changedUser(await stores.users.ban(user.id, ban, NOBODY_SPARED));
      const ver = clock.now().getTime();
      expect(banned).toEqual({ ...user, ver, floor: ver, verChangedAt: clock.now(), ban: { ...ban, at: clock.now() } });
      expect(await getUser(stores, user.id)).toEqual(banned);

      const lifted = changedUser(await stores.users.unban(user.id, NOBODY_SPARED));
      expect(lifted).toEqual({ ...banned, ver: ver + 1, ban: null });
      expect(await getUser(stores, user.id)).toEqual(lifted);
    });

    test('replace a ban by another', async () => {
      const stores = await createFresh().open();
      const user = await addUser(stores);
      const first = changedUser(await stores.users.ban(user.id, FOR_GOOD, NOBODY_SPARED));
      const ban = { ...FOR_GOOD, until: new Date(2_000_000_000_000), reason: 'Second thoughts' };
      const second = changedUser(await stores.users.ban(user.id, ban, NOBODY_SPARED));
      expect(second.ban).toMatchObject(ban);
      expect(second.ver).toBeGreaterThan(first.ver);
      expect(second.floor).toBe(second.ver);
    });

    test('answer unchanged where there is no ban to lift', async () => {
      const stores = await createFresh().open();
      const user = await addUser(stores);
      const change = await stores.users.unban(user.id, NOBODY_SPARED);
      expect(change).toEqual({ kind: 'unchanged', user });
      await expectRefusal(stores, user, 'unchanged', change);
    });
  });

  describe('roles', () => {
    test('are added at the end and taken, with those that this server does not know kept', async () => {
      const clock = new ManualClock();
      const stores = await createFresh().open({ clock });
      await addUser(stores, { roles: [ADMIN] });
      const user = await addUser(stores, { roles: ['UNKNOWN', '$email'] });
      const granted = changedUser(await stores.users.grantRole(user.id, ADMIN));
      expect(granted).toEqual({ ...user, roles: ['UNKNOWN', '$email', ADMIN], ver: user.ver + 1 });
      expect(await stores.users.grantRole(user.id, ADMIN)).toEqual({ kind: 'unchanged', user: granted });
      const withdrawn = changedUser(await stores.users.withdrawRole(user.id, ADMIN));
      expect(withdrawn).toEqual({ ...user, ver: user.ver + 2 });
      expect(await stores.users.withdrawRole(user.id, ADMIN)).toEqual({ kind: 'unchanged', user: withdrawn });
      expect(changedUser(await stores.users.withdrawRole(user.id, '$email')).roles).toEqual(['UNKNOWN']);
    });

    test('granted at once by several nodes are all held, each ver given once', async () => {
      const backend = createFresh();
      const one = await backend.open();
      const two = await backend.open();
      const user = await addUser(one);
      const roles = Array.from({ length: 8 }, (_, index) => `ROLE_${index}`);
      const changes = await Promise.all(
        roles.map((role, index) => (index % 2 === 0 ? one : two).users.grantRole(user.id, role)),
      );
      const vers = changes.map((change) => changedUser(change).ver);
      expect(new Set(vers).size).toBe(roles.length);
      const after = await getUser(one, user.id);
      expect(after.roles.toSorted()).toEqual(roles);
      expect(after.ver).toBe(Math.max(...vers));
    });
  });

  test('a role granted by several nodes at once is added by one of them', async () => {
    const backend = createFresh();
    const one = await backend.open();
    const two = await backend.open();
    const user = await addUser(one);
    const changes = await Promise.all(
      [one, two, one, two, one, two].map((stores) => stores.users.grantRole(user.id, MODERATOR)),
    );
    expect(kinds(changes).toSorted()).toEqual(['changed', ...Array<string>(5).fill('unchanged')]);
    expect((await getUser(one, user.id)).roles).toEqual([MODERATOR]);
  });

  describe('raiseFloor', () => {
    test('raises ver, and the floor to it', async () => {
      const clock = new ManualClock();
      const stores = await createFresh().open({ clock });
      const user = await addUser(stores);
      clock.advance(5);
      const ver = raisedVer(user.ver, clock.now());
      const raised = changedUser(await stores.users.raiseFloor(user.id, NOBODY_SPARED));
      expect(raised).toEqual({ ...user, ver, floor: ver, verChangedAt: clock.now() });
    });

    test('raises ver beyond the old one also where the clock stands still or went back', async () => {
      const clock = new ManualClock();
      const stores = await createFresh().open({ clock });
      const user = await addUser(stores);
      clock.advance(-MINUTE);
      expect(changedUser(await stores.users.raiseFloor(user.id, NOBODY_SPARED)).ver).toBe(user.ver + 1);
    });
  });

  describe('guards', () => {
    test('answer not-found for nobody', async () => {
      const { users } = await createFresh().open();
      const id = createUserId();
      const changes = [
        await users.ban(id, FOR_GOOD, NOBODY_SPARED),
        await users.unban(id, NOBODY_SPARED),
        await users.grantRole(id, ADMIN),
        await users.withdrawRole(id, ADMIN),
        await users.raiseFloor(id, NOBODY_SPARED),
      ];
      expect(kinds(changes)).toEqual(Array(5).fill('not-found'));
      expect(await users.count({})).toBe(0);
    });

    test('spare who holds the spared role, and nobody else', async () => {
      const stores = await createFresh().open();
      const admin = await addUser(stores, { roles: [MODERATOR, ADMIN] });
      await addUser(stores, { roles: [ADMIN] });
      const sparing = { sparing: ADMIN };
      await expectRefusal(stores, admin, 'spared', await stores.users.ban(admin.id, FOR_GOOD, sparing));
      await expectRefusal(stores, admin, 'spared', await stores.users.unban(admin.id, sparing));
      await expectRefusal(stores, admin, 'spared', await stores.users.raiseFloor(admin.id, sparing));
      expect((await stores.users.ban(admin.id, FOR_GOOD, { sparing: 'EDITOR' })).kind).toBe('changed');
    });
  });

  describe('the last administrator', () => {
    test('is neither banned nor demoted, but may be granted other roles', async () => {
      const stores = await createFresh().open();
      expect(await stores.users.hasAdministrator()).toBe(false);
      const admin = await addUser(stores, { roles: [ADMIN] });
      await addUser(stores, { roles: [MODERATOR] });
      expect(await stores.users.hasAdministrator()).toBe(true);
      const ban = stores.users.ban(admin.id, FOR_GOOD, NOBODY_SPARED);
      await expectRefusal(stores, admin, 'last-administrator', await ban);
      await expectRefusal(stores, admin, 'last-administrator', await stores.users.withdrawRole(admin.id, ADMIN));
      expect((await stores.users.grantRole(admin.id, MODERATOR)).kind).toBe('changed');
      expect((await stores.users.withdrawRole(admin.id, MODERATOR)).kind).toBe('changed');
    });

    test('is so also beside administrators who are banned, until their bans end', async () => {
      const clock = new ManualClock();
      const stores = await createFresh().open({ clock });
      const admin = await addUser(stores, { roles: [ADMIN] });
      const other = await addUser(stores, { roles: [ADMIN] });
      await stores.users.ban(other.id, { ...FOR_GOOD, until: later(clock.now(), MINUTE) }, NOBODY_SPARED);
      const ban = stores.users.ban(admin.id, FOR_GOOD, NOBODY_SPARED);
      await expectRefusal(stores, admin, 'last-administrator', await ban);
      clock.advance(MINUTE);
      expect((await stores.users.ban(admin.id, FOR_GOOD, NOBODY_SPARED)).kind).toBe('changed');
      expect(await stores.users.hasAdministrator()).toBe(true);
    });

    test('may get a ban that is over already', async () => {
      const clock = new ManualClock();
      const stores = await createFresh().open({ clock });
      const admin = await addUser(stores, { roles: [ADMIN] });
      const change = await stores.users.ban(admin.id, { ...FOR_GOOD, until: clock.now() }, NOBODY_SPARED);
      expect(change.kind).toBe('changed');
      expect(await stores.users.hasAdministrator()).toBe(true);
    });

    test.each([
      ['ban', (stores: Stores, user: User) => stores.users.ban(user.id, FOR_GOOD, NOBODY_SPARED)],
      ['demote', (stores: Stores, user: User) => stores.users.withdrawRole(user.id, ADMIN)],
    ])('remains where two administrators %s each other at once', async (_, act) => {
      const backend = createFresh();
      const one = await backend.open();
      const two = await backend.open();
      const ann = await addUser(one, { roles: [ADMIN] });
      const ben = await addUser(one, { roles: [ADMIN] });
      for (let round = 0; round < 10; round += 1) {
        const before = [await getUser(one, ben.id), await getUser(one, ann.id)];
        const changes = await Promise.all([act(one, ben), act(two, ann)]);
        expect(kinds(changes).filter((kind) => kind === 'changed').length).toBeLessThanOrEqual(1);
        expect(await one.users.hasAdministrator()).toBe(true);
        for (const [index, user] of before.entries()) {
          const change = changes[index];
          if (change?.kind === 'changed') expect(await getUser(one, user.id)).toEqual(change.user);
          else expect(permissionsOf(await getUser(one, user.id))).toEqual(permissionsOf(user));
          await one.users.unban(user.id, NOBODY_SPARED);
          await one.users.grantRole(user.id, ADMIN);
        }
      }
    });
  });
}
