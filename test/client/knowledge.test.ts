import { expect, jest, test } from '@jest/globals';
import { createKnowledge, type Knowledge } from '../../src/client/knowledge.js';
import { ended, writeRecord, type Known } from '../../src/client/record.js';
import type { AuthEvent } from '../../src/client/types.js';

const sessionOf = (userId: string): Partial<Known> => ({
  signedOut: null,
  session: {
    userId,
    sessionId: `of ${userId}`,
    roles: [],
    permissions: [],
    expiresAt: new Date('2099-01-01T00:00:00Z'),
  },
});

function open(): { knowledge: Knowledge; told: string[]; heard: AuthEvent[]; stored: () => string | null } {
  const told: string[] = [];
  const heard: AuthEvent[] = [];
  let text: string | null = null;
  const knowledge = createKnowledge({
    storage: { get: () => text, set: (value) => void (text = value), remove: () => void (text = null) },
    clock: () => ({ monotonicMs: performance.now(), wallMs: Date.now() }),
    tell: (value) => void told.push(value),
    onChange: jest.fn(),
  });
  knowledge.subscribe((event) => void heard.push(event));
  return { knowledge, told, heard, stored: () => text };
}

test('a change of what is not known any more is not made, told or kept', async () => {
  const { knowledge, told, heard, stored } = open();
  const before = knowledge.current();
  expect(await knowledge.change(before, sessionOf('ann'))).toBe(true);
  const now = stored();
  expect(await knowledge.change(before, sessionOf('bob'))).toBe(false);
  expect(await knowledge.change(before, ended({ reason: 'user', publicReason: null, until: null }))).toBe(false);
  expect(knowledge.current().session?.userId).toBe('ann');
  expect(stored()).toBe(now);
  expect(told).toEqual([now]);
  expect(heard.map(({ type }) => type)).toEqual(['signed-in']);
});

test('nor is one that another tab’s record has overtaken, though nothing was told', async () => {
  const [one, other] = [open(), open()];
  const before = one.knowledge.current();
  await other.knowledge.change(other.knowledge.current(), sessionOf('bob'));
  one.knowledge.hear(other.stored()!);
  expect(await one.knowledge.change(before, sessionOf('ann'))).toBe(false);
  expect(one.knowledge.current().session?.userId).toBe('bob');
});

test('the version grows with each change, also where the clock is set back', async () => {
  const { knowledge } = open();
  const versions = [knowledge.current().version];
  const clock = jest.spyOn(Date, 'now');
  for (const [index, wallMs] of [5_000, 9_000, 2_000, 2_000].entries()) {
    clock.mockReturnValue(wallMs);
    await knowledge.change(knowledge.current(), sessionOf(`user ${index}`));
    versions.push(knowledge.current().version);
  }
  clock.mockRestore();
  expect(versions).toEqual([0, 5_000, 9_000, 9_001, 9_002]);
});

test('what is older than what is known is not taken, whichever way it comes', async () => {
  const { knowledge } = open();
  await knowledge.change(knowledge.current(), sessionOf('ann'));
  const old = writeRecord({ ...knowledge.current(), ...sessionOf('bob'), version: knowledge.current().version - 1 });
  knowledge.hear(old);
  expect(knowledge.current().session?.userId).toBe('ann');
});

test('who begins to listen hears nothing of what came before, and who stops hears nothing more', async () => {
  const { knowledge } = open();
  const late = jest.fn();
  const changed = knowledge.change(knowledge.current(), sessionOf('ann'));
  const stopped = jest.fn();
  const stop = knowledge.subscribe(stopped);
  await changed;
  knowledge.subscribe(late);
  stop();
  await knowledge.change(knowledge.current(), sessionOf('bob'));
  await Promise.resolve();
  expect(late).toHaveBeenCalledTimes(1);
  expect(stopped).toHaveBeenCalledTimes(1);
});
