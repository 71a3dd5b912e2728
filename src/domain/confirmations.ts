import type { SessionId } from './ids.js';
import type { SessionStore } from './session-store.js';

/** So many sessions are remembered as confirmed; one that was forgotten is confirmed once more, which changes nothing. */
const MOST_REMEMBERED = 100_000;
/** So many in one write: after an outage there may be more than one write has time for. */
const LARGEST_BATCH = 2_000;

/** Notes which pairs of tokens reached their clients, and tells the store together, off the requests' path. */
export interface Confirmations {
  /** An access token of this generation was presented. Reads and writes nothing by itself. */
  note(sessionId: SessionId, generation: number): void;
  /** Writes what was noted; keeps it for the next time where the store does not acknowledge it, and rejects. */
  flush(): Promise<void>;
}

export function createConfirmations(sessions: Pick<SessionStore, 'confirm'>): Confirmations {
  const remembered = new Map<SessionId, number>();
  const queued = new Map<SessionId, number>();
  let flushing: Promise<void> = Promise.resolve();

  function queue(sessionId: SessionId, generation: number): void {
    queued.set(sessionId, Math.max(generation, queued.get(sessionId) ?? 0));
  }

  /** What is noted meanwhile waits for the next time: a busy server writes no more often than an idle one. */
  async function writeQueued(): Promise<void> {
    const due = [...queued];
    queued.clear();
    while (due.length > 0) {
      const batch = due.slice(0, LARGEST_BATCH);
      try {
        await sessions.confirm(batch.map(([sessionId, generation]) => ({ sessionId, generation })));
      } catch (error) {
        for (const [sessionId, generation] of due) queue(sessionId, generation);
        throw error;
      }
      due.splice(0, LARGEST_BATCH);
    }
  }

  return {
    note(sessionId, generation) {
      // Generation 0 came with the sign-in: there is no older token that could be told from it.
      if (generation <= (remembered.get(sessionId) ?? 0)) return;
      remembered.delete(sessionId);
      remembered.set(sessionId, generation);
      for (const oldest of remembered.keys()) {
        if (remembered.size <= MOST_REMEMBERED) break;
        remembered.delete(oldest);
      }
      queue(sessionId, generation);
    },

    flush() {
      // One after the other: what a slow write has not acknowledged yet is not written beside it.
      flushing = flushing.then(writeQueued, writeQueued);
      return flushing;
    },
  };
}
