import { beforeEach, expect, test } from '@jest/globals';
import type { DomainEvent } from '../../src/domain/events.js';
import { createEnsureUser, createExternalCheck } from '../../src/domain/external-users.js';
import { createPasswords } from '../../src/domain/password.js';
import type { Stores } from '../../src/domain/stores.js';
import { NO_PASSWORD } from '../../src/domain/user.js';
import { NOBODY_SPARED } from '../stores/builders.js';
import { ManualClock } from '../support/clock.js';
import { describeOnEachStore } from '../support/stores.js';

describeOnEachStore('users of the application’s own store', (createFresh) => {
  const clock = new ManualClock();
  let stores: Stores;
  let events: DomainEvent[];

  beforeEach(async () => {
    stores = await createFresh().open({ clock });
    events = [];
  });

  const ensure = (id: string) => createEnsureUser(stores.users, (event) => void events.push(event))(id);
  const check = (id: string, meanwhile: () => Promise<unknown> = async () => undefined) => {
    const asked: string[] = [];
    const authenticate = async ({ password }: { password: string }): Promise<string | null> => {
      asked.push(password);
      await meanwhile();
      return password === 'right' ? id : null;
    };
    const run = createExternalCheck(stores, authenticate, ensure);
    return { asked, run: (password = 'right') => run({ email: 'ann@example.com', password }) };
  };

  test('have one row, however many sign in for the first time at once, and one event tells of it', async () => {
    const users = await Promise.all(Array.from({ length: 10 }, () => ensure('auth0|1')));
    expect(new Set(users.map(({ id }) => id))).toEqual(new Set(['auth0|1']));
    expect(users[0]).toMatchObject({ email: '', passwordHash: NO_PASSWORD, roles: [] });
    expect(await stores.users.count({})).toBe(1);
    expect(events).toEqual([{ type: 'user.created', userId: 'auth0|1', roles: [] }]);
  });

  test('are as they were, once they are known', async () => {
    const { id } = await ensure('auth0|1');
    await stores.users.grantRole(id, 'EDITOR');
    expect(await ensure('auth0|1')).toMatchObject({ roles: ['EDITOR'] });
  });

  test('are asked for again where their sessions were revoked while the application looked', async () => {
    const { id } = await ensure('auth0|1');
    clock.advance(60_000);
    const { asked, run } = check('auth0|1', () => stores.users.raiseFloor(id, NOBODY_SPARED));
    await run();
    expect(asked).toEqual(['right', 'right']);
  });

  test('are asked for again at their first sign-in here: the row of before may have been deleted meanwhile', async () => {
    const { id } = await ensure('auth0|1');
    clock.advance(60_000);
    let isGone = false;
    const authenticate = async (): Promise<string | null> => {
      if (isGone) return null;
      await stores.users.delete(id, NOBODY_SPARED, 60_000);
      isGone = true;
      return id;
    };
    const credentials = { email: 'ann@example.com', password: 'right' };
    await expect(createExternalCheck(stores, authenticate, ensure)(credentials)).rejects.toMatchObject({
      code: 'INVALID_CREDENTIALS',
    });
  });

  test('are asked for once where nothing changed', async () => {
    await ensure('auth0|1');
    clock.advance(60_000);
    const { asked, run } = check('auth0|1');
    await run();
    expect(asked).toEqual(['right']);
  });

  test('no password opens a row that has none', async () => {
    const passwords = createPasswords({ concurrency: 1, queueLength: 10 });
    for (const password of ['', 'right', NO_PASSWORD])
      expect(await passwords.verify(NO_PASSWORD, password)).toBe(false);
  });

  test.each([[''], ['x'.repeat(256)], ['\uD800'], [7], [undefined], [{ id: 'a' }]])('%j is no id', async (id) => {
    await expect(ensure(id as string)).rejects.toThrow(TypeError);
    await expect(check(id as string).run()).rejects.toThrow(TypeError);
    expect(await stores.users.count({})).toBe(0);
  });
});
