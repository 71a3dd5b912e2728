import { Counter, type Registry } from 'prom-client';
import type { EmitEvent } from '../domain/events.js';
import type { SessionService } from '../domain/session-service.js';
import { told } from './outcome.js';

/** Counts sign-ins with a password, and the refreshes that were refused, by their outcome. */
export function watchSessions(registry: Registry): (sessions: SessionService) => SessionService {
  const registers = [registry];
  const signIns = new Counter({
    name: 'latchkey_sign_ins_total',
    help: 'Sign-ins with address and password, by outcome: ok, or the code of the refusal.',
    labelNames: ['outcome'],
    registers,
  });
  const refusals = new Counter({
    name: 'latchkey_refresh_refusals_total',
    help: 'Refreshes that were refused, by the code of the refusal.',
    labelNames: ['code'],
    registers,
  });
  return (sessions) => ({
    ...sessions,
    signIn: told(sessions.signIn, (outcome) => signIns.inc({ outcome })),
    refresh: told(sessions.refresh, (outcome) => {
      if (outcome !== 'ok') refusals.inc({ code: outcome });
    }),
  });
}

/** Counts refreshes by verdict, and ended sessions by reason. Thefts and restored backups are worth an alarm. */
export function noteSessions(registry: Registry): EmitEvent {
  const registers = [registry];
  const refreshes = new Counter({
    name: 'latchkey_refreshes_total',
    help: 'Refresh tokens that were judged: rotated, still-current, same-successor, answer-lost, theft, ahead-of-store.',
    labelNames: ['verdict'],
    registers,
  });
  const started = new Counter({
    name: 'latchkey_sessions_started_total',
    help: 'Sessions that were started.',
    registers,
  });
  const ended = new Counter({
    name: 'latchkey_sessions_ended_total',
    help: 'Sessions that were ended here before their time, by reason.',
    labelNames: ['reason'],
    registers,
  });
  // An alarm on a rise from nothing needs the nothing.
  for (const verdict of ['rotated', 'still-current', 'same-successor', 'answer-lost', 'theft', 'ahead-of-store']) {
    refreshes.inc({ verdict }, 0);
  }
  return (event) => {
    switch (event.type) {
      case 'session.created':
        started.inc();
        break;
      case 'session.refreshed':
        refreshes.inc({ verdict: event.verdict });
        break;
      case 'session.theft':
        refreshes.inc({ verdict: 'theft' });
        break;
      case 'session.ahead-of-store':
        refreshes.inc({ verdict: 'ahead-of-store' });
        break;
      case 'session.ended':
        ended.inc({ reason: event.reason });
        break;
      default:
    }
  };
}
