import type { Logger } from 'pino';
import type { EmitEvent } from './domain/events.js';
import type { FeedReport } from './domain/revocation-store.js';

/** Writes down what happened: alarms as errors, and what happens all the time only for who looks closely. */
export function createEmit(log: Logger): EmitEvent {
  return (event) => {
    const isRoutine = event.type === 'session.refreshed' && event.verdict === 'rotated';
    const isAlarm = event.type === 'session.theft' || event.type === 'session.ahead-of-store';
    log[isAlarm ? 'error' : isRoutine ? 'debug' : 'info']({ event }, event.type);
  };
}

/** Writes down what becomes of the revocation feed. */
export function createFeedReport(log: Logger): (report: FeedReport) => void {
  return (report) => {
    switch (report.kind) {
      case 'interrupted':
        log.warn({ err: report.cause }, 'the revocation feed broke off, and begins again');
        return;
      case 'polling': {
        const { intervalMs } = report;
        log.warn(
          { intervalMs },
          'this MongoDB is no replica set and has no change streams: revocations are polled for',
        );
        return;
      }
    }
  };
}

/** Writes down that a row was encrypted with a secret that this server lacks, or was changed by somebody. */
export const createUnreadableKeyReport =
  (log: Logger): ((kid: string) => void) =>
  (kid) =>
    log.error({ kid }, 'a signing key in the store cannot be read: it is not used');
