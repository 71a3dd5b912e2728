import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { systemClock } from '../../src/client/clock.js';
import type { Environment } from '../../src/client/environment.js';
import { createExclusively } from '../../src/client/exclusive.js';
import { createKnowledge } from '../../src/client/knowledge.js';
import { createLock, type IsHeld, type Lock } from '../../src/client/lock.js';
import { createAsk } from '../../src/client/requests.js';
import { openStorage } from '../../src/client/storage.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

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
function openTab(localStorage: MemoryStorage, visibilityState: DocumentVisibilityState = 'visible'): Lock {
  tabs += 1;
  const own = tabs / 1000;
  const page = { localStorage, document: { visibilityState } };
  return createLock('test', { page, random: () => own } as unknown as Environment);
}

/** As in a page that nobody looks at: no timer comes sooner than after that. */
function slowDown(name: 'setInterval' | 'setTimeout', leastMs: number): void {
  const set = globalThis[name] as unknown as (act: () => void, ms: number) => never;
  jest.spyOn(globalThis, name).mockImplementation((act: () => void, ms = 0) => set(act, Math.max(ms, leastMs)));
}

/** What a holder writes that has the lease since then and for so long to come. */
const leaseOf = (id: string, sinceMs: number, leftMs: number): string => `${id} ${sinceMs} ${Date.now() + leftMs}`;

/** Runs that tell when they began, and end when they are told. */
function createRun() {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const began = jest.fn<(wasHeld: boolean) => void>();
  let isHeld: IsHeld | undefined;
  return {
    began,
    end: () => end(),
    isHeld: () => isHeld?.(),
    async run(wasHeld: boolean, stillHeld: IsHeld): Promise<void> {
      isHeld = stillHeld;
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
    storage.setItem('test:lease', leaseOf('crashed', Date.now(), 10_000));
    void openTab(storage)(third.run);
    await pass(9_000);
    expect(third.began).not.toHaveBeenCalled();
    await pass(2_000);
    expect(third.began).toHaveBeenCalledWith(true);
  });

  test('that a clock set back seems to make last forever is taken', async () => {
    const storage = new MemoryStorage();
    storage.setItem('test:lease', leaseOf('other', Date.now() + 3_600_000, 3_600_000));
    const { run, began } = createRun();
    void openTab(storage)(run);
    await pass(200);
    expect(began).toHaveBeenCalledWith(false);
  });

  test('is kept by a tab that nobody looks at, whose timers come once a minute', async () => {
    slowDown('setInterval', 60_000);
    const storage = new MemoryStorage();
    const [first, second] = [createRun(), createRun()];
    void openTab(storage, 'hidden')(first.run);
    await pass(1_000);
    void openTab(storage)(second.run);
    await pass(50_000);
    expect(first.isHeld()).toBe(true);
    expect(second.began).not.toHaveBeenCalled();
    first.end();
    await pass(1_000);
    expect(second.began).toHaveBeenCalledWith(true);
  });

  test('is taken from who has had it for a minute, and knows by looking', async () => {
    const storage = new MemoryStorage();
    const [endless, second] = [createRun(), createRun()];
    void openTab(storage)(endless.run);
    await pass(50_000);
    void openTab(storage)(second.run);
    await pass(9_000);
    expect(endless.isHeld()).toBe(true);
    expect(second.began).not.toHaveBeenCalled();
    await pass(2_000);
    expect(second.began).toHaveBeenCalledTimes(1);
    expect(endless.isHeld()).toBe(false);
    endless.end();
    await pass(1_000);
    expect(second.isHeld()).toBe(true);
  });

  test('is taken from nobody who has had it for less, however long one waits behind others', async () => {
    const storage = new MemoryStorage();
    const waiting = createRun();
    const holders = [createRun(), createRun(), createRun()];
    void openTab(storage)(holders[0]!.run);
    await pass(1_000);
    void openTab(storage)(waiting.run);
    for (const [index, holder] of holders.entries()) {
      await pass(40_000);
      expect(waiting.began).not.toHaveBeenCalled();
      // The next one is quicker than who waits.
      storage.setItem('test:lease', leaseOf('next', Date.now(), index < 2 ? 41_000 : 1_000));
      holder.end();
    }
    await pass(2_000);
    expect(waiting.began).toHaveBeenCalledWith(true);
  });

  test.each([
    [
      'that somebody else writes all the time',
      (storage: MemoryStorage) => {
        const sinceMs = Date.now() - 61_000;
        storage.getItem = () => leaseOf('other', sinceMs, 5_000);
      },
    ],
    ['that keeps nothing', (storage: MemoryStorage) => void (storage.setItem = () => undefined)],
    ['that may not be written', (storage: MemoryStorage) => void (storage.setItem = refuse)],
    ['that may not be read', (storage: MemoryStorage) => void (storage.getItem = refuse)],
  ])('in a storage %s is gone without', async (_name, spoil) => {
    const storage = new MemoryStorage();
    spoil(storage);
    const { run, began, isHeld } = createRun();
    void openTab(storage)(run);
    await pass(10_000);
    expect(began).toHaveBeenCalledTimes(1);
    expect(isHeld()).toBe(true);
  });

  test('that ended while timers came late is taken anew, and nobody is taken for alone', async () => {
    const storage = new MemoryStorage();
    const [late, other] = [createRun(), createRun()];
    slowDown('setTimeout', 11_000);
    void openTab(storage)(late.run);
    await pass(10_500);
    jest.restoreAllMocks();
    await pass(1_000);
    void openTab(storage)(other.run);
    await pass(1_000);
    expect(late.began).toHaveBeenCalledTimes(1);
    expect(other.began).not.toHaveBeenCalled();
  });

  test('whose storage fails in the middle keeps nobody from running after that', async () => {
    const storage = new MemoryStorage();
    const lock = openTab(storage);
    const [first, second] = [createRun(), createRun()];
    void lock(first.run);
    await pass(1_000);
    Object.assign(storage, { getItem: refuse, setItem: refuse, removeItem: refuse });
    await pass(5_000);
    first.end();
    void lock(second.run);
    await pass(1_000);
    expect(second.began).toHaveBeenCalledTimes(1);
  });
});

function refuse(): never {
  throw new DOMException('denied', 'SecurityError');
}

function createTab(storage: MemoryStorage) {
  const knowledge = createKnowledge({
    storage: openStorage('test', storage),
    clock: systemClock,
    tell: () => undefined,
    onChange: () => undefined,
  });
  const fetch = jest.fn<typeof globalThis.fetch>(() => Promise.reject(new TypeError('Failed to fetch')));
  const endpoint = (): URL => new URL('http://page.example/graphql');
  const askWhile = createAsk({ endpoint, usesCookies: true, fetch });
  const exclusively = createExclusively(openTab(storage), knowledge, systemClock, askWhile);
  const done = jest.fn(async () => undefined);
  return { done, act: () => exclusively(done), exclusively, fetch };
}

describe('what is done exclusively', () => {
  test('waits for news of who had the lock for a second, however late timers come', async () => {
    const storage = new MemoryStorage();
    slowDown('setTimeout', 1_000);
    storage.setItem('test:lease', leaseOf('other', Date.now(), 1_500));
    const { done, act } = createTab(storage);
    void act();
    await pass(10_000);
    expect(done).toHaveBeenCalledTimes(1);
  });

  test('begins anew where the lock was taken by another tab meanwhile', async () => {
    const storage = new MemoryStorage();
    storage.setItem('test:lease', leaseOf('other', Date.now(), 500));
    const { done, act } = createTab(storage);
    void act();
    await pass(900);
    expect(storage.entries.get('test:lease')).not.toMatch(/^other/);
    storage.setItem('test:lease', leaseOf('another', Date.now(), 5_000));
    await pass(4_500);
    expect(done).not.toHaveBeenCalled();
    await pass(3_000);
    expect(done).toHaveBeenCalledTimes(1);
  });
});

describe('who held the lock', () => {
  const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => null,
      (error: unknown) => (error as { code: unknown }).code,
    );

  test('and lost it sends nothing any more: not once more, and no sign-out that a newer sign-in would pay for', async () => {
    const storage = new MemoryStorage();
    const { exclusively, fetch } = createTab(storage);
    const codes = exclusively(async (_known, ask) => {
      const first = await codeOf(ask('refreshSession'));
      return [first, await codeOf(ask('signOut'))];
    });
    await pass(100);
    expect(fetch).toHaveBeenCalledTimes(1);
    storage.setItem('test:lease', leaseOf('another', Date.now(), 60_000));
    await pass(1_000);
    expect(await codes).toEqual(['NETWORK_ERROR', 'NETWORK_ERROR']);
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  test('for most of the minute that it is left to a tab sends nothing more, with however many requests', async () => {
    const { exclusively, fetch } = createTab(new MemoryStorage());
    const beganMs = Date.now();
    const sentMs: number[] = [];
    fetch.mockImplementation(async () => {
      sentMs.push(Date.now() - beganMs);
      await new Promise((resolve) => setTimeout(resolve, 15_000));
      return new Response('{"data":{"signOut":{}}}');
    });
    const codes = exclusively(async (_known, ask) => {
      const told: unknown[] = [];
      for (let index = 0; index < 6; index += 1) told.push(await codeOf(ask('signOut')));
      return told;
    });
    await pass(120_000);
    expect(await codes).toEqual([null, null, null, ...Array<string>(3).fill('NETWORK_ERROR')]);
    expect(sentMs).toHaveLength(3);
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
