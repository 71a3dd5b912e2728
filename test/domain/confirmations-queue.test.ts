import { describe, expect, test } from '@jest/globals';
import { createConfirmations } from '../../src/domain/confirmations.js';
import { createSessionId, type SessionId } from '../../src/domain/ids.js';
import type { Confirmation } from '../../src/domain/session-store.js';

/** A store that keeps what it is told, and can be away. */
function createRecorder() {
  const written: Confirmation[][] = [];
  const recorder = { isAway: false, before: (): void | Promise<void> => undefined };
  async function confirm(confirmations: readonly Confirmation[]): Promise<void> {
    await recorder.before();
    if (recorder.isAway) throw new Error('away');
    written.push([...confirmations]);
  }
  return { recorder, written, confirmations: createConfirmations({ confirm }) };
}

describe('confirmations', () => {
  test('are written together, once for each session and generation, and only when flushed', async () => {
    const { written, confirmations } = createRecorder();
    const [one, two] = [createSessionId(), createSessionId()];
    for (const id of [one, one, two]) confirmations.note(id, 1);
    expect(written).toEqual([]);
    await confirmations.flush();
    confirmations.note(one, 1);
    await confirmations.flush();
    confirmations.note(one, 2);
    await confirmations.flush();
    const expected = [
      [
        { sessionId: one, generation: 1 },
        { sessionId: two, generation: 1 },
      ],
      [{ sessionId: one, generation: 2 }],
    ];
    expect(written).toEqual(expected);
  });

  test('write the newest generation where several were noted, whatever their order', async () => {
    const { written, confirmations } = createRecorder();
    const id = createSessionId();
    for (const generation of [2, 5, 3]) confirmations.note(id, generation);
    await confirmations.flush();
    expect(written).toEqual([[{ sessionId: id, generation: 5 }]]);
  });

  test('are queued again where the store did not acknowledge them, and the flush rejects', async () => {
    const { recorder, written, confirmations } = createRecorder();
    const id = createSessionId();
    confirmations.note(id, 3);
    recorder.isAway = true;
    await expect(confirmations.flush()).rejects.toThrow('away');
    recorder.isAway = false;
    await confirmations.flush();
    expect(written).toEqual([[{ sessionId: id, generation: 3 }]]);
  });

  test('keep what was noted while a flush was failing, with the newest generation', async () => {
    const { recorder, written, confirmations } = createRecorder();
    const id = createSessionId();
    confirmations.note(id, 3);
    recorder.isAway = true;
    recorder.before = () => confirmations.note(id, 4);
    await expect(confirmations.flush()).rejects.toThrow('away');
    recorder.isAway = false;
    await confirmations.flush();
    expect(written).toEqual([[{ sessionId: id, generation: 4 }]]);
  });

  test('are not lost where noted during a flush that succeeds', async () => {
    const { recorder, written, confirmations } = createRecorder();
    const [one, two] = [createSessionId(), createSessionId()];
    confirmations.note(one, 1);
    recorder.before = () => confirmations.note(two, 1);
    await confirmations.flush();
    recorder.before = () => undefined;
    await confirmations.flush();
    expect(written.flat().map(({ sessionId }) => sessionId)).toEqual([one, two]);
  });

  test('remember a bounded number of sessions: the one longest unseen is confirmed anew', async () => {
    const { written, confirmations } = createRecorder();
    const id = (index: number): SessionId => `session-${index}` as SessionId;
    for (let index = 0; index <= 100_000; index += 1) confirmations.note(id(index), 1);
    await confirmations.flush();
    confirmations.note(id(100_000), 1);
    confirmations.note(id(0), 1);
    await confirmations.flush();
    expect(written[1]).toEqual([{ sessionId: id(0), generation: 1 }]);
  });
});
