import type { Backoff } from './backoff.js';
import { ageMs } from './clock.js';
import type { Environment, Page } from './environment.js';
import type { Knowledge } from './knowledge.js';
import type { Known } from './record.js';
import type { Refresher } from './refresher.js';

const LEAST_LEAD_MS = 30_000;
const LEAD_SHARE = 0.1;
/** Between two refreshes of one's own accord, whatever the answers are. */
const LEAST_PAUSE_MS = 1_000;
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

export interface ScheduleOptions extends Pick<Environment, 'clock' | 'random'> {
  readonly knowledge: Knowledge;
  readonly refresher: Refresher;
  readonly backoff: Backoff;
}

/**
 * Refreshes ahead of expiry while somebody looks at the page, and keeps up with what other tabs did meanwhile. Answers
 * what counts anew, after a change; `closing` ends it.
 */
export function createSchedule(options: ScheduleOptions, page: Page, closing: AbortSignal): () => void {
  const { knowledge, refresher, backoff } = options;
  const jitter = options.random();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let notBeforeMs = 0;

  function plan(): void {
    clearTimeout(timer);
    const known = knowledge.current();
    if (closing.aborted || known.session === null || page.document.visibilityState !== 'visible') return;
    const nowMs = options.clock().monotonicMs;
    const waitMs = Math.max(dueInMs(known, options, jitter), backoff.waitMs(), notBeforeMs - nowMs);
    if (waitMs > 0) {
      timer = setTimeout(plan, Math.min(waitMs, LONGEST_TIMER_MS));
      return;
    }
    notBeforeMs = nowMs + LEAST_PAUSE_MS;
    // What it fails by is told to whoever asks for something meanwhile.
    void refresher.refresh(known.version).then(plan, plan);
  }

  function wake({ type }: Event): void {
    if (type === 'online') backoff.reset();
    // What it brings later is planned for by itself.
    void knowledge.look();
    plan();
  }

  // That of the document bubbles.
  for (const type of ['visibilitychange', 'focus', 'online', 'pageshow', 'storage']) {
    page.window.addEventListener(type, wake, { signal: closing });
  }
  closing.addEventListener('abort', plan);
  return plan;
}
