import { expect, test } from '@jest/globals';
import { refusalLogPlugin } from '../../src/graphql/refusal-log-plugin.js';
import { ManualClock } from '../support/clock.js';

interface Asker {
  readonly userId?: string;
  readonly ipAddress?: string;
}

interface Line {
  readonly userId: string | null;
  readonly ipAddress: string;
  readonly leftOut: number;
}

/** The plugin, and what it writes of operations that were refused. */
function createRefusals(): {
  readonly clock: ManualClock;
  readonly lines: Line[];
  refuse(asker: Asker): Promise<void>;
} {
  const clock = new ManualClock();
  const lines: Line[] = [];
  const plugin = refusalLogPlugin({ warn: (line: Line) => void lines.push(line) } as never);
  return {
    clock,
    lines,
    async refuse({ userId, ipAddress = '203.0.113.7' }) {
      const listener = await plugin.requestDidStart?.({} as never);
      const principal = userId === undefined ? null : { userId, sessionId: 'session' };
      const errors = [{ path: ['signingKeys'], extensions: { code: 'FORBIDDEN' } }];
      await listener?.willSendResponse?.({
        contextValue: { principal, client: { ipAddress, userAgent: null }, clock },
        response: { body: { kind: 'single', singleResult: { errors } } },
      } as never);
    },
  };
}

test('of those who are nobody, a network has ten lines a minute, whatever its addresses', async () => {
  const { clock, lines, refuse } = createRefusals();
  for (let host = 1; host <= 20; host += 1) await refuse({ ipAddress: `2001:db8:0:1::${host}` });
  expect(lines).toHaveLength(10);
  await refuse({ ipAddress: '2001:db8:0:2::1' });
  await refuse({ ipAddress: '2001:db8:0:3::1' });
  expect(lines.slice(10).map(({ leftOut }) => leftOut)).toEqual([10, 0]);
  clock.advance(60_000);
  await refuse({ ipAddress: '2001:db8:0:1::1' });
  expect(lines).toHaveLength(13);
});

test('those who are nobody have 300 lines a minute in all, and however many they are, a user has ten', async () => {
  const { lines, refuse } = createRefusals();
  for (let one = 0; one < 400; one += 1) await refuse({ ipAddress: `198.18.${one >> 8}.${one & 255}` });
  expect(lines).toHaveLength(300);
  for (let times = 0; times < 20; times += 1) await refuse({ userId: 'ann' });
  const own = lines.slice(300);
  expect(own).toEqual(Array(10).fill(expect.objectContaining({ userId: 'ann', leftOut: 0 })));
});

test('users have 300 lines a minute in all, which hide nobody who is not signed in', async () => {
  const { lines, refuse } = createRefusals();
  for (let one = 0; one < 400; one += 1) await refuse({ userId: `user-${one}` });
  expect(lines).toHaveLength(300);
  await refuse({});
  expect(lines.at(-1)).toMatchObject({ userId: null, leftOut: 0 });
});
