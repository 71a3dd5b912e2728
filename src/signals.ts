import type { Logger } from 'pino';
import { EXIT, exitCodeOfSignal } from './cli/exit-codes.js';

export interface StoppingOptions {
  readonly log: Logger;
  /** Closes what is open by then. */
  readonly close: () => Promise<void>;
  /** How long that may take at most. */
  readonly mostMs: number;
}

/** What stopping may take behind `SHUTDOWN_DELAY_SECONDS`: ten seconds for what runs, and until a store that is away is given up. */
export const STOP_MS = 25_000;

/** What two programs do with one Ctrl-C: the terminal signals npm and us, and npm signals us too. */
const SAME_SIGNAL_MS = 3_000;

/**
 * Once SIGTERM or SIGINT comes, closes what is open, and exits with 0; with 1 where that fails or does not end in time.
 * Another signal, three seconds later or more, ends the process at once, with 143 or 130.
 */
export function stopOnSignals({ log, close, mostMs }: StoppingOptions): { readonly isStopping: () => boolean } {
  let beganAtMs: number | null = null;

  async function stop(): Promise<void> {
    const tooLong = setTimeout(() => {
      log.error({ mostMs }, 'what was open could not be closed in time');
      process.exit(EXIT.refused);
    }, mostMs);
    try {
      await close();
    } catch (error) {
      log.error({ err: error }, 'what was open could not be closed');
      process.exit(EXIT.refused);
    }
    clearTimeout(tooLong);
    process.exit(EXIT.done);
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (beganAtMs === null) {
        beganAtMs = performance.now();
        log.info({ signal }, 'stopping');
        void stop();
      } else if (performance.now() - beganAtMs >= SAME_SIGNAL_MS) {
        log.warn({ signal }, 'stopping at once');
        process.exit(exitCodeOfSignal(signal));
      }
    });
  }
  return { isStopping: () => beganAtMs !== null };
}
