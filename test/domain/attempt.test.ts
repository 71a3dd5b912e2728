import { describe, expect, test } from '@jest/globals';
import { ATTEMPT_POLICY, countsOf, delayBehind, type Allowance, type Attempt } from '../../src/domain/attempt.js';

const ATTEMPT: Attempt = { kind: 'sign-in', account: 'a@example.com', ipAddress: '203.0.113.7', knownAs: null };

const namesOf = (attempt: Partial<Attempt>): Record<'known' | 'others', unknown[]> => {
  const { known, others } = countsOf({ ...ATTEMPT, ...attempt }, ATTEMPT_POLICY);
  const name = ({ name: each, onSuccess }: (typeof known)[number]): string => `${each}: ${onSuccess}`;
  return { known: known.map(name), others: others.map(name) };
};

describe('The counts of a try', () => {
  test.each(['sign-in', 'reauthenticate', 'change-password'] as const)('at a password (%s)', (kind) => {
    const others = ['accountAtAddress: clear', 'address: give-back', 'account: clear'];
    expect(namesOf({ kind })).toEqual({ known: [], others });
    expect(namesOf({ kind, knownAs: 'a device' })).toEqual({ known: ['device: clear', 'devices: clear'], others });
    expect(() => namesOf({ kind, account: null })).toThrow(TypeError);
  });

  test.each(['sign-up', 'request-password-reset'] as const)('that costs something by itself (%s)', (kind) => {
    expect(namesOf({ kind, account: null })).toEqual({ known: [], others: ['address: keep'] });
  });

  test.each(['reset-password', 'verify-email'] as const)('at a token (%s)', (kind) => {
    expect(namesOf({ kind, account: null })).toEqual({ known: [], others: ['address: give-back'] });
  });

  test('for an export are those of the account', () => {
    expect(namesOf({ kind: 'export-data' })).toEqual({ known: [], others: ['exports: keep'] });
    expect(() => namesOf({ kind: 'export-data', account: null })).toThrow(TypeError);
  });

  test('are the same for every spelling of an address, and not those of another account or device', () => {
    const about = (attempt: Partial<Attempt>) => {
      const { known, others } = countsOf({ ...ATTEMPT, ...attempt }, ATTEMPT_POLICY);
      return [...known, ...others].map((count) => count.about);
    };
    expect(about({ ipAddress: '::ffff:203.0.113.7' })).toEqual(about({}));
    expect(about({ account: 'b@example.com' })[0]).not.toEqual(about({})[0]);
    expect(about({ knownAs: 'one' })[0]).not.toEqual(about({ knownAs: 'two' })[0]);
  });
});

describe('The delay behind a try', () => {
  test('begins with the last one allowed, doubles, and grows no longer than a quarter of an hour', () => {
    const seconds = Array.from({ length: 15 }, (_, index) => {
      return delayBehind(index + 1, ATTEMPT_POLICY.accountAtAddress) / 1000;
    });
    expect(seconds).toEqual([0, 0, 0, 0, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900, 900]);
    expect(delayBehind(10_000, ATTEMPT_POLICY.accountAtAddress)).toBe(900_000);
  });

  test('at an account from anywhere begins with the hundredth failure', () => {
    expect([99, 100, 101].map((count) => delayBehind(count, ATTEMPT_POLICY.account))).toEqual([0, 900_000, 900_000]);
  });

  test('is none in a window', () => {
    expect(delayBehind(1_000, ATTEMPT_POLICY.address)).toBe(0);
  });

  test.each(Object.entries(ATTEMPT_POLICY))('is remembered longer than it lasts: %s', (_name, allowance: Allowance) => {
    if (allowance.kind === 'delays') expect(allowance.memoryMs).toBeGreaterThan(allowance.longestDelayMs);
  });
});
