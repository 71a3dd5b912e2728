import type { Environment, Page } from './environment.js';

/** Runs one at a time, over all tabs of the browser, what exchanges credentials. */
export type Lock = <Result>(run: () => Promise<Result>) => Promise<Result>;

/** Longer than any holder has reason to: then it is frozen, and whoever waits goes on. */
const LONGEST_WAIT_MS = 60_000;
const LEASE_MS = 10_000;
const RENEWAL_MS = 2_000;
const LOOK_MS = 100;
/** What one tab writes, another may see only after that. */
const SETTLE_MS = 50;

/**
 * Web Locks, where the browser has them; else a lease in storage; else this page alone, and the server's grace. The
 * lock saves refreshes and keeps sign-ins and sign-outs in order: that no refresh signs anyone out hangs on the server.
 */
export function createLock(name: string, { locks, page, random }: Environment): Lock {
  const overTabs = locks
    ? webLock(name, locks)
    : page?.localStorage
      ? lease(name, page.localStorage, random)
      : <Result>(run: () => Promise<Result>) => run();
  let last: Promise<unknown> = Promise.resolve();
  return (run) => {
    const turn = last.then(() => overTabs(run));
    last = turn.catch(() => undefined);
    return turn;
  };
}

/** @see https://w3c.github.io/web-locks/ */
const webLock =
  (name: string, locks: NonNullable<Environment['locks']>): Lock =>
  (run) =>
    new Promise((resolve, reject) => {
      const waiting = new AbortController();
      const timer = setTimeout(() => waiting.abort(), LONGEST_WAIT_MS);
      let isGranted = false;
      const hold = async (): Promise<void> => {
        isGranted = true;
        clearTimeout(timer);
        // Not by way of the request, which fails when somebody else steals the lock.
        await run().then(resolve, reject);
      };
      locks.request(name, { signal: waiting.signal }, hold).catch(() => {
        if (isGranted) return;
        // Waited too long, or none may be had here, as in a sandboxed frame.
        if (waiting.signal.aborted) void locks.request(name, { steal: true }, hold).catch(() => undefined);
        else void hold();
      });
    });

/** Not proof against two tabs that take it in the same moment, more slowly than storage settles. */
const lease =
  (name: string, storage: NonNullable<Page['localStorage']>, random: () => number): Lock =>
  async (run) => {
    const key = `${name}:lease`;
    const own = random().toString(36);
    const write = (): void => storage.setItem(key, `${own} ${Date.now() + LEASE_MS}`);
    const holder = (): string | null => {
      const [id = '', until] = storage.getItem(key)?.split(' ') ?? [];
      const leftMs = Number(until) - Date.now();
      // One that ends later than any can was written by another clock.
      return leftMs > 0 && leftMs <= LEASE_MS ? id : null;
    };
    let renewal: ReturnType<typeof setInterval> | undefined;
    try {
      for (let waitedMs = 0; waitedMs < LONGEST_WAIT_MS && holder() !== own; waitedMs += LOOK_MS) {
        if (holder() === null) {
          write();
          await pause(SETTLE_MS);
        } else await pause(LOOK_MS);
      }
      renewal = setInterval(() => {
        if (holder() === own) write();
      }, RENEWAL_MS);
    } catch {
      // Storage is full, or forbidden.
    }
    try {
      return await run();
    } finally {
      clearInterval(renewal);
      if (holder() === own) storage.removeItem(key);
    }
  };

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
