import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { activeKey, judgeSigningKey, nextKey, type SigningKeyState } from '../../src/domain/signing-key-state.js';

const RETENTION_MS = 60;

interface Key {
  readonly sequence: number;
  readonly activeFrom: Date;
  readonly revokedAt: Date | null;
}

/** Keys in order, each given as when it begins and, perhaps, when it was revoked. */
const keysOf = (...times: readonly (readonly [number, (number | undefined)?])[]): Key[] =>
  times.map(([from, revoked], index) => ({
    sequence: index + 1,
    activeFrom: new Date(from),
    revokedAt: revoked === undefined ? null : new Date(revoked),
  }));

const judgeAll = (keys: readonly Key[], now: number) =>
  keys.map((key) => judgeSigningKey(key, keys, { now: new Date(now), retentionMs: RETENTION_MS }));

const statesAt = (keys: readonly Key[], now: number): SigningKeyState[] =>
  judgeAll(keys, now).map(({ state }) => state);

/** signsFrom, signsUntil, verifiesUntil and neededUntil of each key, in milliseconds. */
const timesAt = (keys: readonly Key[], now: number): (number | null)[][] =>
  judgeAll(keys, now).map(({ signsFrom, signsUntil, verifiesUntil, neededUntil }) =>
    [signsFrom, signsUntil, verifiesUntil, neededUntil].map((moment) => moment?.getTime() ?? null),
  );

describe('the state of a signing key', () => {
  test('is next, then active, then retired, as the clock goes', () => {
    const keys = keysOf([0], [100], [200]);
    expect(statesAt(keys, 0)).toEqual(['ACTIVE', 'NEXT', 'NEXT']);
    expect(statesAt(keys, 99)).toEqual(['ACTIVE', 'NEXT', 'NEXT']);
    expect(statesAt(keys, 100)).toEqual(['RETIRED', 'ACTIVE', 'NEXT']);
    expect(statesAt(keys, 200)).toEqual(['RETIRED', 'RETIRED', 'ACTIVE']);
    expect(timesAt(keys, 100)).toEqual([
      [0, 100, 160, 160],
      [100, 200, 260, 260],
      [200, null, null, null],
    ]);
  });

  test('is retired from the start where a later key takes over before it begins or with it', () => {
    for (const [begin, ready] of [
      [100, 100],
      [100, 50],
    ] as const) {
      const keys = keysOf([0], [begin], [ready]);
      expect(statesAt(keys, 0)).toEqual(['ACTIVE', 'RETIRED', 'NEXT']);
      expect(statesAt(keys, begin)).toEqual(['RETIRED', 'RETIRED', 'ACTIVE']);
      // A server that had not heard of the later key may have signed with it.
      expect(timesAt(keys, 0)[1]).toEqual([null, null, begin + 60, begin + 60]);
      expect(timesAt(keys, 0)[0]).toEqual([0, ready, ready + 60, ready + 60]);
    }
  });

  test('of two that will begin is next for both, where the later one comes later', () => {
    const keys = keysOf([0], [100], [150]);
    expect(statesAt(keys, 0)).toEqual(['ACTIVE', 'NEXT', 'NEXT']);
    expect(nextKey(keys, new Date(0))?.sequence).toBe(2);
  });

  test('is revoked whatever the clock says; another signs', () => {
    const keys = keysOf([0, 50], [100, 50], [50], [150]);
    expect(statesAt(keys, 50)).toEqual(['REVOKED', 'REVOKED', 'ACTIVE', 'NEXT']);
    expect(timesAt(keys, 50)).toEqual([
      [0, 50, 50, 110],
      [null, null, 50, 110],
      [50, 150, 210, 210],
      [150, null, null, null],
    ]);
  });

  test('keeps, once revoked, the time when it really stopped to sign', () => {
    expect(timesAt(keysOf([0, 150], [100, 150], [150]), 150).slice(0, 2)).toEqual([
      [0, 100, 150, 210],
      [100, 150, 150, 210],
    ]);
  });

  test('is active for an older key again, where all later ones were revoked', () => {
    expect(statesAt(keysOf([0], [100, 120]), 120)).toEqual(['ACTIVE', 'REVOKED']);
    expect(activeKey(keysOf([0, 10], [100, 120]), new Date(120))).toBeNull();
  });

  test('is active for the first key on a server whose clock lags behind', () => {
    const keys = keysOf([1], [100]);
    expect(statesAt(keys, 0)).toEqual(['ACTIVE', 'NEXT']);
  });
});

const moment = fc.integer({ min: 0, max: 20 });
const anyKeys = fc
  .array(fc.tuple(moment, fc.option(moment, { nil: undefined })), { minLength: 1, maxLength: 6 })
  .map((times) => keysOf(...times));

describe('of any keys at any moment', () => {
  test('exactly one is active while any is not revoked', () => {
    fc.assert(
      fc.property(anyKeys, moment, (keys, now) => {
        const active = statesAt(keys, now).filter((state) => state === 'ACTIVE');
        expect(active).toHaveLength(keys.some(({ revokedAt }) => revokedAt === null) ? 1 : 0);
      }),
      { numRuns: 2_000 },
    );
  });

  test('the active one is in the span in which it says that it signs, once any has begun', () => {
    fc.assert(
      fc.property(anyKeys, moment, (keys, now) => {
        const active = activeKey(keys, new Date(now));
        fc.pre(active !== null && active.activeFrom.getTime() <= now);
        const [from, until] = timesAt(keys, now)[active.sequence - 1] ?? [];
        expect(from).toBe(active.activeFrom.getTime());
        expect(until ?? Infinity).toBeGreaterThan(now);
      }),
      { numRuns: 2_000 },
    );
  });

  test('what will sign next is what signs when its time has come', () => {
    fc.assert(
      fc.property(anyKeys, moment, (keys, now) => {
        const next = nextKey(keys, new Date(now));
        fc.pre(next !== null && next.activeFrom.getTime() > now);
        expect(activeKey(keys, next.activeFrom)).toEqual(next);
        expect(activeKey(keys, new Date(next.activeFrom.getTime() - 1))).toEqual(activeKey(keys, new Date(now)));
        expect(statesAt(keys, now)[next.sequence - 1]).toBe('NEXT');
      }),
      { numRuns: 2_000 },
    );
  });

  test('one that has signed is needed for as long as its last token can live', () => {
    fc.assert(
      fc.property(anyKeys, moment, (keys, now) => {
        const active = activeKey(keys, new Date(now));
        fc.pre(active !== null);
        for (let later = now; later < now + RETENTION_MS; later += 1) {
          const { neededUntil } = judgeAll(keys, later)[active.sequence - 1]!;
          expect(neededUntil === null || neededUntil.getTime() > later).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});
