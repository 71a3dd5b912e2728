import { expect, test } from '@jest/globals';
import { ATTEMPT_POLICY, type Attempt, type AttemptPolicy } from '../../src/domain/attempt.js';
import { createAttempts, type Attempts } from '../../src/domain/attempt-service.js';
import { AuthError, type ErrorCode } from '../../src/domain/errors.js';
import { deriveSecretKeys } from '../../src/domain/secrets.js';
import type { Stores } from '../../src/domain/stores.js';
import { dumpStore, readRows } from '../http/support/raw-store.js';
import { ManualClock } from '../support/clock.js';
import { describeOnEachStore } from '../support/stores.js';
import { codeOf } from './session-fixture.js';

const KEYS = deriveSecretKeys(['a secret of the tests that is at least 32 bytes long']);
const SIGN_IN: Attempt = { kind: 'sign-in', account: 'ann@example.com', ipAddress: '203.0.113.7', knownAs: null };
const TWO: Partial<AttemptPolicy> = { accountAtAddress: { ...ATTEMPT_POLICY.accountAtAddress, tries: 2 } };
const HOUR_MS = 3_600_000;

const attemptsOn = ({ attempts: store }: Stores, policy: Partial<AttemptPolicy> = TWO): Attempts =>
  createAttempts({ store, keys: KEYS, policy: { ...ATTEMPT_POLICY, ...policy } });

const failWith = (code: ErrorCode) => (): Promise<never> => Promise.reject(new AuthError(code));
const succeed = async (): Promise<string> => 'a session';

describeOnEachStore('Attempts', (createFresh) => {
  const open = async (): Promise<Stores> => createFresh().open({ clock: new ManualClock() });

  test('answer what the try answers, and throw what it throws', async () => {
    const attempts = attemptsOn(await open());
    await expect(attempts.run(SIGN_IN, succeed)).resolves.toBe('a session');
    const error = new AuthError('INVALID_CREDENTIALS');
    await expect(attempts.run(SIGN_IN, () => Promise.reject(error))).rejects.toBe(error);
  });

  test('beyond what is allowed are not made at all', async () => {
    const attempts = attemptsOn(await open());
    for (let times = 0; times < 2; times += 1) await codeOf(attempts.run(SIGN_IN, failWith('INVALID_CREDENTIALS')));
    let made = 0;
    const refused = attempts.run(SIGN_IN, async () => void (made += 1));
    await expect(refused).rejects.toMatchObject({ code: 'RATE_LIMITED', extensions: { retryAfterSeconds: 10 } });
    expect(made).toBe(0);
  });

  test('are counted before they are made', async () => {
    const stores = await open();
    const [attempts, elsewhere] = [attemptsOn(stores), attemptsOn(stores)];
    await codeOf(attempts.run(SIGN_IN, failWith('INVALID_CREDENTIALS')));
    const during = await attempts.run(SIGN_IN, () => codeOf(elsewhere.run(SIGN_IN, succeed)));
    expect(during).toBe('RATE_LIMITED');
  });

  test('that nobody could judge do not count; those that broke on the way do', async () => {
    const attempts = attemptsOn(await open());
    for (let times = 0; times < 5; times += 1) {
      expect(await codeOf(attempts.run(SIGN_IN, failWith('SERVICE_UNAVAILABLE')))).toBe('SERVICE_UNAVAILABLE');
    }
    for (let times = 0; times < 2; times += 1) {
      await expect(attempts.run(SIGN_IN, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    }
    expect(await codeOf(attempts.run(SIGN_IN, succeed))).toBe('RATE_LIMITED');
  });

  test.each(['USER_BANNED', 'FORBIDDEN'] as const)(
    'that throw %s before they were judged are guesses at the account, like any other',
    async (code) => {
      const account = { ...ATTEMPT_POLICY.account, tries: 3 };
      const attempts = attemptsOn(await open(), { account });
      for (const ipAddress of ['203.0.113.8', '203.0.113.9', '203.0.113.10']) {
        expect(await codeOf(attempts.run({ ...SIGN_IN, ipAddress }, failWith(code)))).toBe(code);
      }
      expect(await codeOf(attempts.run(SIGN_IN, succeed))).toBe('RATE_LIMITED');
    },
  );

  test.each(['USER_BANNED', 'FORBIDDEN'] as const)(
    'that were right and not let in (%s) wipe out no failure, and are no guess at the account',
    async (code) => {
      const refuse = (): never => {
        throw new AuthError(code);
      };
      const account = { ...ATTEMPT_POLICY.account, tries: 3 };
      const attempts = attemptsOn(await open(), { ...TWO, account });
      await codeOf(attempts.run(SIGN_IN, failWith('INVALID_CREDENTIALS')));
      expect(await codeOf(attempts.run(SIGN_IN, succeed, refuse))).toBe(code);
      expect(await codeOf(attempts.run(SIGN_IN, succeed, refuse))).toBe('RATE_LIMITED');
      for (const ipAddress of ['203.0.113.8', '203.0.113.9', '203.0.113.10']) {
        expect(await codeOf(attempts.run({ ...SIGN_IN, ipAddress }, succeed, refuse))).toBe(code);
      }
      const elsewhere = { ...SIGN_IN, ipAddress: '203.0.113.11' };
      for (let times = 0; times < 2; times += 1) {
        expect(await codeOf(attempts.run(elsewhere, failWith('INVALID_CREDENTIALS')))).toBe('INVALID_CREDENTIALS');
      }
      expect(await codeOf(attempts.run({ ...elsewhere, ipAddress: '203.0.113.12' }, succeed))).toBe('RATE_LIMITED');
    },
  );

  test('are not made while the store cannot count them', async () => {
    const stores = await open();
    await stores.close();
    let made = 0;
    const attempt = attemptsOn(stores).run(SIGN_IN, async () => void (made += 1));
    expect([await codeOf(attempt), made]).toEqual(['SERVICE_UNAVAILABLE', 0]);
  });

  test('that waited while the store failed one are not made to wait for it again, each in its turn', async () => {
    const stores = await open();
    let asked = 0;
    let isAway = true;
    const take: Stores['attempts']['take'] = async (counts) => {
      asked += 1;
      if (isAway) throw new AuthError('SERVICE_UNAVAILABLE');
      return stores.attempts.take(counts);
    };
    const attempts = attemptsOn({ ...stores, attempts: { ...stores.attempts, take } });
    const many = await Promise.all(Array.from({ length: 10 }, () => codeOf(attempts.run(SIGN_IN, succeed))));
    expect({ many: new Set(many), asked }).toEqual({ many: new Set(['SERVICE_UNAVAILABLE']), asked: 1 });
    isAway = false;
    await expect(attempts.run(SIGN_IN, succeed)).resolves.toBe('a session');
  });

  test('of a known device have counts of their own, also where all others are used up, until theirs are', async () => {
    const attempts = attemptsOn(await open());
    const known = { ...SIGN_IN, knownAs: 'a device' };
    for (let times = 0; times < 2; times += 1) await codeOf(attempts.run(SIGN_IN, failWith('INVALID_CREDENTIALS')));
    for (let times = 0; times < 5; times += 1) {
      expect(await codeOf(attempts.run(known, failWith('INVALID_CREDENTIALS')))).toBe('INVALID_CREDENTIALS');
    }
    expect(await codeOf(attempts.run(known, succeed))).toBe('RATE_LIMITED');
    await expect(attempts.run({ ...known, knownAs: 'another device' }, succeed)).resolves.toBe('a session');
  });

  test('by the same secret are counted together, and nothing in the store tells whom they are about', async () => {
    const backend = createFresh();
    const clock = new ManualClock();
    const stores = await backend.open({ clock });
    await codeOf(attemptsOn(stores).run(SIGN_IN, failWith('INVALID_CREDENTIALS')));
    await codeOf(attemptsOn(stores).run(SIGN_IN, failWith('INVALID_CREDENTIALS')));
    expect(await codeOf(attemptsOn(stores).run(SIGN_IN, succeed))).toBe('RATE_LIMITED');
    const dump = await dumpStore(backend.url);
    expect(dump.includes('accountAtAddress')).toBe(true);
    for (const hidden of ['ann@example.com', '203.0.113.7']) expect(dump.includes(hidden)).toBe(false);
  });
});

describeOnEachStore('Counts past their time', (createFresh) => {
  test('are deleted', async () => {
    const backend = createFresh();
    const clock = new ManualClock();
    const stores = await backend.open({ clock });
    await codeOf(attemptsOn(stores).run(SIGN_IN, failWith('INVALID_CREDENTIALS')));
    const rows = (await readRows(backend.url))['attempts'] ?? [];
    expect(rows).toHaveLength(3);
    if (backend.name === 'MongoDB') {
      // By its index with a time to live: it goes by the clock of mongod, once a minute.
      for (const row of rows) expect(row['expiresAt']).toBeInstanceOf(Date);
      return;
    }
    clock.advance(24 * HOUR_MS);
    // As each minute, so at the start.
    await backend.open({ clock });
    expect((await readRows(backend.url))['attempts']).toEqual([]);
  });
});
