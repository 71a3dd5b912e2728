import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import pLimit from 'p-limit';
import { createOutcomeBatches } from '../../src/domain/outcome-batches.js';

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'] });
});
afterEach(() => {
  jest.useRealTimers();
});

const LONGEST_MS = 50;

/** Jobs that end when they are told to, two at a time; and which of them were answered, in order. */
function startJobs(count: number, size: number) {
  const limit = pLimit(2);
  const inBatches = createOutcomeBatches({ size, longestMs: LONGEST_MS, isAnyWaiting: () => limit.pendingCount > 0 });
  const ends: { readonly resolve: (result: number) => void; readonly reject: (error: Error) => void }[] = [];
  const answered: (number | string)[] = [];
  const begun: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const ended = new Promise<number>((resolve, reject) => ends.push({ resolve, reject }));
    const job = limit(() => {
      begun.push(index);
      return ended;
    });
    inBatches(job).then(
      (result) => answered.push(result),
      (error: unknown) => answered.push(String(error)),
    );
  }
  return {
    ...{ answered, begun },
    async end(index: number, error?: Error) {
      if (error === undefined) ends[index]?.resolve(index);
      else ends[index]?.reject(error);
      await nextTurn();
    },
  };
}

test('with nobody waiting, each is answered as it ends', async () => {
  const { answered, end } = startJobs(2, 8);
  await end(1);
  expect(answered).toEqual([1]);
  await end(0);
  expect(answered).toEqual([1, 0]);
});

test('while others wait, a batch is answered once it is full, in the order of their ends', async () => {
  const { answered, begun, end } = startJobs(9, 3);
  await end(1);
  await end(0);
  expect(answered).toEqual([]);
  // What waits has begun all the same.
  expect(begun).toEqual([0, 1, 2, 3]);
  await end(2);
  expect(answered).toEqual([1, 0, 2]);
  await end(3);
  await end(4);
  expect(answered).toHaveLength(3);
  await end(5);
  expect(answered).toEqual([1, 0, 2, 3, 4, 5]);
});

test('once the last one has begun, nothing is held any more', async () => {
  const { answered, end } = startJobs(5, 8);
  await end(0);
  await end(1);
  expect(answered).toEqual([]);
  await end(2);
  expect(answered).toEqual([0, 1, 2]);
  await end(4);
  await end(3);
  expect(answered).toEqual([0, 1, 2, 4, 3]);
});

test('an error is an outcome like others, and reaches who asked', async () => {
  const { answered, end } = startJobs(6, 3);
  await end(0, new Error('of the first'));
  await end(1);
  expect(answered).toEqual([]);
  await end(2);
  expect(answered).toEqual(['Error: of the first', 1, 2]);
});

test('whoever waits goes on though a job before it never ends', async () => {
  const { answered, end } = startJobs(4, 8);
  await end(1);
  await end(2);
  await end(3);
  expect(answered).toEqual([1, 2, 3]);
});

test('none is held for longer than it may be, however long others take', async () => {
  const { answered, end } = startJobs(9, 8);
  await end(0);
  jest.advanceTimersByTime(LONGEST_MS - 1);
  await end(1);
  expect(answered).toEqual([]);
  jest.advanceTimersByTime(1);
  await nextTurn();
  expect(answered).toEqual([0, 1]);
  // The next batch has as long.
  await end(2);
  jest.advanceTimersByTime(LONGEST_MS - 1);
  await nextTurn();
  expect(answered).toEqual([0, 1]);
  jest.advanceTimersByTime(1);
  await nextTurn();
  expect(answered).toEqual([0, 1, 2]);
  expect(jest.getTimerCount()).toBe(0);
});
