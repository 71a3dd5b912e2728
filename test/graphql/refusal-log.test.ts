import { expect, test } from '@jest/globals';
import { refusalLogStep } from '../../src/graphql/steps/refusal-log.js';
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

/** The step, and what it writes of operations that were refused. */
function createRefusals(): {
  readonly clock: ManualClock;
  readonly lines: Line[];
  refuse(asker: Asker): void;
} {
  const clock = new ManualClock();
  const lines: Line[] = [];
  const step = refusalLogStep({ warn: (line: Line) => void lines.push(line) } as never);
  return {
    clock,
    lines,
    refuse({ userId, ipAddress = '203.0.113.7' }) {
      const principal = userId === undefined ? null : { userId, sessionId: 'session' };
      const errors = [{ path: ['signingKeys'], extensions: { code: 'FORBIDDEN' } }];
      const run = { context: { principal, client: { ipAddress, userAgent: null }, clock } };
      step.answer?.(run as never, { result: { errors } } as never);
    },
  };
}

test('of those who are nobody, a network has ten lines a minute, whatever its addresses', () => {
  const { clock, lines, refuse } = createRefusals();
  for (let host = 1; host <= 20; host += 1) refuse({ ipAddress: `2001:db8:0:1::${host}` });
  expect(lines).toHaveLength(10);
  refuse({ ipAddress: '2001:db8:0:2::1' });
  refuse({ ipAddress: '2001:db8:0:3::1' });
  expect(lines.slice(10).map(({ leftOut }) => leftOut)).toEqual([10, 0]);
  clock.advance(60_000);
  refuse({ ipAddress: '2001:db8:0:1::1' });
  expect(lines).toHaveLength(13);
});

test('those who are nobody have 300 lines a minute in all, and however many they are, a user has ten', () => {
  const { lines, refuse } = createRefusals();
  for (let one = 0; one < 400; one += 1) refuse({ ipAddress: `198.18.${one >> 8}.${one & 255}` });
  expect(lines).toHaveLength(300);
  for (let times = 0; times < 20; times += 1) refuse({ userId: 'ann' });
  const own = lines.slice(300);
  expect(own).toEqual(Array(10).fill(expect.objectContaining({ userId: 'ann', leftOut: 0 })));
});

test('users have 300 lines a minute in all, which hide nobody who is not signed in', () => {
  const { lines, refuse } = createRefusals();
  for (let one = 0; one < 400; one += 1) refuse({ userId: `user-${one}` });
  expect(lines).toHaveLength(300);
  refuse({});
  expect(lines.at(-1)).toMatchObject({ userId: null, leftOut: 0 });
});
