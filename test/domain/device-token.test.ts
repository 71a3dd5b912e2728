import { describe, expect, test } from '@jest/globals';
import { createDeviceTokens, DEVICE_TTL_MS } from '../../src/domain/device-token.js';
import { deriveSecretKeys } from '../../src/domain/secrets.js';
import { ManualClock } from '../support/clock.js';

const [OLD, NEW] = ['an old secret of the tests, 32 bytes', 'a new secret of the tests, 32 bytes '];
const ANN = 'ann@example.com';

describe('Device tokens', () => {
  const clock = new ManualClock();
  const under = (...secrets: string[]) => createDeviceTokens(deriveSecretKeys(secrets), clock);
  const tokens = under(NEW);

  test('name a device of one account, and each a device of its own', () => {
    const token = tokens.issue(ANN, null);
    expect(token).toMatch(/^lkd_[\w-]{51}$/);
    expect(tokens.read(token, ANN)).toMatch(/^[\w-]{22}$/);
    expect(tokens.read(token, 'ben@example.com')).toBeNull();
    expect(tokens.read(token, '')).toBeNull();
    expect(tokens.read(tokens.issue(ANN, null), ANN)).not.toBe(tokens.read(token, ANN));
  });

  test('that follow another of the same account name the same device; of another account, or none, a new one', () => {
    const first = tokens.issue(ANN, null);
    clock.advance(1_000);
    const next = tokens.issue(ANN, first);
    expect(next).not.toBe(first);
    expect(tokens.read(next, ANN)).toBe(tokens.read(first, ANN));
    const id = tokens.read(first, ANN);
    const others = [tokens.issue(ANN, tokens.issue('ben@example.com', null)), tokens.issue(ANN, 'lkd_junk')];
    for (const other of others) expect(tokens.read(other, ANN)).not.toBe(id);
    expect(tokens.read(tokens.issue('ben@example.com', first), 'ben@example.com')).not.toBe(id);
  });

  test('hold for 400 days, which each sign-in begins anew', () => {
    const token = tokens.issue(ANN, null);
    const id = tokens.read(token, ANN);
    clock.advance(DEVICE_TTL_MS - 1);
    expect(tokens.read(token, ANN)).toBe(id);
    const next = tokens.issue(ANN, token);
    clock.advance(1);
    expect(tokens.read(token, ANN)).toBeNull();
    expect(tokens.read(next, ANN)).toBe(id);
  });

  test('of a secret that is only read any more hold, those of one that is not known do not', () => {
    const old = under(OLD).issue(ANN, null);
    expect(tokens.read(old, ANN)).toBeNull();
    const both = under(NEW, OLD);
    expect(both.read(old, ANN)).not.toBeNull();
    expect(tokens.read(both.issue(ANN, old), ANN)).toBe(both.read(old, ANN));
  });

  test('that anything was changed of do not hold', () => {
    const token = tokens.issue(ANN, null);
    for (let at = 0; at < token.length; at += 1) {
      const other = token[at] === 'A' ? 'B' : 'A';
      expect(tokens.read(token.slice(0, at) + other + token.slice(at + 1), ANN)).toBeNull();
    }
    const junk = [
      '',
      'lkd_',
      `${token}A`,
      ` ${token}`,
      token.slice(0, -1),
      token.replace('lkd_', 'lkr_'),
      `${token}\0`,
    ];
    for (const text of junk) expect(tokens.read(text, ANN)).toBeNull();
  });
});
