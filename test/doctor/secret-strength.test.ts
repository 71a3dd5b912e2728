import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { isStrongSecret } from '../../src/config.js';
import { bitsTold, isGuessable } from '../../src/doctor/secret-strength.js';

describe('the strength of a secret', () => {
  test.each([
    'the quick brown fox jumps over the lazy dog again',
    `${'a'.repeat(40)}bqxzmkd`,
    `bqxz${'a'.repeat(40)}mkdw`,
    'Hunter2Hunter3Hunter4Hunter5Hunter6Hunter7Hunt',
    'CorrectHorseBatteryStapleCorrectBatteryHorses',
    'C0rr3ct-H0rs3-B4tt3ry-St4pl3-1s-N0t-R4nd0m-4t-4ll',
    'ourCompanyProductionSessionServerKeyForTheYear2026',
    'Donaudampfschifffahrtsgesellschaftskapitaenskajuete',
    'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ',
    '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdee',
    '1qaz2wsx3edc4rfv5tgb6yhn7ujm1qaz2wsx3edc4rfv',
    'Zx9cVbN8mAs7dFgH6jKl5qWe4rTy3uIo2pPo1LkJhGf',
    '20260101123456789098765432123456789098765432112345678901234567890',
    'Xk9#mP2$vL7@nQ4!Xk9#mP2$vL7@nQ4!Xk9#mP2$vL8',
  ])('is not what it looks in %s', (secret) => {
    expect([isStrongSecret(secret), isGuessable(secret)]).toEqual([true, true]);
  });

  // Of a hundred thousand each, which takes a minute, there was none either.
  test.each<[string, (bytes: Buffer) => string]>([
    ['base64', (bytes) => bytes.toString('base64')],
    ['base64url', (bytes) => bytes.toString('base64url')],
    ['hexadecimal', (bytes) => bytes.toString('hex')],
    ['capital hexadecimal', (bytes) => bytes.toString('hex').toUpperCase()],
    ['print', () => [...randomBytes(44)].map((byte) => String.fromCharCode(33 + (byte % 94))).join('')],
  ])('is that of 32 random bytes in each of 2,000 secrets in %s', (_name, write) => {
    const secrets = Array.from({ length: 2_000 }, () => write(randomBytes(32)));
    expect(secrets.filter(isGuessable)).toEqual([]);
  });

  test('is not told of random secrets: their bits are those of their alphabet', () => {
    const told = Array.from({ length: 500 }, () => bitsTold(randomBytes(32).toString('base64')));
    expect(Math.max(...told)).toBeLessThan(20);
    expect(told.reduce((sum, bits) => sum + bits, 0) / told.length).toBeLessThan(0);
  });
});
