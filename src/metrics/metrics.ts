import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Authenticate } from '../domain/authentication.js';
import type { EmitEvent } from '../domain/events.js';
import type { Passwords } from '../domain/password.js';
import type { RevocationIndex } from '../domain/revocation-index.js';
import type { Revocations } from '../domain/revocation-service.js';
import type { SessionService } from '../domain/session-service.js';
import type { Stores } from '../domain/stores.js';
import type { OperationStep } from '../graphql/operation-step.js';
import { createOperationsStep } from './operations.js';
import { watchPasswords } from './passwords.js';
import { observeRevocations } from './revocations.js';
import { noteSessions, watchSessions } from './sessions.js';
import { watchStores } from './stores.js';
import { watchVerification, type NoteSource } from './verification.js';

/** What this process is measured by. Every series has a bounded number of labels, and none names a person. */
export interface Metrics {
  /** The same stores, timed. */
  watchStores(stores: Stores): Stores;
  /** The same services, counted by what they answer. */
  watchSessions(sessions: SessionService): SessionService;
  watchPasswords(passwords: Passwords): Passwords;
  watchVerification(authenticate: Authenticate): Authenticate;
  /** Whether an access token was recognized from memory, or its signature checked. */
  readonly noteSource: NoteSource;
  readonly note: EmitEvent;
  observeRevocations(revocations: Pick<Revocations, 'lagMs'>, index: Pick<RevocationIndex, 'size'>): void;
  /** How long operations take, by their root field. */
  readonly operationsStep: OperationStep;
  /** In Prometheus' text format. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** Makes a registry of its own, so that two servers in one process keep apart. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const verification = watchVerification(registry);
  return {
    watchStores: watchStores(registry),
    watchSessions: watchSessions(registry),
    watchPasswords: watchPasswords(registry),
    watchVerification: verification.watch,
    noteSource: verification.noteSource,
    note: noteSessions(registry),
    observeRevocations: observeRevocations(registry),
    operationsStep: createOperationsStep(registry),
    render: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  };
}
