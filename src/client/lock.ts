import { pause } from './clock.js';
import type { Environment, Page } from './environment.js';

/**
 * Runs one at a time, over all tabs of the browser, what exchanges credentials. `wasHeld`: another tab had the lock when
 * it was asked for, and may have changed what is known.
 */
export type Lock = <Result>(run: (wasHeld: boolean) => Promise<Result>) => Promise<Result>;

/** Longer than any holder has reason to: then it is frozen, and whoever waits goes on. */
const LONGEST_WAIT_MS = 60_000;
const LEASE_MS = 10_000;
const RENEWAL_MS = 2_000;
const LOOK_MS = 100;
/** What one tab writes, another may see only after that. */
const SETTLE_MS = 50;

/** What is run never fails: it settles what its caller waits for. */
type Run = (wasHeld: boolean) => Promise<void>;
type Locks = NonNullable<Environment['locks']>;

/**
 * Web Locks, where the browser has them; else a lease in storage; else this page alone, and the server's grace. The
 * lock saves refreshes and keeps sign-ins and sign-outs in order: that no refresh signs anyone out hangs on the server.
 * Left out, the surroundings are this page alone.
 */
export function createLock(name: string, environment?: Environment): Lock {
  const locks = environment?.locks;
  const storage = environment?.page?.localStorage;
  const lease = storage && { key: `${name}:lease`, storage, own: environment.random().toString(36) };
  let last = Promise.resolve();

  function overTabs(run: Run): Promise<void> {
    if (locks) return underWebLock(name, locks, run);
    return lease ? underLease(lease, run) : run(false);
  }

  return (run) =>
    new Promise((resolve, reject) => {
      last = last.then(() => overTabs((wasHeld) => run(wasHeld).then(resolve, reject)));
    });
}

/** @see https://w3c.github.io/web-locks/ */
async function underWebLock(name: string, locks: Locks, run: Run): Promise<void> {
  const waiting = new AbortController();
  const timer = setTimeout(() => waiting.abort(), LONGEST_WAIT_MS);
  let running: Promise<void> | undefined;
  const hold = (wasHeld: boolean): Promise<void> => {
    clearTimeout(timer);
    // Who finds the lock free has the news already.
    return (running = run(wasHeld).then(() => pause(SETTLE_MS)));
  };
  const holdAfter = (options: LockOptions): Promise<void> => locks.request(name, options, () => hold(true));
  try {
    await locks.request(name, { ifAvailable: true }, (lock) => (lock ? hold(false) : undefined));
    if (!running) await holdAfter({ signal: waiting.signal });
  } catch {
    // Waited too long, or none may be had here, as in a sandboxed frame; or somebody stole it from us.
    if (waiting.signal.aborted && !running) await holdAfter({ steal: true }).catch(() => undefined);
    await (running ?? hold(false));
  }
}

interface Lease {
  readonly key: string;
  readonly storage: NonNullable<Page['localStorage']>;
  /** Tells this holder from others. */
  readonly own: string;
}

/** Not proof against two tabs that take it in the same moment, where storage settles more slowly than that. */
async function underLease({ key, storage, own }: Lease, run: Run): Promise<void> {
  const take = (): void => storage.setItem(key, `${own} ${Date.now() + LEASE_MS}`);
  const holder = (): string | undefined => {
    const [id, until] = storage.getItem(key)?.split(' ') ?? [];
    const leftMs = Number(until) - Date.now();
    // One that ends later than any can was written by another clock.
    return leftMs > 0 && leftMs <= LEASE_MS ? id : undefined;
  };
  let renewal: ReturnType<typeof setInterval> | undefined;
  let wasHeld = false;
  try {
    for (let waitedMs = 0; waitedMs < LONGEST_WAIT_MS && holder() !== own; waitedMs += LOOK_MS) {
      if (holder() === undefined) take();
      else wasHeld = true;
      await pause(wasHeld ? LOOK_MS : SETTLE_MS);
    }
    renewal = setInterval(() => {
      if (holder() === own) take();
    }, RENEWAL_MS);
  } catch {
    // Storage is full.
  }
  await run(wasHeld);
  clearInterval(renewal);
  await pause(SETTLE_MS);
  if (holder() === own) storage.removeItem(key);
}
