import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import mongoose from 'mongoose';
import { ADMIN } from '../../src/domain/user.js';
import { createBackend, describeOnMongo, type Backend } from '../support/stores.js';
import { addUser, getUser, MINUTE, NOBODY_SPARED } from './builders.js';

interface Writes {
  readonly collectionName: string;
  findOneAndUpdate(...given: unknown[]): Promise<unknown>;
}

describeOnMongo('the last administrator', () => {
  let backend: Backend;
  beforeEach(() => {
    backend = createBackend('MongoDB');
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await backend.destroy();
  });

  /** Runs these, each once, before a write of a user that is not one of theirs. */
  function beforeWrites(...acts: (() => Promise<void>)[]): void {
    const prototype = mongoose.mongo.Collection.prototype as unknown as Writes;
    const { findOneAndUpdate } = prototype;
    let isActing = false;
    jest.spyOn(prototype, 'findOneAndUpdate').mockImplementation(async function (this: Writes, ...given) {
      if (this.collectionName === 'users' && !isActing) {
        isActing = true;
        await acts.shift()?.();
        isActing = false;
      }
      return findOneAndUpdate.apply(this, given);
    });
  }

  test('stays where a second deletion comes between the demotion of the first and its undoing', async () => {
    const [first, second] = [await backend.open(), await backend.open()];
    const ann = await addUser(first, { roles: [ADMIN] });
    const bob = await addUser(first, { roles: [ADMIN] });
    const outcomes: string[] = [];
    beforeWrites(
      // Judged already that Bob is there: Bob leaves, with Ann as the other one.
      async () => void outcomes.push((await second.users.delete(bob.id, NOBODY_SPARED, MINUTE)).kind),
      // Ann is demoted, and the look behind that has found nobody.
      async () => void outcomes.push((await second.users.delete(ann.id, NOBODY_SPARED, MINUTE)).kind),
    );
    const change = await first.users.delete(ann.id, NOBODY_SPARED, MINUTE);
    expect([...outcomes, change.kind]).toEqual(['changed', 'last-administrator', 'last-administrator']);
    expect((await getUser(first, ann.id)).roles).toEqual([ADMIN]);
    expect(await first.users.hasAdministrator()).toBe(true);
  });

  test('of before may leave, where there is another', async () => {
    const stores = await backend.open();
    const ann = await addUser(stores, { roles: [ADMIN] });
    await addUser(stores, { roles: [ADMIN] });
    expect((await stores.users.withdrawRole(ann.id, ADMIN)).kind).toBe('changed');
    expect((await stores.users.delete(ann.id, NOBODY_SPARED, MINUTE)).kind).toBe('changed');
    expect(await stores.users.findById(ann.id)).toBeNull();
  });
});
