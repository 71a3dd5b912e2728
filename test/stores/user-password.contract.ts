import { describe, expect, test } from '@jest/globals';
import { createUserId } from '../../src/domain/ids.js';
import { MOST_MAIL_TOKENS } from '../../src/domain/user-store.js';
import { ManualClock } from '../support/clock.js';
import type { Backend } from '../support/stores.js';
import { MINUTE, NOBODY_SPARED, addUser, changedUser, getUser, later, randomHash } from './builders.js';

/** What every `UserStore` does of passwords, and of the secrets of mails. */
export function userPasswordContract(createFresh: () => Backend): void {
  describe('mail tokens', () => {
    test('are kept for as long as they are good, with the youngest of those before', async () => {
      const clock = new ManualClock();
      const stores = await createFresh().open({ clock });
      const user = await addUser(stores);
      expect(user.mailTokens).toEqual([]);
      const hashes = Array.from({ length: MOST_MAIL_TOKENS + 2 }, randomHash);
      for (const hash of hashes) await stores.users.addMailToken(user.id, { purpose: 'password-reset', hash }, MINUTE);
      const expiresAt = later(clock.now(), MINUTE);
      const { mailTokens, ...others } = await getUser(stores, user.id);
      expect(mailTokens).toEqual(hashes.slice(2).map((hash) => ({ purpose: 'password-reset', hash, expiresAt })));
      expect({ ...others, mailTokens: [] }).toEqual(user);

      clock.advance(MINUTE);
      const hash = randomHash();
      await stores.users.addMailToken(user.id, { purpose: 'email-verification', hash }, MINUTE);
      expect((await getUser(stores, user.id)).mailTokens).toMatchObject([{ hash }]);
    });

    test('are added by several nodes at once, each of them', async () => {
      const backend = createFresh();
      const [one, two] = [await backend.open(), await backend.open()];
      const user = await addUser(one);
      const hashes = [randomHash(), randomHash(), randomHash(), randomHash()];
      const purpose = 'password-reset';
      await Promise.all(
        hashes.map((hash, index) => [one, two][index % 2]!.users.addMailToken(user.id, { purpose, hash }, MINUTE)),
      );
      const kept = (await getUser(one, user.id)).mailTokens.map(({ hash }) => hash);
      expect(kept.toSorted()).toEqual(hashes.toSorted());
    });

    test('given twice, as by a mail that is tried again, are kept once, with one entry', async () => {
      const stores = await createFresh().open();
      const { id } = await addUser(stores);
      const token = { purpose: 'password-reset', hash: randomHash() } as const;
      for (let times = 0; times < 2; times += 1) await stores.users.addMailToken(id, token, MINUTE);
      expect((await getUser(stores, id)).mailTokens).toMatchObject([token]);
      const entries = await stores.auditEntries.list({ actions: ['password-reset-requested'] }, 10, null);
      expect(entries).toHaveLength(1);
    });

    test('are not kept for nobody, nor for who was deleted', async () => {
      const stores = await createFresh().open();
      const user = await addUser(stores);
      changedUser(await stores.users.delete(user.id, NOBODY_SPARED, MINUTE));
      for (const id of [user.id, createUserId()]) {
        await stores.users.addMailToken(id, { purpose: 'password-reset', hash: randomHash() }, MINUTE);
        expect(await stores.users.findById(id)).toBeNull();
      }
    });
  });

  describe('verifyEmail', () => {
    test('takes the token once, and changes nothing else of the user', async () => {
      const stores = await createFresh().open();
      const user = await addUser(stores);
      const [good, reset] = [randomHash(), randomHash()];
      await stores.users.addMailToken(user.id, { purpose: 'email-verification', hash: good }, MINUTE);
      await stores.users.addMailToken(user.id, { purpose: 'password-reset', hash: reset }, MINUTE);
      for (const hash of [randomHash(), reset]) expect(await stores.users.verifyEmail(user.id, hash)).toBe(false);
      expect(await stores.users.verifyEmail(createUserId(), good)).toBe(false);
      expect((await getUser(stores, user.id)).emailVerified).toBe(false);

      const verifying = [good, good, good].map((hash) => stores.users.verifyEmail(user.id, hash));
      expect((await Promise.all(verifying)).filter(Boolean)).toHaveLength(1);
      const after = await getUser(stores, user.id);
      expect(after).toMatchObject({ ...user, emailVerified: true, mailTokens: [{ hash: reset }] });
    });

    test('does not take one that is too old', async () => {
      const clock = new ManualClock();
      const stores = await createFresh().open({ clock });
      const user = await addUser(stores);
      const hash = randomHash();
      await stores.users.addMailToken(user.id, { purpose: 'email-verification', hash }, MINUTE);
      clock.advance(MINUTE);
      expect(await stores.users.verifyEmail(user.id, hash)).toBe(false);
    });
  });

  describe('changePassword', () => {
    test('puts the hash in the place of the one that was checked, raises ver and with it the floor', async () => {
      const clock = new ManualClock();
      const stores = await createFresh().open({ clock });
      const user = await addUser(stores);
      await stores.users.addMailToken(user.id, { purpose: 'password-reset', hash: randomHash() }, MINUTE);
      clock.advance(MINUTE / 2);
      const changed = changedUser(await stores.users.changePassword(user.id, user, '$literally'));
      const ver = clock.now().getTime();
      expect(changed).toEqual({ ...user, passwordHash: '$literally', ver, floor: ver, verChangedAt: clock.now() });
      expect(await getUser(stores, user.id)).toEqual(changed);
    });

    test('changes nothing where hash or floor are others by then', async () => {
      const stores = await createFresh().open();
      const user = await addUser(stores);
      const raised = changedUser(await stores.users.raiseFloor(user.id, NOBODY_SPARED));
      for (const premise of [user, { ...raised, passwordHash: 'another' }]) {
        expect((await stores.users.changePassword(user.id, premise, 'new')).kind).toBe('unchanged');
      }
      expect(await getUser(stores, user.id)).toEqual(raised);
      expect((await stores.users.changePassword(createUserId(), user, 'new')).kind).toBe('not-found');
    });

    test('of several at once is carried out once', async () => {
      const backend = createFresh();
      const [one, two] = [await backend.open(), await backend.open()];
      const user = await addUser(one);
      const changes = await Promise.all(
        [one, two, one, two].map(({ users }, index) => users.changePassword(user.id, user, `new-${index}`)),
      );
      expect(changes.filter(({ kind }) => kind === 'changed')).toHaveLength(1);
      const [done] = changes.filter(({ kind }) => kind === 'changed').map(changedUser);
      expect(await getUser(one, user.id)).toEqual(done);
    });
  });

  describe('resetPassword', () => {
    test('takes the token once, of several at once, and shows that mail arrives', async () => {
      const clock = new ManualClock();
      const backend = createFresh();
      const [one, two] = [await backend.open({ clock }), await backend.open({ clock })];
      const user = await addUser(one);
      const hashes = [randomHash(), randomHash()];
      for (const hash of hashes) await one.users.addMailToken(user.id, { purpose: 'password-reset', hash }, MINUTE);
      const changes = await Promise.all(
        [one, two, one, two].map(({ users }, index) => users.resetPassword(user.id, hashes[0]!, `new-${index}`)),
      );
      const done = changes.filter(({ kind }) => kind === 'changed').map(changedUser);
      expect(done).toHaveLength(1);
      expect(done[0]).toMatchObject({ emailVerified: true, floor: done[0]!.ver, mailTokens: [] });
      expect(done[0]!.ver).toBeGreaterThan(user.ver);
      expect((await one.users.resetPassword(user.id, hashes[1]!, 'later')).kind).toBe('unchanged');
      expect(await getUser(two, user.id)).toEqual(done[0]);
    });

    test('takes none that is wrong, too old, or for something else', async () => {
      const clock = new ManualClock();
      const stores = await createFresh().open({ clock });
      const user = await addUser(stores);
      const [old, other] = [randomHash(), randomHash()];
      await stores.users.addMailToken(user.id, { purpose: 'password-reset', hash: old }, MINUTE);
      await stores.users.addMailToken(user.id, { purpose: 'email-verification', hash: other }, 2 * MINUTE);
      clock.advance(MINUTE);
      for (const hash of [old, other, randomHash()]) {
        expect((await stores.users.resetPassword(user.id, hash, 'new')).kind).toBe('unchanged');
      }
      expect((await getUser(stores, user.id)).passwordHash).toBe(user.passwordHash);
      expect((await stores.users.resetPassword(createUserId(), old, 'new')).kind).toBe('not-found');
    });
  });
}
