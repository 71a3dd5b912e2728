import { describe, expect, test } from '@jest/globals';
import { createTurns } from '../../src/domain/turns.js';

/** Something that runs until it is told to end. */
function createTask(): { act: () => Promise<void>; end: () => void; hasBegun: () => boolean } {
  let end = (): void => undefined;
  let hasBegun = false;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return {
    act: () => {
      hasBegun = true;
      return ended;
    },
    end: () => end(),
    hasBegun: () => hasBegun,
  };
}

/** Lets everything happen that waits for nothing else. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Turns', () => {
  const one = { name: 'one', atOnce: 1 };

  test('let so many run at once under one name, in order, and others beside them', async () => {
    const inTurn = createTurns(10);
    const [first, second, third, other] = [createTask(), createTask(), createTask(), createTask()];
    const two = { name: 'two', atOnce: 2 };
    const running = [first, second, third].map(({ act }) => inTurn(two, act));
    running.push(inTurn(one, other.act));
    await settle();
    expect([first, second, third, other].map((task) => task.hasBegun())).toEqual([true, true, false, true]);
    second.end();
    await settle();
    expect(third.hasBegun()).toBe(true);
    for (const task of [first, third, other]) task.end();
    await Promise.all(running);
  });

  test('go on behind one that failed, which fails as it did', async () => {
    const inTurn = createTurns(10);
    const failing = inTurn(one, () => Promise.reject(new Error('of the test')));
    const next = inTurn(one, async () => 'done');
    await expect(failing).rejects.toThrow('of the test');
    await expect(next).resolves.toBe('done');
  });

  test('refuse what would wait behind too many, under that name alone, and go on', async () => {
    const inTurn = createTurns(2);
    const task = createTask();
    const waiting = [1, 2, 3].map(() => inTurn(one, task.act));
    await settle();
    const refused = { code: 'SERVICE_UNAVAILABLE', extensions: { retryAfterSeconds: 1 } };
    await expect(inTurn(one, task.act)).rejects.toMatchObject(refused);
    await expect(inTurn({ name: 'another', atOnce: 1 }, async () => 'done')).resolves.toBe('done');
    task.end();
    await Promise.all(waiting);
    await expect(inTurn(one, async () => 'done')).resolves.toBe('done');
  });
});
