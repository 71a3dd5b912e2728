import { describe, expect, test } from '@jest/globals';
import type { PresentedToken, Session } from '../../src/domain/session.js';
import { isWithinGrace, judgeRefresh, PURGE_STEP_MS, purgeMoment } from '../../src/domain/session.js';
import type { User } from '../../src/domain/user.js';
import { afterNow, banUntil, NOW, sessionWith, tokenWith, userWith, type presented } from './session-rows.js';

const GRACE_MS = 10_000;

interface Case {
  readonly token?: Partial<PresentedToken>;
  readonly session?: Partial<Session>;
  readonly user?: Partial<User> | null;
  readonly graceMs?: number;
  /** When the user was read. */
  readonly readAt?: Date;
}

function judge(
  which: keyof typeof presented,
  { token, session, user, graceMs = GRACE_MS, readAt = NOW }: Case = {},
): string {
  const stamped = { session: sessionWith(session), now: NOW };
  const owner = { user: user === null ? null : userWith(user), now: readAt };
  const verdict = judgeRefresh(tokenWith(which, token), stamped, { owner, graceMs });
  if (verdict.kind === 'same-successor') return `same-successor, ${verdict.isConfirmed ? '' : 'un'}confirmed`;
  return verdict.kind === 'over' ? `over: ${verdict.end.kind}, ${verdict.end.reason}` : verdict.kind;
}

describe('a refresh token that is current', () => {
  test('was rotated by this presentation where the row has its nonce', () => {
    const session = { nonce: 'nonce-of-the-request', hash: tokenWith('ahead').hash, generation: 5 };
    const rotated = { ...session, previousHash: tokenWith('current').hash };
    expect(judge('current', { session: rotated })).toBe('rotated');
  });

  test('stays where the update left it in its place', () => {
    expect(judge('current')).toBe('still-current');
  });
});

describe('a refresh token that is the previous one', () => {
  const answered = (msAgo: number): Partial<Session> => ({ answeredAt: afterNow(-msAgo) });

  test('gets the same successor less than grace after the answer, and is left behind at exactly grace', () => {
    expect(judge('previous', { session: answered(0) })).toBe('same-successor, unconfirmed');
    expect(judge('previous', { session: answered(GRACE_MS - 1) })).toBe('same-successor, unconfirmed');
    expect(judge('previous', { session: answered(GRACE_MS) })).toBe('answer-lost');
    expect(judge('previous', { session: { ...answered(GRACE_MS), confirmedGeneration: 4 } })).toBe('theft');
  });

  test('gets it also where the successor was used already', () => {
    const session = { ...answered(GRACE_MS - 1), confirmedGeneration: 4 };
    expect(judge('previous', { session })).toBe('same-successor, confirmed');
  });

  test('counts as within grace by when it arrived, not by when it is judged', () => {
    const token = { arrivedAt: afterNow(-50_000) };
    expect(judge('previous', { token, session: answered(45_000) })).toBe('same-successor, unconfirmed');
  });

  test('may have arrived 60 s before the answer, and not a millisecond more', () => {
    const session = { ...answered(0), confirmedGeneration: 4 };
    expect(judge('previous', { token: { arrivedAt: afterNow(-60_000) }, session })).toBe('same-successor, confirmed');
    expect(judge('previous', { token: { arrivedAt: afterNow(-60_001) }, session })).toBe('theft');
  });

  test('has no grace at all where grace is 0', () => {
    const confirmed = { ...answered(0), confirmedGeneration: 4 };
    expect(judge('previous', { session: confirmed, graceMs: 0 })).toBe('theft');
    expect(judge('previous', { session: answered(0), graceMs: 0 })).toBe('answer-lost');
    expect(judge('previous', { token: { arrivedAt: afterNow(-1) }, session: confirmed, graceMs: 0 })).toBe('theft');
  });

  test('after grace, is theft only once a generation above its own is confirmed', () => {
    expect(judge('previous', { session: { confirmedGeneration: 2 } })).toBe('answer-lost');
    expect(judge('previous', { session: { confirmedGeneration: 3 } })).toBe('answer-lost');
    expect(judge('previous', { session: { confirmedGeneration: 4 } })).toBe('theft');
  });

  test('after grace, is theft too where the confirmed successor has been displaced since', () => {
    const session = { generation: 5, confirmedGeneration: 4 };
    expect(judge('previous', { session })).toBe('theft');
  });
});

describe('a refresh token that matches neither hash', () => {
  test('is theft where its generation is older than the row, also where it only was displaced', () => {
    expect(judge('older')).toBe('theft');
    expect(judge('displaced')).toBe('theft');
  });

  test('is theft also where the session is over', () => {
    expect(judge('older', { session: { endedAt: NOW, endReason: 'signed-out' } })).toBe('theft');
  });

  test('shows a restored store where its generation is that of the row, or ahead', () => {
    expect(judge('sameGenerationUnknown')).toBe('ahead-of-store');
    expect(judge('ahead')).toBe('ahead-of-store');
  });
});

describe('a refresh token from before the cut', () => {
  test('is void without alarm below the cut, and judged as any other at it', () => {
    expect(judge('older', { session: { cut: 3 } })).toBe('cut');
    expect(judge('displaced', { session: { cut: 3 } })).toBe('theft');
    expect(judge('older', { session: { cut: 2 } })).toBe('theft');
  });

  test('is void without alarm also where the session is over', () => {
    const session = { cut: 3, endedAt: NOW, endReason: 'theft' } as const;
    expect(judge('older', { session })).toBe('cut');
  });
});

describe('the current or previous refresh token of a session that is over', () => {
  const ended = (endReason: Session['endReason']): Partial<Session> => ({ endedAt: afterNow(-5), endReason });

  test.each(['current', 'previous'] as const)('answers by the end of the session: %s', (which) => {
    expect(judge(which, { session: ended('signed-out') })).toBe('over: other, signed-out');
    expect(judge(which, { session: ended('revoked') })).toBe('over: other, revoked');
    expect(judge(which, { session: ended('theft') })).toBe('over: theft, theft');
    expect(judge(which, { session: ended('banned'), user: { ban: banUntil(null) } })).toBe('over: banned, banned');
  });

  test('answers a ban only while it holds', () => {
    const ban = (ms: number): Case => ({ session: ended('banned'), user: { ban: banUntil(afterNow(ms)) } });
    expect(judge('current', ban(1))).toBe('over: banned, banned');
    expect(judge('current', ban(0))).toBe('over: other, banned');
    expect(judge('current', { session: ended('banned') })).toBe('over: other, banned');
  });

  test('judges a ban by when the user was read, and the row by when it was written', () => {
    const user = { ban: banUntil(afterNow(5_000)), floor: 1_000_000 };
    expect(judge('previous', { user, readAt: afterNow(4_999) })).toBe('over: banned, banned');
    expect(judge('previous', { user, readAt: afterNow(5_000) })).toBe('over: other, revoked');
    const session = { expiresAt: afterNow(1) };
    expect(judge('current', { session, readAt: afterNow(5_000) })).toBe('still-current');
  });

  test('keeps the first reason where a ban came later', () => {
    const user = { ban: banUntil(null), ver: 11, floor: 11 };
    expect(judge('current', { session: ended('signed-out'), user })).toBe('over: other, signed-out');
  });

  test('is over by time, by a ban, by the floor or without its user, though its row does not say so', () => {
    expect(judge('current', { session: { idleExpiresAt: NOW } })).toBe('over: other, expired');
    expect(judge('current', { session: { expiresAt: NOW } })).toBe('over: other, expired');
    expect(judge('current', { user: { ban: banUntil(null) } })).toBe('over: banned, banned');
    expect(judge('current', { user: { floor: 11 } })).toBe('over: other, revoked');
    expect(judge('current', { user: null })).toBe('over: other, revoked');
  });

  test('is live a millisecond before its end, at the floor itself, and where its ban is over', () => {
    expect(judge('current', { session: { idleExpiresAt: afterNow(1), expiresAt: afterNow(1) } })).toBe('still-current');
    expect(judge('current', { user: { floor: 10 } })).toBe('still-current');
    expect(judge('current', { user: { ban: banUntil(NOW) } })).toBe('still-current');
  });

  test('is over also where this very presentation rotated it', () => {
    const session = {
      nonce: 'nonce-of-the-request',
      previousHash: tokenWith('current').hash,
      hash: tokenWith('ahead').hash,
    };
    expect(judge('current', { session, user: { floor: 11 } })).toBe('over: other, revoked');
  });
});

describe('grace', () => {
  test('lasts less than its length after the answer, and reaches back a minute', () => {
    const at = (ms: number, graceMs = GRACE_MS): boolean => isWithinGrace(afterNow(ms), NOW, graceMs);
    expect([at(0), at(9_999), at(10_000), at(-60_000), at(-60_001)]).toEqual([true, true, false, true, false]);
    expect([at(0, 0), at(-1, 0), at(0, 1), at(1, 1)]).toEqual([false, false, true, false]);
  });
});

describe('the moment after which a row may go', () => {
  const RETENTION_MS = 660_000;
  const createdAt = afterNow(-12_345_678);
  const purgeMs = (session: Partial<Session>): number =>
    purgeMoment(sessionWith({ createdAt, ...session }), RETENTION_MS).getTime();

  test.each([-1, 0, 1, PURGE_STEP_MS - 1])('is in steps since the sign-in, behind retention (%i ms)', (ms) => {
    const step = createdAt.getTime() + 100 * PURGE_STEP_MS;
    const expiry = new Date(step - RETENTION_MS + ms);
    const expected = ms < 0 ? step : step + PURGE_STEP_MS;
    expect(purgeMs({ idleExpiresAt: expiry, expiresAt: new Date(expiry.getTime() + 1) })).toBe(expected);
    expect(purgeMs({ expiresAt: expiry, idleExpiresAt: new Date(expiry.getTime() + 1) })).toBe(expected);
  });

  test('is the retention after an end', () => {
    expect(purgeMs({ endedAt: NOW, endReason: 'revoked' })).toBe(afterNow(RETENTION_MS).getTime());
  });
});
