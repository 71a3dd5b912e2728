import { describe, expect, test } from '@jest/globals';
import type { SecretHash, SessionId, UserId } from '../../src/domain/ids.js';
import {
  isWithinGrace,
  judgeEnd,
  judgeRefresh,
  type PresentedToken,
  type RefreshVerdict,
  type Session,
} from '../../src/domain/session.js';
import type { Ban, User } from '../../src/domain/user.js';

const NOW = new Date('2026-01-01T12:00:00Z');
const at = (ms: number): Date => new Date(NOW.getTime() + ms);
const hashOf = (name: string): SecretHash => name as SecretHash;
const GRACE_MS = 10_000;

/** Generation 5, given 20 s ago, not confirmed. */
const SESSION: Session = {
  id: 'session' as SessionId,
  userId: 'user' as UserId,
  ver: 100,
  generation: 5,
  hash: hashOf('five'),
  previousHash: hashOf('four'),
  nonce: 'nonce of five',
  answeredAt: at(-20_000),
  confirmedGeneration: 4,
  cut: 0,
  createdAt: at(-3_600_000),
  authenticatedAt: at(-3_600_000),
  lastSeenAt: at(-20_000),
  idleExpiresAt: at(1_000_000),
  expiresAt: at(2_000_000),
  transport: 'cookie',
  endedAt: null,
  endReason: null,
  deviceName: null,
  userAgent: null,
  ipAddress: null,
};

const USER: User = {
  id: 'user' as UserId,
  email: 'user@example.com',
  emailKey: 'user@example.com',
  emailVerified: false,
  passwordHash: '$argon2id$',
  roles: [],
  ver: 100,
  floor: 0,
  verChangedAt: at(-3_600_000),
  ban: null,
  createdAt: at(-3_600_000),
  lastSignInAt: null,
};

const BAN: Ban = { at: at(-5_000), by: 'admin' as UserId, until: null, reason: 'why', publicReason: 'why, in public' };

const token = (name: string, generation: number, arrivedAt: Date = NOW): PresentedToken => ({
  hash: hashOf(name),
  generation,
  arrivedAt,
  nonce: 'nonce of this try',
});

interface Case {
  readonly session?: Partial<Session>;
  readonly user?: Partial<User> | null;
  readonly graceMs?: number;
}

function judge(presented: PresentedToken, { session, user = {}, graceMs = GRACE_MS }: Case = {}): RefreshVerdict {
  const row = { session: { ...SESSION, ...session }, now: NOW };
  return judgeRefresh(presented, row, { user: user && { ...USER, ...user }, graceMs });
}

describe('a refresh token of a live session', () => {
  test('that this presentation rotated gets its successor', () => {
    const rotated = { nonce: 'nonce of this try', answeredAt: NOW };
    expect(judge(token('four', 4), { session: rotated })).toEqual({ kind: 'rotated' });
  });

  test('that is current still, for it was itself just given, stays', () => {
    expect(judge(token('five', 5), { session: { answeredAt: at(-1) } })).toEqual({ kind: 'still-current' });
  });

  test.each([
    ['not confirmed', { confirmedGeneration: 4 }, false],
    ['confirmed', { confirmedGeneration: 5 }, true],
  ])('that is the previous one, within grace and %s, gets the same successor', (_name, session, isConfirmed) => {
    const verdict = judge(token('four', 4, at(-20_000 + GRACE_MS - 1)), { session });
    expect(verdict).toEqual({ kind: 'same-successor', isConfirmed });
  });

  test('that is the previous one, after grace, with a successor never used: the answer got lost', () => {
    expect(judge(token('four', 4))).toEqual({ kind: 'answer-lost' });
  });

  test('that is the previous one, after grace, with a successor that was used, is theft', () => {
    expect(judge(token('four', 4), { session: { confirmedGeneration: 5 } })).toEqual({ kind: 'theft' });
  });

  test('that was left behind twice is theft, also within grace', () => {
    expect(judge(token('three', 3), { session: { answeredAt: NOW } })).toEqual({ kind: 'theft' });
  });

  test.each([5, 6, 1_000])('of generation %d that the row does not know is newer than the store', (generation) => {
    expect(judge(token('unknown', generation))).toEqual({ kind: 'ahead-of-store' });
  });

  test('from before its tokens were drawn anew is void, without alarm', () => {
    expect(judge(token('four', 4), { session: { cut: 5, previousHash: null } })).toEqual({ kind: 'cut' });
    expect(judge(token('one', 1), { session: { cut: 5, previousHash: null } })).toEqual({ kind: 'cut' });
  });

  test('of the cut itself is not void', () => {
    expect(judge(token('four', 4), { session: { cut: 4, answeredAt: NOW } }).kind).toBe('same-successor');
  });

  test('with a grace of 0 there is none, even in the same millisecond', () => {
    const session = { answeredAt: NOW };
    expect(judge(token('four', 4, at(-1)), { session, graceMs: 0 })).toEqual({ kind: 'answer-lost' });
  });
});

describe('a refresh token of a session that is over', () => {
  const whichever: [string, PresentedToken][] = [
    ['current', token('five', 5)],
    ['previous', token('four', 4)],
  ];

  test.each(whichever)('is told of the ban while it holds, with the %s token', (_name, presented) => {
    const end = { kind: 'banned', reason: 'banned', ban: BAN };
    expect(judge(presented, { user: { ban: BAN } })).toEqual({ kind: 'over', end });
    expect(judge(presented, { session: { endedAt: NOW, endReason: 'banned' }, user: { ban: BAN } })).toEqual({
      kind: 'over',
      end,
    });
  });

  test.each(whichever)('is told no more of a ban that was lifted, with the %s token', (_name, presented) => {
    const verdict = judge(presented, { session: { endedAt: NOW, endReason: 'banned' } });
    expect(verdict).toEqual({ kind: 'over', end: { kind: 'other', reason: 'banned' } });
  });

  test.each(whichever)('is told of the theft, with the %s token', (_name, presented) => {
    const verdict = judge(presented, { session: { endedAt: NOW, endReason: 'theft' }, user: { ban: BAN } });
    expect(verdict).toEqual({ kind: 'over', end: { kind: 'theft', reason: 'theft' } });
  });

  test.each<[string, Case]>([
    ['signed out', { session: { endedAt: NOW, endReason: 'signed-out' } }],
    ['idle too long', { session: { idleExpiresAt: NOW } }],
    ['too old', { session: { expiresAt: NOW } }],
    ['below the floor', { user: { floor: 101 } }],
    ['without a user', { user: null }],
  ])('%s is told that it is over, however fresh the token', (_name, session) => {
    const merged = { ...session, session: { answeredAt: NOW, ...session.session } };
    expect(judge(token('five', 5), merged).kind).toBe('over');
    expect(judge(token('four', 4), merged).kind).toBe('over');
  });

  test('is theft all the same where the token was left behind before', () => {
    expect(judge(token('three', 3), { session: { endedAt: NOW, endReason: 'signed-out' } })).toEqual({ kind: 'theft' });
  });

  test('a rotation that found its user banned gives nothing out', () => {
    const session = { nonce: 'nonce of this try', answeredAt: NOW };
    expect(judge(token('four', 4), { session, user: { ban: BAN } }).kind).toBe('over');
  });
});

describe('a session', () => {
  test('is live while nothing ended it', () => {
    expect(judgeEnd(SESSION, USER, NOW)).toBeNull();
  });

  test('is live at the floor, over below it', () => {
    expect(judgeEnd(SESSION, { ...USER, floor: 100 }, NOW)).toBeNull();
    expect(judgeEnd(SESSION, { ...USER, floor: 101 }, NOW)).toEqual({ kind: 'other', reason: 'revoked' });
  });

  test('is over in the millisecond of its expiry, and live in the one before', () => {
    expect(judgeEnd({ ...SESSION, expiresAt: at(1) }, USER, NOW)).toBeNull();
    expect(judgeEnd({ ...SESSION, expiresAt: NOW }, USER, NOW)).toEqual({ kind: 'other', reason: 'expired' });
  });

  test('is not over for a ban that ends now', () => {
    expect(judgeEnd(SESSION, { ...USER, ban: { ...BAN, until: NOW } }, NOW)).toBeNull();
    expect(judgeEnd(SESSION, { ...USER, ban: { ...BAN, until: at(1) } }, NOW)?.kind).toBe('banned');
  });

  test('keeps the first reason of its end', () => {
    const ended: Session = { ...SESSION, endedAt: at(-1), endReason: 'signed-out' };
    expect(judgeEnd(ended, { ...USER, ban: BAN, floor: 101 }, NOW)).toEqual({ kind: 'other', reason: 'signed-out' });
  });
});

describe('grace', () => {
  test.each([
    [GRACE_MS - 1, true],
    [GRACE_MS, false],
    [0, true],
    [-60_000, true],
    [-60_001, false],
  ])('for an arrival %d ms after the answer: %s', (sinceMs, isWithin) => {
    expect(isWithinGrace(at(sinceMs), NOW, GRACE_MS)).toBe(isWithin);
  });

  test('of 0 holds for nobody', () => {
    for (const sinceMs of [-1, 0, 1]) expect(isWithinGrace(at(sinceMs), NOW, 0)).toBe(false);
  });
});
