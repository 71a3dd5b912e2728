import { describe, expect, test } from '@jest/globals';
import { createUserId } from '../../src/domain/ids.js';
import type { ImportedUser, UserFilter } from '../../src/domain/user-store.js';
import type { User } from '../../src/domain/user.js';
import { ADMIN, MODERATOR } from '../../src/domain/user.js';
import { ManualClock } from '../support/clock.js';
import type { Backend } from '../support/stores.js';
import { FOR_GOOD, MINUTE, NOBODY_SPARED, addUser, getUser, given, later, newUser } from './builders.js';

const ids = (users: readonly User[]): string[] => users.map(({ id }) => id);

/** What every `UserStore` does: accounts and lists of them. The guarded changes have a contract of their own. */
export function userStoreContract(createFresh: () => Backend): void {
  describe('create', () => {
    test('answers the user as it is found again, with times and ver from the clock', async () => {
      const clock = new ManualClock();
      const stores = await createFresh().open({ clock });
      const user = newUser({ email: 'Ann@Example.com', roles: [MODERATOR, 'UNKNOWN_HERE'] });
      const created = await stores.users.create(user);
      expect(created).toEqual({
        ...user,
        emailVerified: false,
        mailTokens: [],
        ver: clock.now().getTime(),
        floor: 0,
        verChangedAt: clock.now(),
        ban: null,
        createdAt: clock.now(),
        lastSignInAt: null,
      });
      expect(await stores.users.findById(user.id)).toEqual(created);
      expect(await stores.users.findByEmailKey('ann@example.com')).toEqual(created);
    });

    test('answers null for an address that is taken, and writes nothing', async () => {
      const stores = await createFresh().open();
      const first = await addUser(stores, { email: 'ann@example.com' });
      const second = newUser({ email: 'ANN@example.com' });
      expect(await stores.users.create(second)).toBeNull();
      expect(await stores.users.findById(second.id)).toBeNull();
      expect(await stores.users.findByEmailKey('ann@example.com')).toEqual(first);
    });

    test('lets one of many simultaneous sign-ups with one address through', async () => {
      const backend = createFresh();
      const one = await backend.open();
      const two = await backend.open();
      const signUps = Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? one : two).users.create(newUser({ email: 'ann@example.com' })),
      );
      const created = (await Promise.all(signUps)).filter((user) => user !== null);
      expect(created).toHaveLength(1);
      expect(await one.users.count({})).toBe(1);
    });

    test('never overwrites a user whose id is given again', async () => {
      const stores = await createFresh().open();
      const user = await addUser(stores);
      await expect(stores.users.create(newUser({ id: user.id }))).rejects.toThrow();
      expect(await getUser(stores, user.id)).toEqual(user);
    });

    test.each(['🦊🔑@example.com', '$passwordHash@example.com', "o'hara%_@example.com"])(
      'keeps the address %s letter for letter',
      async (email) => {
        const stores = await createFresh().open();
        const user = await addUser(stores, { email });
        expect(user.email).toBe(email);
        expect(await stores.users.findByEmailKey(user.emailKey)).toEqual(user);
      },
    );
  });

  describe('the kinds of password hashes', () => {
    test('are listed once, for every import that brought one, and none of what is no hash', async () => {
      const backend = createFresh();
      const stores = await backend.open();
      expect(await stores.users.listHashKinds()).toEqual([]);
      const imported = (passwordHash: string): ImportedUser => ({
        ...newUser({ passwordHash }),
        ...{ ban: null, createdAt: null, lastSignInAt: null },
      });
      const [first, second] = [`$2b$12$${'a'.repeat(53)}`, `$2y$12$${'b'.repeat(53)}`].map(imported);
      await stores.users.importMany([given(first), given(second), imported('!')]);
      const scrypt = `$scrypt$ln=15,r=8,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;
      const argon2 = `$argon2i$v=19$m=65536,t=3,p=4$${'A'.repeat(22)}$${'A'.repeat(43)}`;
      await stores.users.importMany([imported(scrypt), imported(argon2), imported(`$2a$10$${'c'.repeat(53)}`)]);
      const kinds = ['$2b$10$', '$2b$12$', '$argon2i$v=19$m=65536,t=3,p=4$', '$scrypt$ln=15,r=8,p=1$'];
      expect(await stores.users.listHashKinds()).toEqual(kinds);
      expect(await (await backend.open()).users.listHashKinds()).toEqual(kinds);
    });
  });

  describe('find', () => {
    test('answers null where there is none', async () => {
      const stores = await createFresh().open();
      await addUser(stores, { email: 'ann@example.com' });
      expect(await stores.users.findById(createUserId())).toBeNull();
      expect(await stores.users.findByEmailKey('ann@example.co')).toBeNull();
      expect(await stores.users.findByEmailKey('ann@example.com\0')).toBeNull();
    });

    test('lists by id, leaving out who is not there', async () => {
      const stores = await createFresh().open();
      const ann = await addUser(stores);
      const ben = await addUser(stores);
      await addUser(stores);
      const listed = await stores.users.listById([ben.id, createUserId(), ann.id]);
      expect(new Set(ids(listed))).toEqual(new Set([ann.id, ben.id]));
      expect(await stores.users.listById([])).toEqual([]);
    });
  });

  describe('list', () => {
    test('pages by age, then id, each user once', async () => {
      const clock = new ManualClock();
      const stores = await createFresh().open({ clock });
      const users: User[] = [];
      for (let index = 0; index < 7; index += 1) {
        users.push(await addUser(stores));
        if (index % 3 === 2) clock.advance(1);
      }
      const byAge = users.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1));
      const first = await stores.users.list({}, 4, null);
      expect(ids(first)).toEqual(ids(byAge.slice(0, 4)));
      expect(ids(await stores.users.list({}, 4, first[3] ?? null))).toEqual(ids(byAge.slice(4)));
      expect(await stores.users.list({}, 4, byAge[6] ?? null)).toEqual([]);
      expect(await stores.users.list({}, 0, null)).toEqual([]);
    });

    test.each([
      ['50%', ['50%_off@x.org']],
      ['_', ['50%_off@x.org']],
      ['.*', ['a.*b@x.org']],
      ['B@X', ['a.*b@x.org']],
      ['🦊', ['🦊@x.org']],
      ['$email', []],
      ['\\', []],
      ['[a-z]', []],
      ['x.org\0', []],
      ['', ['50%_off@x.org', 'a.*b@x.org', '🦊@x.org']],
    ])('takes %j as plain text, in any case', async (emailContains, expected) => {
      const stores = await createFresh().open();
      for (const email of ['50%_off@x.org', 'a.*b@x.org', '🦊@x.org']) await addUser(stores, { email });
      const listed = await stores.users.list({ emailContains }, 10, null);
      expect(listed.map(({ email }) => email).toSorted()).toEqual(expected.toSorted());
      expect(await stores.users.count({ emailContains })).toBe(expected.length);
    });

    test('filters by role, by a ban that holds now, and by age, exclusively and together', async () => {
      const clock = new ManualClock();
      const stores = await createFresh().open({ clock });
      const keeper = await addUser(stores, { roles: [ADMIN, 'A","B'] });
      clock.advance(1);
      const banned = await addUser(stores, { roles: ['EDITOR'] });
      clock.advance(1);
      const forAMinute = await addUser(stores);
      await stores.users.ban(banned.id, FOR_GOOD, NOBODY_SPARED);
      await stores.users.ban(forAMinute.id, { ...FOR_GOOD, until: later(clock.now(), MINUTE) }, NOBODY_SPARED);
      const list = async (filter: UserFilter): Promise<string[]> => {
        const listed = ids(await stores.users.list(filter, 10, null));
        expect(await stores.users.count(filter)).toBe(listed.length);
        return listed;
      };
      expect(await list({ role: 'EDITOR' })).toEqual([banned.id]);
      expect(await list({ role: 'A' })).toEqual([]);
      expect(await list({ role: ',' })).toEqual([]);
      expect(await list({ role: 'A","B' })).toEqual([keeper.id]);
      expect(await list({ banned: true })).toEqual([banned.id, forAMinute.id]);
      expect(await list({ banned: false })).toEqual([keeper.id]);
      expect(await list({ createdAfter: keeper.createdAt })).toEqual([banned.id, forAMinute.id]);
      expect(await list({ createdBefore: forAMinute.createdAt })).toEqual([keeper.id, banned.id]);
      expect(await list({ createdAfter: keeper.createdAt, createdBefore: forAMinute.createdAt, banned: true })).toEqual(
        [banned.id],
      );
      expect(await list({ role: 'EDITOR', banned: false })).toEqual([]);
      clock.advance(MINUTE);
      expect(await list({ banned: true })).toEqual([banned.id]);
      expect(await list({ banned: false })).toEqual([keeper.id, forAMinute.id]);
    });
  });

  describe('recordSignIn and replacePasswordHash', () => {
    test('record the moment, raise no ver, and mind nobody who is gone', async () => {
      const clock = new ManualClock();
      const stores = await createFresh().open({ clock });
      const user = await addUser(stores);
      clock.advance(MINUTE);
      await stores.users.recordSignIn(user.id);
      await stores.users.recordSignIn(createUserId());
      expect(await getUser(stores, user.id)).toEqual({ ...user, lastSignInAt: clock.now() });
      expect(await stores.users.count({})).toBe(1);
    });

    test('replace the hash only where it still is the one given', async () => {
      const stores = await createFresh().open();
      const user = await addUser(stores, { passwordHash: 'old' });
      await stores.users.replacePasswordHash(user.id, 'another', 'never');
      expect(await getUser(stores, user.id)).toEqual(user);
      await stores.users.replacePasswordHash(user.id, 'old', '$ver');
      expect(await getUser(stores, user.id)).toEqual({ ...user, passwordHash: '$ver' });
    });
  });
}
