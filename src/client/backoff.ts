import type { Environment } from './environment.js';
import type { AuthClientError } from './errors.js';

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;

/** How long no refresh is tried, after ones that failed without an end of the session. */
export interface Backoff {
  /** 0: now is a time to try. */
  waitMs(): number;
  /** What the last one failed by; only where there is something to wait for. */
  error(): AuthClientError | undefined;
  failed(error: AuthClientError): void;
  reset(): void;
}

export function createBackoff({ clock, random }: Pick<Environment, 'clock' | 'random'>): Backoff {
  let failures = 0;
  let last: AuthClientError | undefined;
  let untilMs = 0;
  return {
    waitMs: () => (last ? Math.max(0, untilMs - clock().monotonicMs) : 0),
    error: () => last,
    failed(error) {
      const wanted = Number(error.extensions['retryAfterSeconds']) * 1000;
      const waitMs = wanted || Math.min(LONGEST_MS, FIRST_MS * 2 ** failures) * (0.5 + random() / 2);
      untilMs = clock().monotonicMs + waitMs;
      failures += 1;
      last = error;
    },
    reset() {
      failures = 0;
      last = undefined;
    },
  };
}
