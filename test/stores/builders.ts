import { randomBytes } from 'node:crypto';
import { emailKey } from '../../src/domain/email.js';
import type { SecretHash, SessionId, UserId } from '../../src/domain/ids.js';
import { createSessionId, createUserId } from '../../src/domain/ids.js';
import type { NewSession, Presentation, SessionLifetimes, Stamped } from '../../src/domain/session-store.js';
import type { Session } from '../../src/domain/session.js';
import type { Stores } from '../../src/domain/stores.js';
import type { NewUser, UserChange, UserGuard } from '../../src/domain/user-store.js';
import type { Ban, User } from '../../src/domain/user.js';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

export const LIFETIMES: SessionLifetimes = {
  idleTtlMs: 30 * MINUTE,
  ttlMs: 60 * MINUTE,
  graceMs: 10 * SECOND,
  retentionMs: 11 * MINUTE,
};

export const NOBODY_SPARED: UserGuard = { sparing: null };
export const FOR_GOOD: Omit<Ban, 'at'> = { by: createUserId(), until: null, reason: null, publicReason: null };

/** What a secret would hash to. */
export const randomHash = (): SecretHash => randomBytes(32).toString('base64url') as SecretHash;

export function newUser(fields: Partial<NewUser> = {}): NewUser {
  const id = createUserId();
  const email = fields.email ?? `${id}@example.com`;
  return {
    id,
    email,
    emailKey: emailKey(email),
    emailVerified: false,
    passwordHash: '$argon2id$of-a-password',
    roles: [],
    ...fields,
  };
}

export const newSession = (fields: Partial<NewSession> = {}): NewSession => ({
  id: createSessionId(),
  userId: createUserId(),
  ver: 1,
  hash: randomHash(),
  nonce: randomHash(),
  transport: 'header',
  deviceName: null,
  userAgent: null,
  ipAddress: null,
  signInEmail: null,
  ...fields,
});

/** The row's current token, presented at once. */
export const presentationOf = ({ session, now }: Stamped, fields: Partial<Presentation> = {}): Presentation => ({
  sessionId: session.id,
  hash: session.hash,
  generation: session.generation,
  arrivedAt: now,
  successorHash: randomHash(),
  nonce: randomHash(),
  ...fields,
});

export async function addUser(stores: Stores, fields: Partial<NewUser> = {}): Promise<User> {
  const user = await stores.users.create(newUser(fields));
  if (user === null) throw new Error('The e-mail address is taken.');
  return user;
}

export const addSession = (stores: Stores, fields: Partial<NewSession> = {}): Promise<Stamped> =>
  stores.sessions.create(newSession(fields), LIFETIMES);

export const getUser = async (stores: Stores, id: UserId): Promise<User> => given(await stores.users.findById(id));

export const getSession = async (stores: Stores, id: SessionId): Promise<Session> =>
  given(await stores.sessions.findById(id));

/** Presents the current token after grace, so that the session rotates. */
export const rotate = async (stores: Stores, { session }: Stamped, lifetimes = LIFETIMES): Promise<Stamped> =>
  given(
    await stores.sessions.present(
      presentationOf({ session, now: session.answeredAt }, { arrivedAt: later(session.answeredAt, LIFETIMES.graceMs) }),
      lifetimes,
    ),
  );

/** The user after a change that was carried out. */
export function changedUser(change: UserChange): User {
  if (change.kind !== 'changed') throw new Error(`The change was not carried out: ${change.kind}.`);
  return change.user;
}

export const later = (moment: Date, ms: number): Date => new Date(moment.getTime() + ms);

/** The value, which must be there. */
export function given<Value>(value: Value | null | undefined): Value {
  if (value === null || value === undefined) throw new Error('It is not there.');
  return value;
}
