import { pause } from './clock.js';
import type { Environment, Page } from './environment.js';
import { openStorage } from './storage.js';

/**
 * Runs one at a time, over all tabs of the browser, what exchanges credentials. `wasHeld`: another tab had the lock when
 * it was asked for, and may have changed what is known. `isHeld`: to be asked after any wait: timers of a page that
 * nobody looks at come late, and another tab may have taken the lock meanwhile.
 */
export type Lock = <Result>(run: (wasHeld: boolean, isHeld: IsHeld) => Promise<Result>) => Promise<Result>;

export type IsHeld = () => boolean;

/** Longer than any holder has reason to: then it is frozen, and whoever waits takes the lock from it. */
const LONGEST_HOLD_MS = 60_000;
const LEASE_MS = 10_000;
/** Timers of a hidden page come once a minute. */
const HIDDEN_LEASE_MS = 90_000;
const RENEWAL_MS = 2_000;
/** What one tab writes, another may see only after that. */
const SETTLE_MS = 50;

/** What is run never fails: it settles what its caller waits for. */
type Run = (wasHeld: boolean, isHeld: IsHeld) => Promise<void>;
type Locks = NonNullable<Environment['locks']>;

/**
 * Web Locks, where the browser has them; else a lease in storage; else this page alone, and the server's grace. The
 * lock saves refreshes and keeps sign-ins and sign-outs in order: that no refresh signs anyone out hangs on the server.
 * Left out, the surroundings are this page alone.
 */
export function createLock(name: string, { locks, page, random }: Partial<Environment> = {}): Lock {
  const own = String(random?.());
  let last = Promise.resolve();

  function overTabs(run: Run): Promise<void> {
    if (locks) return underWebLock(name, locks, run);
    return page?.localStorage ? underLease(name, page, own, run) : run(false, () => true);
  }

  return (run) =>
    new Promise((resolve, reject) => {
      last = last.then(() => overTabs((...held) => run(...held).then(resolve, reject)));
    });
}

/** @see https://w3c.github.io/web-locks/ */
async function underWebLock(name: string, locks: Locks, run: Run): Promise<void> {
  const waiting = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<void> | undefined;
  let isStolen = false;
  const hold = (wasHeld: boolean): Promise<void> => {
    clearTimeout(timer);
    // Who finds the lock free has the news already.
    return (running = run(wasHeld, () => !isStolen).then(() => pause(SETTLE_MS)));
  };
  const holdAfter = (options: LockOptions): Promise<void> => locks.request(name, options, () => hold(true));
  // The lock goes around in order: who has it still is who has had it all the while.
  const watch = async (before: string): Promise<void> => {
    const holder = (await locks.query()).held?.find((lock) => lock.name === name)?.clientId ?? '';
    if (holder === before) waiting.abort();
    else if (!running) timer = setTimeout(() => void watch(holder), LONGEST_HOLD_MS);
  };
  try {
    await locks.request(name, { ifAvailable: true }, (lock) => (lock ? hold(false) : undefined));
    if (!running) {
      watch('nobody').catch(() => undefined);
      await holdAfter({ signal: waiting.signal });
    }
  } catch {
    // Waited too long, or none may be had here, as in a sandboxed frame; or somebody stole it from us.
    isStolen = running !== undefined;
    if (waiting.signal.aborted && !running) await holdAfter({ steal: true }).catch(() => undefined);
    await (running ?? hold(false));
  }
}

/** Not proof against two tabs that take it in the same moment, where storage settles more slowly than that. */
async function underLease(name: string, { document, localStorage }: Page, own: string, run: Run): Promise<void> {
  const storage = openStorage(`${name}:lease`, localStorage);
  let sinceMs = 0;
  let wasHeld = false;
  // Storage is full, or forbidden, or keeps nothing of what was just written.
  let isAlone = false;
  const attempt = <Value>(act: () => Value): Value | undefined => {
    try {
      return act();
    } catch {
      return undefined;
    }
  };
  const take = (): void => {
    const lifeMs = document.visibilityState === 'visible' ? LEASE_MS : HIDDEN_LEASE_MS;
    attempt(() => storage.set(`${own} ${sinceMs} ${Date.now() + lifeMs}`));
  };
  const holder = (): string | undefined => {
    const [id, since, until] = attempt(storage.get)?.split(' ') ?? [];
    const heldMs = Date.now() - Number(since);
    // One that begins later than now was written by another clock.
    return heldMs >= 0 && heldMs < LONGEST_HOLD_MS && Date.now() < Number(until) ? id : undefined;
  };
  const isHeld = (): boolean => holder() === own || isAlone;
  while (!isHeld()) {
    if (holder() === undefined) {
      sinceMs = Date.now();
      take();
      // Read at once: a lease that is gone later has ended, where timers come late.
      isAlone ||= holder() === undefined;
    } else wasHeld = true;
    await pause(SETTLE_MS);
  }
  const renewal = setInterval(() => {
    if (holder() === own) take();
  }, RENEWAL_MS);
  await run(wasHeld, isHeld);
  clearInterval(renewal);
  await pause(SETTLE_MS);
  if (holder() === own) attempt(storage.remove);
}
