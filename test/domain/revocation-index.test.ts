import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { SessionId, UserId } from '../../src/domain/ids.js';
import { createRevocationIndex, type RevocationIndex } from '../../src/domain/revocation-index.js';
import type { RevocableToken, Revocation, RevocationCode } from '../../src/domain/revocation.js';

const RETENTION_MS = 660_000;
const START_MS = Date.UTC(2026, 0, 1);
const at = (ms: number): Date => new Date(START_MS + ms);

const ended = (sessionId: string, atMs = 0): Revocation => ({
  kind: 'session-ended',
  sessionId: sessionId as SessionId,
  at: at(atMs),
});
const changed = (userId: string, ver: number, floor: number | null, atMs = 0): Revocation => ({
  kind: 'user-changed',
  ...{ userId: userId as UserId, ver, floor, at: at(atMs) },
});
const token = (sessionId: string, userId: string, ver: number): RevocableToken => ({
  ...{ sessionId: sessionId as SessionId, userId: userId as UserId, ver },
});

/** An index that knows these, told one after the other. */
function knowing(...revocations: Revocation[]): RevocationIndex {
  const index = createRevocationIndex({ retentionMs: RETENTION_MS });
  for (const revocation of revocations) index.add([revocation], at(0));
  return index;
}

/** What tokens of one user answer, by their `ver`. */
const codes = (index: RevocationIndex, vers: readonly number[]): (RevocationCode | null)[] =>
  vers.map((ver) => index.judge(token('s', 'u', ver)));

describe('what is known of revocations', () => {
  test('nothing, at first', () => {
    expect(knowing().judge(token('s', 'u', 0))).toBeNull();
    expect(knowing().size).toBe(0);
  });

  test('tokens of a session that ended are SESSION_EXPIRED, and nobody else\u2019s', () => {
    const index = knowing(ended('s'));
    expect(index.judge(token('s', 'u', 9))).toBe('SESSION_EXPIRED');
    expect(index.judge(token('other', 'u', 9))).toBeNull();
    // A user may have the name of a session, in an application's own user store.
    expect(index.judge(token('other', 's', 0))).toBeNull();
  });

  test('tokens below the floor are SESSION_EXPIRED, below the ver TOKEN_EXPIRED, and others hold', () => {
    expect(codes(knowing(changed('u', 7, 5)), [4, 5, 6, 7, 8])).toEqual([
      'SESSION_EXPIRED',
      'TOKEN_EXPIRED',
      'TOKEN_EXPIRED',
      null,
      null,
    ]);
    expect(knowing(changed('u', 7, 5)).judge(token('s', 'other', 4))).toBeNull();
  });

  test('a session that ended goes before a user who changed', () => {
    expect(knowing(changed('u', 7, 0), ended('s')).judge(token('s', 'u', 6))).toBe('SESSION_EXPIRED');
  });

  test('a deleted user\u2019s tokens are all SESSION_EXPIRED', () => {
    for (const past of [Number.MAX_SAFE_INTEGER, Infinity]) {
      expect(codes(knowing(changed('u', past, past)), [0, START_MS])).toEqual(['SESSION_EXPIRED', 'SESSION_EXPIRED']);
    }
  });

  test.each<[string, Revocation[], [ver: number, floor: number]]>([
    ['the higher ver holds, with its floor', [changed('u', 5, 5), changed('u', 8, 6)], [8, 6]],
    ['a floor goes down again', [changed('u', 5, 5), changed('u', 8, 2)], [8, 2]],
    ['a change without a floor leaves it', [changed('u', 5, 5), changed('u', 8, null)], [8, 5]],
    ['a first change without a floor has none', [changed('u', 8, null)], [8, 0]],
    ['a lower ver without a floor changes nothing', [changed('u', 8, 6), changed('u', 5, null)], [8, 6]],
    ['the same ver without a floor changes nothing', [changed('u', 8, 6), changed('u', 8, null)], [8, 6]],
    ['and with one it tells the floor', [changed('u', 8, null), changed('u', 8, 6)], [8, 6]],
    ['of one ver the higher floor holds', [changed('u', 8, 6), changed('u', 8, 4)], [8, 6]],
    ['several without a floor between', [changed('u', 5, 5), changed('u', 6, null), changed('u', 7, null)], [7, 5]],
    ['one in between that undid a ban', [changed('u', 5, 5), changed('u', 6, 1), changed('u', 7, null)], [7, 1]],
  ])('%s, in whatever order it comes and however often', (_name, revocations, [ver, floor]) => {
    const expected = codes(knowing(changed('u', ver, floor)), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const [first = ended('x'), ...others] = revocations;
    const orders = [revocations, [...revocations].reverse(), [...others, first], [...revocations, ...revocations]];
    for (const order of orders) {
      expect(codes(knowing(...order), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])).toEqual(expected);
      expect(knowing(...order).size).toBe(1);
    }
  });

  test('retentionMs has to be a length of time', () => {
    for (const retentionMs of [0, -1, NaN, Infinity]) {
      expect(() => createRevocationIndex({ retentionMs })).toThrow(TypeError);
    }
  });
});

describe('what concerns no token any more', () => {
  test.each<[string, Revocation]>([
    ['a session', ended('s', 5)],
    ['a user', changed('u', 7, 7, 5)],
  ])('%s leaves retentionMs after its moment, to the millisecond', (_name, revocation) => {
    const index = knowing(revocation);
    index.sweep(at(5 + RETENTION_MS - 1));
    expect(index.judge(token('s', 'u', 0))).toBe('SESSION_EXPIRED');
    index.sweep(at(5 + RETENTION_MS));
    expect([index.judge(token('s', 'u', 0)), index.size]).toEqual([null, 0]);
  });

  test.each<[string, Revocation]>([
    ['a session', ended('s', 5)],
    ['a user', changed('u', 7, 7, 5)],
  ])('%s is left out from that millisecond on', (_name, revocation) => {
    for (const [now, size] of [[-1, 1] as const, [0, 0] as const]) {
      const index = createRevocationIndex({ retentionMs: RETENTION_MS });
      index.add([revocation], at(5 + RETENTION_MS + now));
      expect(index.size).toBe(size);
    }
  });

  test('one that came late does not stay longer, and one from the future does not keep the others', () => {
    const index = knowing(ended('future', 9 * RETENTION_MS), ended('new', 500_000), ended('late', 10));
    index.sweep(at(RETENTION_MS + 10));
    expect(['future', 'new', 'late'].map((id) => index.judge(token(id, 'u', 0)))).toEqual([
      'SESSION_EXPIRED',
      'SESSION_EXPIRED',
      null,
    ]);
  });

  test('a user who changed again stays as long as the last change needs', () => {
    const index = knowing(changed('u', 5, 5), changed('u', 6, null, 400_000));
    index.sweep(at(RETENTION_MS));
    expect(codes(index, [4, 5, 6])).toEqual(['SESSION_EXPIRED', 'TOKEN_EXPIRED', null]);
    index.sweep(at(RETENTION_MS + 400_000));
    expect(index.size).toBe(0);
  });

  test('nothing of a user who left is left for another, or for the same one', () => {
    const index = knowing(changed('u', 9, 9));
    index.sweep(at(RETENTION_MS));
    index.add([changed('other', 2, null, RETENTION_MS)], at(RETENTION_MS));
    expect([0, 1, 2].map((ver) => index.judge(token('s', 'other', ver)))).toEqual([
      'TOKEN_EXPIRED',
      'TOKEN_EXPIRED',
      null,
    ]);
    index.add([changed('u', 2, 1, RETENTION_MS)], at(RETENTION_MS));
    expect(codes(index, [0, 1, 2])).toEqual(['SESSION_EXPIRED', 'TOKEN_EXPIRED', null]);
  });

  test('very much that leaves at once leaves in several sweeps', () => {
    const index = createRevocationIndex({ retentionMs: RETENTION_MS });
    index.add(
      Array.from({ length: 120_000 }, (_, each) => ended(`s${each}`)),
      at(0),
    );
    const sizes = [1, 2, 3].map(() => {
      index.sweep(at(RETENTION_MS));
      return index.size;
    });
    expect(sizes).toEqual([70_000, 20_000, 0]);
  });
});

/** The rules once more, as plainly as can be: all that was told, looked through at each question. */
class Model {
  #told: Revocation[] = [];

  add(revocations: readonly Revocation[], now: Date): void {
    this.#told.push(...revocations.filter((each) => isNeeded(each, now)));
  }

  /** An entry leaves with the last that was told of it. */
  sweep(now: Date): void {
    const staying = new Set(this.#told.filter((each) => isNeeded(each, now)).map(nameOf));
    this.#told = this.#told.filter((each) => staying.has(nameOf(each)));
  }

  judge({ sessionId, userId, ver }: RevocableToken): RevocationCode | null {
    if (this.#told.some((each) => each.kind === 'session-ended' && each.sessionId === sessionId)) {
      return 'SESSION_EXPIRED';
    }
    const changes = this.#told
      .filter((each) => each.kind === 'user-changed')
      .filter((each) => each.userId === userId)
      .sort((left, right) => left.ver - right.ver || (left.floor ?? -1) - (right.floor ?? -1));
    const floor = changes.findLast((each) => each.floor !== null)?.floor ?? 0;
    if (ver < floor) return 'SESSION_EXPIRED';
    return ver < (changes.at(-1)?.ver ?? 0) ? 'TOKEN_EXPIRED' : null;
  }

  get size(): number {
    return new Set(this.#told.map(nameOf)).size;
  }
}

const isNeeded = (each: Revocation, now: Date): boolean => each.at.getTime() + RETENTION_MS > now.getTime();
const nameOf = (each: Revocation): string =>
  each.kind === 'user-changed' ? `u:${each.userId}` : `s:${each.sessionId}`;

const NAMES = ['a', 'b', 'c'];
const name = fc.constantFrom(...NAMES);
const VERS = [0, 1, 2, 3, 4, 5];
/** Few milliseconds around few moments, so that things meet. */
const momentMs = fc
  .tuple(fc.nat(5), fc.integer({ min: -2, max: 2 }))
  .map(([part, ms]) => (part * RETENTION_MS) / 2 + ms);
const revocation = fc.oneof(
  fc.tuple(name, momentMs).map(([id, ms]) => ended(id, ms)),
  fc.tuple(name, fc.nat(5), fc.option(fc.nat(5)), momentMs).map(([id, ver, floor, ms]) => changed(id, ver, floor, ms)),
);
const step = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), revocations: fc.array(revocation, { maxLength: 4 }), ms: momentMs }),
  fc.record({ kind: fc.constant('sweep' as const), ms: momentMs }),
);

describe('any sequence of telling and sweeping, with a clock that jumps,', () => {
  test('leaves what the rules say', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const index = createRevocationIndex({ retentionMs: RETENTION_MS });
        const model = new Model();
        for (const each of steps) {
          for (const either of [index, model]) {
            if (each.kind === 'add') either.add(each.revocations, at(each.ms));
            else either.sweep(at(each.ms));
          }
          const tokens = NAMES.flatMap((id) => VERS.flatMap((ver) => [token(id, '', ver), token('', id, ver)]));
          expect([index.size, tokens.map(index.judge)]).toEqual([model.size, tokens.map((one) => model.judge(one))]);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('comes to the same in any order', () => {
    const shuffled = fc
      .array(revocation, { maxLength: 8 })
      .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
    fc.assert(
      fc.property(shuffled, ([all, others]) => {
        const [left, right] = [knowing(...all), knowing(...others, ...others)];
        const tokens = NAMES.flatMap((id) => VERS.map((ver) => token(id, id, ver)));
        expect(tokens.map(right.judge)).toEqual(tokens.map(left.judge));
      }),
    );
  });
});
