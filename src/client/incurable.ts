import type { Clock } from './clock.js';
import type { Known } from './record.js';

/** After that, one refresh asks again: it brings back an access cookie that was lost meanwhile. */
const REMEMBERED_MS = 300_000;

/** Remembers of which session a refresh did not cure `UNAUTHENTICATED`: that is the application's own then. */
export interface Incurable {
  has(session: Known['session']): boolean;
  add(session: Known['session']): void;
}

export function createIncurable(clock: Clock): Incurable {
  let sessionId: string | undefined;
  let untilMs = 0;
  return {
    has: (session) => session?.sessionId === sessionId && clock().monotonicMs < untilMs,
    add(session) {
      sessionId = session?.sessionId;
      untilMs = clock().monotonicMs + REMEMBERED_MS;
    },
  };
}
