import type { Environment } from './environment.js';
import type { AuthClientError } from './errors.js';

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;

/** How long no refresh is tried, after ones that failed without an end of the session. */
export interface Backoff {
  /** Not more than 0: now is a time to try. */
  waitMs(): number;
  /** What the last one failed by, while there is something to wait for. */
  error(): AuthClientError | undefined;
  failed(error: AuthClientError): void;
  reset(): void;
}

export function createBackoff({ clock, random }: Pick<Environment, 'clock' | 'random'>): Backoff {
  let failures = 0;
  let untilMs = 0;
  let last: AuthClientError | undefined;
  const waitMs = (): number => untilMs - clock().monotonicMs;
  return {
    waitMs,
    error: () => (waitMs() > 0 ? last : undefined),
    failed(error) {
      const ownMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** failures) * (0.5 + random() / 2);
      untilMs = clock().monotonicMs + (Number(error.extensions['retryAfterSeconds']) * 1000 || ownMs);
      failures += 1;
      last = error;
    },
    reset() {
      failures = untilMs = 0;
    },
  };
}
