import { describe, expect, test } from '@jest/globals';
import {
  createVerifiedTokens,
  digestOf,
  type VerifiedTokens,
  type VerifiedTokensOptions,
} from '../../src/domain/verified-tokens.js';

interface Verified {
  readonly name: string;
  readonly expiresAtSeconds: number;
}

const tokens = (options: VerifiedTokensOptions = {}): VerifiedTokens<Verified> => createVerifiedTokens(options);
const lasting = (name: string): Verified => ({ name, expiresAtSeconds: 1_000 });
const names = (count: number): string[] => Array.from({ length: count }, (_, each) => `token-${each}`);

describe('the memory of verified tokens', () => {
  test('finds what was remembered of a token, and nothing of any other', () => {
    const memory = tokens();
    memory.remember(digestOf('a'), lasting('a'), 10);
    expect(memory.find(digestOf('a'), 0)).toEqual(lasting('a'));
    for (const other of ['', 'A', 'a ', 'b']) expect(memory.find(digestOf(other), 0)).toBeNull();
  });

  test('finds it until the second in which it expires, and forgets it then', () => {
    const memory = tokens();
    memory.remember(digestOf('a'), lasting('a'), 10);
    expect(memory.find(digestOf('a'), 999)).not.toBeNull();
    expect(memory.size).toBe(1);
    expect(memory.find(digestOf('a'), 1_000)).toBeNull();
    expect(memory.size).toBe(0);
    expect(memory.find(digestOf('a'), 0)).toBeNull();
  });

  test('lets go of those longest unused', () => {
    const memory = tokens({ mostBytes: 3 * 170 });
    for (const name of ['a', 'b', 'c']) memory.remember(digestOf(name), lasting(name), 10);
    memory.find(digestOf('a'), 0);
    memory.remember(digestOf('d'), lasting('d'), 10);
    expect(memory.size).toBe(3);
    expect(['a', 'b', 'c', 'd'].map((name) => memory.find(digestOf(name), 0)?.name)).toEqual([
      'a',
      undefined,
      'c',
      'd',
    ]);
  });

  test('holds so many bytes at most, itself included', () => {
    const memory = tokens({ mostBytes: 100_000 });
    for (const name of names(1_000)) memory.remember(digestOf(name), lasting(name), 840);
    expect(memory.size).toBe(100);
    memory.remember(digestOf('large'), lasting('large'), 50_000);
    expect(memory.find(digestOf('large'), 0)).not.toBeNull();
    expect(memory.size).toBeLessThan(60);
    memory.remember(digestOf('too large'), lasting('too large'), 100_001);
    expect(memory.find(digestOf('too large'), 0)).toBeNull();
    expect(memory.find(digestOf('large'), 0)).not.toBeNull();
  });

  test('is bounded where nothing is said', () => {
    const memory = tokens();
    for (const name of names(66_000)) memory.remember(digestOf(name), lasting(name), 1024 - 160);
    expect(memory.size).toBe(65_536);
    for (const name of names(1_000)) memory.remember(digestOf(name), lasting(name), 1024 * 1024);
    expect(memory.size).toBeLessThan(64);
  });

  test('is emptied at once', () => {
    const memory = tokens();
    for (const name of names(10)) memory.remember(digestOf(name), lasting(name), 10);
    memory.clear();
    expect(memory.size).toBe(0);
    expect(memory.find(digestOf('token-3'), 0)).toBeNull();
  });
});
