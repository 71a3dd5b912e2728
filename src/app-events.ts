import { setTimeout } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { DomainEvent, EmitEvent } from './domain/events.js';

const HEARD = [
  ...(['session.created', 'session.refreshed', 'session.ended', 'session.theft'] as const),
  ...(['user.created', 'user.banned', 'user.unbanned', 'user.deleted', 'roles.changed', 'key.rotated'] as const),
] as const;
const heard = new Set<string>(HEARD);

/**
 * What an application's listener hears: each once, on the server that did it, when it is durable. Its `type` is
 * `session.created`, `session.refreshed`, `session.ended`, `session.theft`, `user.created`, `user.banned`, `user.unbanned`,
 * `user.deleted`, `roles.changed` or `key.rotated`; the rest follows from that.
 */
export type AuthEvent = Extract<DomainEvent, { readonly type: (typeof HEARD)[number] }>;

/** Takes note of an event. What it throws or rejects with is logged, and the request goes on. */
export type EventListener = (event: AuthEvent) => void | Promise<void>;

/** Events on their way to the application. */
export interface Events {
  readonly emit: EmitEvent;
  /** Resolves once every listener that runs has settled, and at the latest after so long. */
  settle(mostMs: number): Promise<void>;
}

/** Tells of each event to the log, then to the application. */
export function createEvents(log: Logger, note: EmitEvent, listener: EventListener | undefined): Events {
  const running = new Set<Promise<void>>();

  /** Begins at once, so that events are heard in their order; nobody waits for its end. */
  function tell(listen: EventListener, event: AuthEvent): void {
    const told = run(listen, event).catch((error: unknown) => {
      log.error({ err: error, type: event.type }, 'onEvent failed');
    });
    running.add(told);
    void told.then(() => running.delete(told));
  }

  return {
    emit(event) {
      note(event);
      if (listener !== undefined && isHeard(event)) tell(listener, Object.freeze({ ...event }));
    },
    async settle(mostMs) {
      const waiting = new AbortController();
      await Promise.race([Promise.all(running), setTimeout(mostMs, undefined, waiting)]);
      waiting.abort();
    },
  };
}

const isHeard = (event: DomainEvent): event is AuthEvent => heard.has(event.type);

const run = async (listen: EventListener, event: AuthEvent): Promise<void> => listen(event);
