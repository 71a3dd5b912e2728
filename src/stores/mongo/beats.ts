import type { Moment, NodeClock } from '../../domain/clock.js';
import type { Heartbeat } from './heartbeat.js';

/** Which beats of this node are on their way, and which came back. */
export interface Beats {
  /** Sends one, unless the last one's answer is still awaited; rejects where it is not acknowledged. */
  send(): Promise<void>;
  /** Notes that one came back, and answers when it was sent; `null` where a later one came before, or none was sent. */
  came(beat: number): Moment | null;
  /** Resolves once a beat came back that was sent after this call. */
  next(): Promise<void>;
}

/** So many are remembered: after that, the feed begins again anyway. */
const MOST_SENT = 100;

export function createBeats(heartbeat: Heartbeat, nodeClock: NodeClock): Beats {
  const sent = new Map<number, Moment>();
  const waiting = new Map<() => void, number>();
  let newest = 0;
  let sending: Promise<void> | null = null;

  async function sendNext(): Promise<void> {
    newest = heartbeat.next();
    sent.set(newest, nodeClock.moment());
    for (const beat of [...sent.keys()].slice(0, -MOST_SENT)) sent.delete(beat);
    await heartbeat.write(newest);
  }

  return {
    send() {
      sending ??= sendNext().finally(() => (sending = null));
      return sending;
    },
    came(beat) {
      const moment = sent.get(beat);
      if (moment === undefined) return null;
      for (const earlier of sent.keys()) if (earlier <= beat) sent.delete(earlier);
      for (const [resolve, least] of waiting) {
        if (beat < least) continue;
        waiting.delete(resolve);
        resolve();
      }
      return moment;
    },
    next: () => new Promise((resolve) => void waiting.set(resolve, newest + 1)),
  };
}
