import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Environment } from '../../src/client/environment.js';
import { createLock, type Lock } from '../../src/client/lock.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** What is left in one storage by tabs that have no Web Locks. */
class MemoryStorage {
  readonly entries = new Map<string, string>();
  getItem(key: string): string | null {
    return this.entries.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.entries.set(key, value);
  }
  removeItem(key: string): void {
    this.entries.delete(key);
  }
}

let tabs = 0;
function openTab(localStorage: MemoryStorage): Lock {
  tabs += 1;
  const own = tabs / 1000;
  const environment = { page: { localStorage }, random: () => own } as unknown as Environment;
  return createLock('test', environment);
}

/** Runs that tell when they began, and end when they are told. */
function createRun() {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const began = jest.fn<(wasHeld: boolean) => void>();
  return {
    began,
    end: () => end(),
    async run(wasHeld: boolean): Promise<void> {
      began(wasHeld);
      await ended;
    },
  };
}

const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

describe('a lease in storage', () => {
  test('lets one tab in at a time, and says who had to wait', async () => {
    const storage = new MemoryStorage();
    const [first, second] = [createRun(), createRun()];
    const [one, two] = [openTab(storage)(first.run), openTab(storage)(second.run)];
    await pass(1_000);
    expect(first.began.mock.calls.length + second.began.mock.calls.length).toBe(1);
    first.end();
    second.end();
    await pass(1_000);
    await Promise.all([one, two]);
    expect([...first.began.mock.calls, ...second.began.mock.calls].flat().sort()).toEqual([false, true]);
    expect(storage.entries.size).toBe(0);
  });

  test('is kept for as long as it takes, and is free soon after its holder has gone', async () => {
    const storage = new MemoryStorage();
    const [first, second, third] = [createRun(), createRun(), createRun()];
    void openTab(storage)(first.run);
    await pass(1_000);
    void openTab(storage)(second.run);
    await pass(30_000);
    expect(second.began).not.toHaveBeenCalled();
    first.end();
    await pass(1_000);
    expect(second.began).toHaveBeenCalledWith(true);
    second.end();
    await pass(1_000);
    // A tab that crashed renews nothing: what it wrote last ends by itself.
    storage.setItem('test:lease', `crashed ${Date.now() + 10_000}`);
    void openTab(storage)(third.run);
    await pass(9_000);
    expect(third.began).not.toHaveBeenCalled();
    await pass(2_000);
    expect(third.began).toHaveBeenCalledWith(true);
  });

  test('that a clock set back seems to make last forever is taken', async () => {
    const storage = new MemoryStorage();
    storage.setItem('test:lease', `other ${Date.now() + 3_600_000}`);
    const { run, began } = createRun();
    void openTab(storage)(run);
    await pass(200);
    expect(began).toHaveBeenCalledWith(false);
  });

  test('that can be had from nobody for a minute is gone without', async () => {
    const storage = new MemoryStorage();
    const { run, began } = createRun();
    const hold = setInterval(() => storage.setItem('test:lease', `other ${Date.now() + 5_000}`), 50);
    storage.setItem('test:lease', `other ${Date.now() + 5_000}`);
    void openTab(storage)(run);
    await pass(59_000);
    expect(began).not.toHaveBeenCalled();
    await pass(2_000);
    expect(began).toHaveBeenCalledTimes(1);
    clearInterval(hold);
  });
});

test('within a page, runs come one after the other, also behind one that fails', async () => {
  const lock = createLock('test');
  const [first, second] = [createRun(), createRun()];
  const failed = lock(() => Promise.reject(new Error('first')));
  const one = lock(first.run);
  const two = lock(second.run);
  await expect(failed).rejects.toThrow('first');
  await pass(0);
  expect(first.began).toHaveBeenCalledTimes(1);
  expect(second.began).not.toHaveBeenCalled();
  first.end();
  await one;
  await pass(0);
  expect(second.began).toHaveBeenCalledTimes(1);
  second.end();
  await two;
});
