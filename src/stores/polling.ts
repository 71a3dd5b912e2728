import { AuthError } from '../domain/errors.js';
import type { RevocationFeed, RevocationListener } from '../domain/revocation-store.js';

/**
 * A feed that looks by itself, again and again, never twice at once and without keeping the process alive. What `look`
 * rejects with is reported, once until it succeeds again.
 */
export function pollEvery(
  intervalMs: number,
  listener: Pick<RevocationListener, 'report'>,
  look: () => Promise<void>,
): RevocationFeed {
  let isClosed = false;
  let hasFailed = false;
  let running: Promise<void> | null = null;

  async function lookOrReport(): Promise<void> {
    try {
      await look();
      hasFailed = false;
    } catch (cause) {
      if (!hasFailed && !isClosed) listener.report({ kind: 'interrupted', cause });
      hasFailed = true;
    }
  }

  function run(): Promise<void> {
    running ??= lookOrReport().finally(() => (running = null));
    return running;
  }

  void run();
  const timer = setInterval(() => void run(), intervalMs).unref();

  return {
    async catchUp() {
      // One that runs already may have looked before this call.
      await running;
      await run();
      if (hasFailed) throw new AuthError('SERVICE_UNAVAILABLE');
    },
    async close() {
      isClosed = true;
      clearInterval(timer);
      await running;
    },
  };
}
