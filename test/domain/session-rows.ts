/** Rows for tests of pure judgements: an ordinary one, in which a test changes what it is about. */
import type { SecretHash, SessionId, UserId } from '../../src/domain/ids.js';
import type { PresentedToken, Session } from '../../src/domain/session.js';
import type { Ban, User } from '../../src/domain/user.js';

/** The moment at which the rows are judged, unless a test says otherwise. */
export const NOW = new Date('2026-03-01T12:00:00Z');

/** So many milliseconds after {@link NOW}; before it, where negative. */
export const afterNow = (ms: number): Date => new Date(NOW.getTime() + ms);

export const hashOf = (name: string): SecretHash => name as SecretHash;

/** A session at generation 4 that was refreshed a minute ago, its pair not confirmed. */
export const sessionWith = (fields: Partial<Session> = {}): Session => ({
  id: 'session' as SessionId,
  userId: 'user' as UserId,
  ver: 10,
  generation: 4,
  hash: hashOf('current'),
  previousHash: hashOf('previous'),
  nonce: 'nonce-of-the-row',
  answeredAt: afterNow(-60_000),
  confirmedGeneration: 3,
  cut: 0,
  createdAt: afterNow(-600_000),
  authenticatedAt: afterNow(-600_000),
  lastSeenAt: afterNow(-60_000),
  idleExpiresAt: afterNow(600_000),
  expiresAt: afterNow(6_000_000),
  transport: 'header',
  deviceName: null,
  userAgent: null,
  ipAddress: null,
  signInEmail: null,
  endedAt: null,
  endReason: null,
  ...fields,
});

export const userWith = (fields: Partial<User> = {}): User => ({
  id: 'user' as UserId,
  email: 'user@example.com',
  emailKey: 'user@example.com',
  emailVerified: false,
  passwordHash: 'none',
  roles: [],
  ver: 10,
  floor: 0,
  verChangedAt: afterNow(-600_000),
  ban: null,
  createdAt: afterNow(-600_000),
  lastSignInAt: null,
  mailTokens: [],
  ...fields,
});

export const banUntil = (until: Date | null): Ban => ({
  ...{ at: afterNow(-1000), by: 'admin' as UserId, until },
  ...{ reason: 'internal', publicReason: 'public' },
});

/** Tokens as presented at {@link NOW}, by what they are to the row of {@link sessionWith}. */
export const presented = {
  current: { hash: hashOf('current'), generation: 4 },
  previous: { hash: hashOf('previous'), generation: 3 },
  displaced: { hash: hashOf('displaced'), generation: 3 },
  older: { hash: hashOf('older'), generation: 2 },
  sameGenerationUnknown: { hash: hashOf('unknown'), generation: 4 },
  ahead: { hash: hashOf('unknown'), generation: 5 },
} as const;

export const tokenWith = (which: keyof typeof presented, fields: Partial<PresentedToken> = {}): PresentedToken => ({
  ...presented[which],
  arrivedAt: NOW,
  nonce: 'nonce-of-the-request',
  ...fields,
});
