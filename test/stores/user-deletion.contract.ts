import { describe, expect, test } from '@jest/globals';
import { createUserId } from '../../src/domain/ids.js';
import type { Stores } from '../../src/domain/stores.js';
import { ADMIN, MODERATOR, type User } from '../../src/domain/user.js';
import { dumpStore } from '../http/support/raw-store.js';
import { ManualClock } from '../support/clock.js';
import { listen } from '../support/feed.js';
import type { Backend } from '../support/stores.js';
import {
  FOR_GOOD,
  LIFETIMES,
  MINUTE,
  NOBODY_SPARED,
  addSession,
  addUser,
  changedUser,
  getUser,
  newUser,
  rotate,
} from './builders.js';

const { retentionMs } = LIFETIMES;

const remove = (
  stores: Stores,
  { id }: Pick<User, 'id'>,
  guard = NOBODY_SPARED,
): ReturnType<Stores['users']['delete']> => stores.users.delete(id, guard, retentionMs);

/** What every `UserStore` does when a user is deleted. */
export function userDeletionContract(createFresh: () => Backend): void {
  describe('delete', () => {
    test('answers the user as last seen, with ver and floor of the end', async () => {
      const clock = new ManualClock();
      const stores = await createFresh().open({ clock });
      const user = await addUser(stores, { roles: [MODERATOR] });
      clock.advance(MINUTE);
      const ver = clock.now().getTime();
      const deleted = changedUser(await remove(stores, user));
      expect(deleted).toEqual({ ...user, ver, floor: ver, verChangedAt: clock.now() });
    });

    test('leaves nobody to be found, listed, counted or changed', async () => {
      const stores = await createFresh().open();
      const bystander = await addUser(stores);
      const user = await addUser(stores, { roles: [MODERATOR] });
      changedUser(await stores.users.ban(user.id, FOR_GOOD, NOBODY_SPARED));
      changedUser(await remove(stores, user));

      const { users } = stores;
      expect([await users.findById(user.id), await users.findByEmailKey(user.emailKey)]).toEqual([null, null]);
      expect(await users.listById([user.id, bystander.id])).toEqual([bystander]);
      for (const filter of [{}, { emailContains: 'e' }, { createdBefore: new Date(8e15) }, { banned: false }]) {
        expect(await users.list(filter, 10, null)).toEqual([bystander]);
        expect(await users.count(filter)).toBe(1);
      }
      for (const filter of [{ role: MODERATOR }, { banned: true }]) expect(await users.count(filter)).toBe(0);
      await users.recordSignIn(user.id);
      await users.replacePasswordHash(user.id, user.passwordHash, 'another');
      const changes = [
        await users.ban(user.id, FOR_GOOD, NOBODY_SPARED),
        await users.unban(user.id, NOBODY_SPARED),
        await users.grantRole(user.id, ADMIN),
        await users.withdrawRole(user.id, MODERATOR),
        await users.raiseFloor(user.id, NOBODY_SPARED),
        await remove(stores, user),
        await remove(stores, { id: createUserId() }),
      ];
      expect(changes.map(({ kind }) => kind)).toEqual(Array(7).fill('not-found'));
      expect(await users.hasAdministrator()).toBe(false);
    });

    test('frees the address, for an account with nothing of the old one', async () => {
      const stores = await createFresh().open();
      const user = await addUser(stores, { email: 'ann@example.com' });
      changedUser(await remove(stores, user));
      const other = await addUser(stores, { email: 'ann@example.com' });
      expect(other.id).not.toBe(user.id);
      expect(await stores.users.findByEmailKey(user.emailKey)).toEqual(other);
    });

    test('takes from the database what tells who it was; the audit log stays as it is', async () => {
      const backend = createFresh();
      const stores = await backend.open();
      const user = await addUser(stores, { email: 'very-unusual@example.com', passwordHash: '$argon2id$very-unusual' });
      const publicReason = 'very-unusual';
      changedUser(await stores.users.ban(user.id, { ...FOR_GOOD, reason: 'audited', publicReason }, NOBODY_SPARED));
      expect((await dumpStore(backend.url)).includes('very-unusual')).toBe(true);
      changedUser(await remove(stores, user));
      await stores.close();
      const dump = await dumpStore(backend.url);
      expect(['very-unusual', 'audited'].map((text) => dump.includes(text))).toEqual([false, true]);
    });

    test('spares who holds the spared role', async () => {
      const stores = await createFresh().open();
      const admin = await addUser(stores, { roles: [ADMIN] });
      await addUser(stores, { roles: [ADMIN] });
      expect((await remove(stores, admin, { sparing: ADMIN })).kind).toBe('spared');
      expect(await getUser(stores, admin.id)).toEqual(admin);
      expect((await remove(stores, admin)).kind).toBe('changed');
      expect(await stores.users.findById(admin.id)).toBeNull();
    });

    test('leaves an administrator, also where two delete each other at once', async () => {
      const backend = createFresh();
      const [one, two] = [await backend.open(), await backend.open()];
      const ann = await addUser(one, { roles: [ADMIN] });
      expect((await remove(one, ann)).kind).toBe('last-administrator');
      expect(await getUser(one, ann.id)).toEqual(ann);
      for (let round = 0; round < 5; round += 1) {
        const [first, ...others] = await one.users.list({ role: ADMIN }, 10, null);
        // On MongoDB, both may have been refused.
        for (const other of others) await one.users.withdrawRole(other.id, ADMIN);
        const second = await addUser(one, { roles: [ADMIN] });
        const changes = await Promise.all([remove(one, first!), remove(two, second)]);
        expect(changes.filter(({ kind }) => kind === 'changed').length).toBeLessThanOrEqual(1);
        expect(await one.users.hasAdministrator()).toBe(true);
      }
    });

    test('asked for many times at once, happens once', async () => {
      const backend = createFresh();
      const [one, two] = [await backend.open(), await backend.open()];
      await addUser(one, { roles: [ADMIN] });
      const user = await addUser(one, { roles: [ADMIN] });
      const changes = await Promise.all([one, two, one, two].map((stores) => remove(stores, user)));
      expect(changes.map(({ kind }) => kind).sort()).toEqual(['changed', ...Array<string>(3).fill('not-found')]);
    });

    test('is told to a node that follows, and to one that follows afterwards, however old the account is', async () => {
      const clock = new ManualClock();
      const backend = createFresh();
      const [writer, reader] = [await backend.open({ clock }), await backend.open({ clock })];
      const user = await addUser(writer);
      const following = listen(reader, { retentionMs });
      await following.catchUp();
      clock.advance(retentionMs + MINUTE);
      const { ver, floor } = changedUser(await remove(writer, user));
      await following.catchUp();
      const isVoid = (ofUser: (typeof following.told)[number]): boolean =>
        ofUser.kind === 'user-changed' &&
        ofUser.userId === user.id &&
        ofUser.ver > user.ver &&
        (ofUser.floor ?? 0) > user.ver;
      expect(following.told.some(isVoid)).toBe(true);
      expect(ver).toBe(floor);

      await reader.close();
      const restarted = await backend.open({ clock });
      const later = listen(restarted, { retentionMs });
      await later.catchUp();
      expect(later.told.some(isVoid)).toBe(true);
    });

    test('makes its sessions void also for an account that is made under the same id later', async () => {
      const clock = new ManualClock();
      const backend = createFresh();
      const stores = await backend.open({ clock });
      const user = await addUser(stores, { roles: [MODERATOR] });
      const row = await addSession(stores, { userId: user.id, ver: user.ver });
      const { ver, floor } = changedUser(await remove(stores, user));
      const again = await addUser(stores, newUser({ id: user.id, email: 'new@example.com' }));
      expect(again).toMatchObject({ id: user.id, email: 'new@example.com', roles: [], ban: null, lastSignInAt: null });
      expect(again.ver).toBeGreaterThan(ver);
      expect(again.floor).toBeGreaterThanOrEqual(floor);
      expect(again.createdAt).toEqual(clock.now());
      expect(await getUser(stores, user.id)).toEqual(again);
      // What the row may still do by itself, it does below the floor.
      expect((await rotate(stores, row)).session.ver).toBeLessThan(again.floor);

      const feed = listen(await backend.open({ clock }), { retentionMs });
      await feed.catchUp();
      const vers = feed.told.map((told) => (told.kind === 'user-changed' ? [told.ver, told.floor ?? 0] : [0, 0]));
      expect(Math.max(...vers.map(([ofUser]) => ofUser ?? 0))).toBeLessThanOrEqual(again.ver);
      expect(Math.max(...vers.map(([, below]) => below ?? 0))).toBeGreaterThan(user.ver);
    });

    test('of one id and account at once by two nodes leaves one account', async () => {
      const backend = createFresh();
      const [one, two] = [await backend.open(), await backend.open()];
      const user = await addUser(one);
      changedUser(await remove(one, user));
      const make = (stores: Stores): Promise<User | null> =>
        stores.users.create(newUser({ id: user.id, email: 'new@example.com' })).catch(() => null);
      const made = (await Promise.all([one, two, one, two].map(make))).filter((account) => account !== null);
      expect(made).toHaveLength(1);
      expect(await getUser(one, user.id)).toEqual(made[0]);
    });
  });
}
