import { expect, jest, test } from '@jest/globals';
import { pino } from 'pino';
import { createEvents } from '../src/app-events.js';
import type { DomainEvent } from '../src/domain/events.js';
import type { SessionId, UserId } from '../src/domain/ids.js';

const silent = pino({ level: 'silent' });
const userId = 'ann' as UserId;
const created: DomainEvent = { type: 'user.created', userId, roles: [] };

test('a server that stops waits for what listeners do, and not for one that never ends', async () => {
  let finish: () => void = () => undefined;
  const slow = createEvents(
    silent,
    () => undefined,
    () => new Promise((resolve) => (finish = resolve)),
  );
  slow.emit(created);
  let isSettled = false;
  const settling = slow.settle(60_000).then(() => (isSettled = true));
  await new Promise(setImmediate);
  expect(isSettled).toBe(false);
  finish();
  await settling;

  const stuck = createEvents(
    silent,
    () => undefined,
    () => new Promise(() => undefined),
  );
  stuck.emit(created);
  await stuck.settle(1);
});

test('what the contract does not name stays between the server and its log', () => {
  const note = jest.fn();
  const listener = jest.fn<() => void>();
  const ahead: DomainEvent = { type: 'session.ahead-of-store', userId, sessionId: 's' as SessionId };
  createEvents(silent, note, listener).emit(ahead);
  expect([note.mock.calls, listener.mock.calls]).toEqual([[[ahead]], []]);
});
