import { describe, expect, test } from '@jest/globals';
import { createConfirmations } from '../../src/domain/confirmations.js';
import type { SessionId } from '../../src/domain/ids.js';
import type { Confirmation } from '../../src/domain/session-store.js';

/** A store that acknowledges, or not, and remembers what it was told. */
function recorder() {
  const written: (readonly Confirmation[])[] = [];
  const recorded = { isAway: false, written };
  const confirm = async (confirmations: readonly Confirmation[]): Promise<void> => {
    if (recorded.isAway) throw new Error('away');
    written.push(confirmations);
  };
  return { recorded, confirmations: createConfirmations({ confirm }) };
}

const id = (name: string): SessionId => name as SessionId;

describe('confirmations', () => {
  test('are written together, each generation once', async () => {
    const { recorded, confirmations } = recorder();
    for (let round = 0; round < 3; round += 1) {
      confirmations.note(id('a'), 1);
      confirmations.note(id('b'), 4);
    }
    confirmations.note(id('a'), 2);
    await confirmations.flush();
    confirmations.note(id('a'), 2);
    confirmations.note(id('a'), 1);
    await confirmations.flush();
    expect(recorded.written).toEqual([
      [
        { sessionId: 'a', generation: 2 },
        { sessionId: 'b', generation: 4 },
      ],
    ]);
  });

  test('of the pair that came with the sign-in tell nothing', async () => {
    const { recorded, confirmations } = recorder();
    confirmations.note(id('a'), 0);
    await confirmations.flush();
    expect(recorded.written).toEqual([]);
  });

  test('wait for a store that does not acknowledge them, with what is newer', async () => {
    const { recorded, confirmations } = recorder();
    recorded.isAway = true;
    confirmations.note(id('a'), 1);
    confirmations.note(id('b'), 1);
    await expect(confirmations.flush()).rejects.toThrow('away');
    confirmations.note(id('a'), 2);
    recorded.isAway = false;
    await confirmations.flush();
    const [batch = []] = recorded.written;
    expect(new Map(batch.map(({ sessionId, generation }) => [sessionId, generation]))).toEqual(
      new Map([
        ['a', 2],
        ['b', 1],
      ]),
    );
  });

  test('noted while a write is under way go with the next', async () => {
    let release = (): void => undefined;
    const written: (readonly Confirmation[])[] = [];
    const confirmations = createConfirmations({
      async confirm(batch) {
        written.push(batch);
        await new Promise<void>((resolve) => (release = resolve));
      },
    });
    confirmations.note(id('a'), 1);
    const [first, second] = [confirmations.flush(), confirmations.flush()];
    while (written.length < 1) await Promise.resolve();
    confirmations.note(id('a'), 2);
    release();
    while (written.length < 2) await Promise.resolve();
    release();
    await Promise.all([first, second]);
    expect(written).toEqual([[{ sessionId: 'a', generation: 1 }], [{ sessionId: 'a', generation: 2 }]]);
  });

  test('of many sessions go in several writes', async () => {
    const { recorded, confirmations } = recorder();
    for (let count = 0; count < 4_500; count += 1) confirmations.note(id(`session ${count}`), 1);
    await confirmations.flush();
    expect(recorded.written.map((batch) => batch.length)).toEqual([2_000, 2_000, 500]);
  });

  test('of sessions long forgotten are written once more, which changes nothing', async () => {
    const { recorded, confirmations } = recorder();
    confirmations.note(id('first'), 1);
    for (let other = 0; other < 100_000; other += 1) confirmations.note(id(`other ${other}`), 1);
    await confirmations.flush();
    confirmations.note(id('first'), 1);
    confirmations.note(id('other 99999'), 1);
    await confirmations.flush();
    expect(recorded.written.at(-1)).toEqual([{ sessionId: 'first', generation: 1 }]);
  });
});
