import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { createBackoff } from '../../src/client/backoff.js';
import { ageMs, momentBefore, type Moment } from '../../src/client/clock.js';
import { AuthClientError } from '../../src/client/errors.js';
import { NOTHING, readRecord, writeRecord, type Known } from '../../src/client/record.js';
import { dueInMs } from '../../src/client/schedule.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const now = (): Moment => ({ monotonicMs: performance.now(), wallMs: Date.now() });
const environment = { clock: now, random: () => 1 };
const received = (lifetimeMs: number): Known => ({ ...NOTHING, lifetimeMs, receivedAt: now() });

test.each([
  // The larger of 30 s and a tenth ahead of the end …
  [600_000, 0, 540_000],
  [200_000, 0, 170_000],
  [3_600_000, 0, 3_240_000],
  // … up to a fifth of that earlier, by jitter …
  [600_000, 1, 528_000],
  [600_000, 0.5, 534_000],
  // … and never in the first half of the life.
  [40_000, 0, 20_000],
  [4_000, 1, 2_000],
])('a token that lives %d ms is refreshed, with jitter %d, after %d ms', (lifetimeMs, jitter, dueMs) => {
  const known = received(lifetimeMs);
  expect(dueInMs(known, environment, jitter)).toBeCloseTo(dueMs, 3);
  jest.advanceTimersByTime(1_000);
  expect(dueInMs(known, environment, jitter)).toBeCloseTo(dueMs - 1_000, 3);
});

test('time that one clock slept through counts by the other, and one that was set back counts as none', () => {
  const then = { monotonicMs: 1_000, wallMs: 50_000 };
  expect(ageMs(then, { monotonicMs: 1_500, wallMs: 80_000 })).toBe(30_000);
  expect(ageMs(then, { monotonicMs: 9_000, wallMs: 20_000 })).toBe(8_000);
  expect(momentBefore(then, -5_000)).toEqual(then);
});

test('a record tells another page how long ago its token came, by the wall clock alone', () => {
  const until = new Date('2099-01-01T00:00:00Z');
  const known: Known = {
    ...received(600_000),
    version: 7,
    signedOut: { reason: 'banned', publicReason: 'Spam', until },
  };
  const text = writeRecord(known);
  // Another page's monotonic clock starts anew.
  const later = { monotonicMs: 5, wallMs: Date.now() + 60_000 };
  const read = readRecord(text, later)!;
  expect(ageMs(read.receivedAt, later)).toBe(60_000);
  expect(read).toMatchObject({ version: 7, signedOut: { reason: 'banned', publicReason: 'Spam', until } });
  const before = { monotonicMs: 5, wallMs: Date.now() - 3_600_000 };
  expect(ageMs(readRecord(text, before)!.receivedAt, before)).toBe(0);
});

test('after failures, refreshes wait 1, 2, 4 … seconds and a minute at most, half of it by chance', () => {
  const failure = new AuthClientError('NETWORK_ERROR', '');
  for (const [random, share] of [
    [0, 0.5],
    [1, 1],
  ] as const) {
    const backoff = createBackoff({ clock: now, random: () => random });
    expect(backoff.error()).toBeUndefined();
    for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
      backoff.failed(failure);
      expect(backoff.waitMs()).toBeCloseTo(seconds * 1000 * share, 3);
      expect(backoff.error()).toBe(failure);
      jest.advanceTimersByTime(seconds * 1000 * share);
      expect(backoff.error()).toBeUndefined();
    }
  }
});

test('a refusal that names the seconds to wait is obeyed, and a reset ends any wait', () => {
  const backoff = createBackoff({ clock: now, random: () => 1 });
  backoff.failed(new AuthClientError('RATE_LIMITED', '', { retryAfterSeconds: 600 }));
  expect(backoff.waitMs()).toBeCloseTo(600_000, 3);
  backoff.reset();
  expect(backoff.error()).toBeUndefined();
});
