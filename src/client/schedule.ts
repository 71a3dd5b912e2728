import type { Backoff } from './backoff.js';
import { ageMs } from './clock.js';
import type { Environment } from './environment.js';
import type { Knowledge } from './knowledge.js';
import type { Known } from './record.js';
import type { Refresher } from './refresher.js';

const LEAST_LEAD_MS = 30_000;
const LEAD_SHARE = 0.1;
/** Browsers take longer times for none. */
const LONGEST_TIMER_MS = 86_400_000;

/**
 * How long before a refresh is due: the larger of 30 s and a tenth of the life before expiry, up to a fifth of that earlier
 * by jitter (0 to 1), and never in the first half of the life.
 */
export function dueInMs(
  { lifetimeMs, receivedAt }: Known,
  { clock }: Pick<Environment, 'clock'>,
  jitter: number,
): number {
  const leadMs = Math.max(LEAST_LEAD_MS, lifetimeMs * LEAD_SHARE) * (1 + jitter / 5);
  return Math.max(lifetimeMs - leadMs, lifetimeMs / 2) - ageMs(receivedAt, clock());
}

/** Refreshes ahead of expiry while somebody looks at the page, and keeps up with what other tabs did meanwhile. */
export interface Schedule {
  /** Counts anew, after a change. */
  plan(): void;
  close(): void;
}

export interface ScheduleOptions {
  readonly environment: Environment;
  readonly knowledge: Knowledge;
  readonly refresher: Refresher;
  readonly backoff: Backoff;
}

export function createSchedule({ environment, knowledge, refresher, backoff }: ScheduleOptions): Schedule {
  const { page, random } = environment;
  if (!page) return { plan: () => undefined, close: () => undefined };
  const { window, document } = page;
  const jitter = random();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const closing = new AbortController();

  function plan(): void {
    clearTimeout(timer);
    const known = knowledge.current();
    if (closing.signal.aborted || known.session === null || document.visibilityState !== 'visible') return;
    const waitMs = Math.max(dueInMs(known, environment, jitter), backoff.waitMs());
    if (waitMs > 0) timer = setTimeout(plan, Math.min(waitMs, LONGEST_TIMER_MS));
    // What it fails by is told to whoever asks for something meanwhile.
    else void refresher.refresh(known.version).then(plan, plan);
  }

  async function wake({ type }: Event): Promise<void> {
    if (type === 'online') backoff.reset();
    await knowledge.look();
    plan();
  }

  const wakers = [
    [document, 'visibilitychange'],
    [window, 'focus'],
    [window, 'online'],
    [window, 'pageshow'],
    [window, 'storage'],
  ] as const;
  const onWake = (event: Event): void => void wake(event);
  wakers.forEach(([target, type]) => target.addEventListener(type, onWake, { signal: closing.signal }));
  return {
    plan,
    close() {
      closing.abort();
      clearTimeout(timer);
    },
  };
}
