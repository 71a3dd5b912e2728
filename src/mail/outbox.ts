import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';
import pRetry, { AbortError } from 'p-retry';
import { AuthError } from '../domain/errors.js';
import type { ComposeMail, Mail, PostMail } from '../domain/mail.js';

/** Sends one mail. Rejects with an {@link AbortError} where it would be refused again. */
export type SendMail = (mail: Mail) => Promise<void>;

export interface OutboxOptions {
  readonly send: SendMail;
  /** Told of what could not be sent, without the mail: it may hold a secret. */
  readonly report: (failure: unknown) => void;
  /** The first wait between two tries, which then doubles. */
  readonly firstDelayMs?: number;
  /** How long after a mail was posted it is composed at the latest. */
  readonly mostJitterMs?: number;
}

export interface Outbox {
  readonly post: PostMail;
  /** Resolves once all mails have gone, and at the latest after so long; what is left then is given up. */
  drain(mostMs: number): Promise<void>;
}

/** Each holds a few kilobytes. */
const MOST_WAITING = 1_000;
const CONCURRENCY = 4;
/** With doubling delays from a second, the last try comes some 17 minutes after the first. */
const RETRIES = 10;
const FIRST_DELAY_MS = 1_000;
/** Nothing about a mail, and so about an account, is to be seen in how long the next request takes. */
const MOST_JITTER_MS = 1_000;

/**
 * Composes and sends mails off the request's path, a few at a time, in any order, each again until it is taken. What
 * waits is held in memory: a crash loses it.
 */
export function createOutbox(options: OutboxOptions): Outbox {
  const { send, report, firstDelayMs = FIRST_DELAY_MS, mostJitterMs = MOST_JITTER_MS } = options;
  const limit = pLimit(CONCURRENCY);
  const closing = new AbortController();
  // Each mail that waits listens to it.
  setMaxListeners(0, closing.signal);
  const running = new Set<Promise<void>>();

  const retry = <Result>(act: () => Promise<Result>): Promise<Result> =>
    pRetry(() => limit(act), { retries: RETRIES, minTimeout: firstDelayMs, signal: closing.signal });

  async function deliver(compose: ComposeMail): Promise<void> {
    await wait(Math.random() * mostJitterMs, closing.signal);
    const mail = await retry(compose);
    if (mail !== null) await retry(() => send(mail));
  }

  return {
    post(compose) {
      if (running.size >= MOST_WAITING) {
        throw new AuthError('SERVICE_UNAVAILABLE', { extensions: { retryAfterSeconds: 5 } });
      }
      const delivery = deliver(compose).catch(report);
      running.add(delivery);
      void delivery.finally(() => running.delete(delivery));
    },

    async drain(mostMs) {
      const tooLate = new AbortController();
      const all = (async () => {
        while (running.size > 0) await Promise.all(running);
      })();
      await Promise.race([all, wait(mostMs, tooLate.signal)]);
      tooLate.abort();
      closing.abort(new AbortError('The server is shutting down.'));
      await all;
    },
  };
}

/** Resolves after so long, or when the signal says so. */
function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
