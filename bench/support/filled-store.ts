/** A store with users and sessions in it, each row as the product writes it, and the tokens that fit them. */
import { createHash, randomBytes } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import mongoose from 'mongoose';
import { systemClock } from '../../src/domain/clock.js';
import type { SessionId, UserId } from '../../src/domain/ids.js';
import { ARGON2ID } from '../../src/domain/password-hash.js';
import { createRefreshTokens } from '../../src/domain/refresh-token.js';
import { deriveSecretKeys, hashSecret } from '../../src/domain/secrets.js';
import { purgeMoment, type Session } from '../../src/domain/session.js';
import type { Stores } from '../../src/domain/stores.js';
import type { SessionDocument } from '../../src/stores/mongo/models.js';
import { openStores } from '../../src/stores/open.js';
import { createSqliteClient } from '../../src/stores/sqlite/client.js';
import { databasePath } from '../../src/stores/sqlite/path.js';
import { createSessionTable } from '../../src/stores/sqlite/session-table.js';

/** Of every user. */
export const PASSWORD = 'correct horse battery';
const DAY_MS = 24 * 3_600_000;
export const LIFETIMES = { idleTtlMs: 30 * DAY_MS, ttlMs: 180 * DAY_MS, graceMs: 0, retentionMs: 660_000 };
const BATCH = 1_000;

export interface Filling {
  readonly url: string;
  readonly users: number;
  /** Spread evenly over the users: the session `n` is the user's `n % users`. */
  readonly sessions: number;
}

export interface FilledStore extends Filling {
  /** What a server on it needs. */
  readonly environment: Readonly<Record<'STORE_URL' | 'LATCHKEY_SECRET', string>>;
  userId(user: number): UserId;
  email(user: number): string;
  sessionId(session: number): SessionId;
  /** The session's current one, as long as nobody has presented it. */
  refreshToken(session: number): string;
}

/** Fills the store that the URL names, which is a new one, with sessions that have been refreshed once. */
export async function fillStore(filling: Filling): Promise<FilledStore> {
  const seed = randomBytes(32);
  const latchkeySecret = randomBytes(32).toString('base64');
  const refreshTokens = createRefreshTokens(deriveSecretKeys([latchkeySecret]));
  // Derived, not kept: a million of them take more than all else that this process holds.
  const derive = (what: string, number: number): Buffer =>
    createHash('sha256').update(seed).update(`${what} ${number}`).digest();
  const deriveId = (what: string, number: number): string => derive(what, number).toString('base64url', 0, 16);
  const sessionId = (session: number): SessionId => deriveId('session', session) as SessionId;
  const userId = (user: number): UserId => deriveId('user', user) as UserId;
  const email = (user: number): string => `first.last${user}@mail.example.com`;

  /** What one session has for itself; the others have the rest in common. */
  function ownOf(session: number): Own {
    const [createdAt, lastSeenAt] = [daysAgo(25 + Math.random() * 75), daysAgo(Math.random() * 25)];
    return {
      ...{ id: sessionId(session), userId: userId(session % filling.users), ver: createdAt.getTime() },
      hash: hashSecret(derive('secret', session)),
      previousHash: hashSecret(derive('previous secret', session)),
      nonce: derive('nonce', session).toString('base64url'),
      ...{ createdAt, authenticatedAt: createdAt, lastSeenAt, answeredAt: lastSeenAt },
      idleExpiresAt: new Date(lastSeenAt.getTime() + LIFETIMES.idleTtlMs),
      expiresAt: new Date(createdAt.getTime() + LIFETIMES.ttlMs),
      ipAddress: `203.0.${session % 256}.${Math.floor(session / 256) % 256}`,
    };
  }

  const stores = await openStores(filling.url);
  await addUsers(stores, filling.users, { userId, email });
  const first = await addFirstSession(stores, ownOf(0));
  await stores.close();
  const addOthers = filling.url.startsWith('file:') ? addToSqlite : addToMongodb;
  await addOthers(filling, first, ownOf);
  return {
    ...{ ...filling, userId, email, sessionId },
    environment: { STORE_URL: filling.url, LATCHKEY_SECRET: latchkeySecret },
    refreshToken: (session) =>
      refreshTokens.encode({ sessionId: sessionId(session), generation: 1, secret: derive('secret', session) }),
  };
}

const daysAgo = (days: number): Date => new Date(Date.now() - days * DAY_MS);

/** All have one password, whose hash is made once: it would be the longest part. */
async function addUsers(
  { users }: Stores,
  count: number,
  { userId, email }: Pick<FilledStore, 'userId' | 'email'>,
): Promise<void> {
  const passwordHash = await hash(PASSWORD, ARGON2ID);
  for (let made = 0; made < count; made += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, count - made) }, (_, index) => {
      const [id, address] = [userId(made + index), email(made + index)];
      const account = {
        id,
        email: address,
        emailKey: address,
        emailVerified: true,
        passwordHash,
        roles: [],
        ban: null,
      };
      return { ...account, createdAt: daysAgo(100 + Math.random() * 265), lastSignInAt: daysAgo(Math.random() * 100) };
    });
    await users.importMany(batch);
  }
}

type Own = Pick<Session, 'id' | 'userId' | 'ver' | 'hash' | 'nonce' | 'createdAt' | 'authenticatedAt' | 'lastSeenAt'> &
  Pick<Session, 'answeredAt' | 'idleExpiresAt' | 'expiresAt' | 'ipAddress'> & {
    readonly previousHash: NonNullable<Session['previousHash']>;
  };

/** Written by the store: all others are copies of it. */
async function addFirstSession({ sessions, clock }: Stores, own: Own): Promise<Session> {
  const { id, userId, ver, hash: successorHash, previousHash, nonce, ipAddress } = own;
  const device = { deviceName: 'Chrome on Linux', userAgent: USER_AGENT, ipAddress };
  const tokens = { hash: previousHash, nonce, signInEmail: null, transport: 'header' } as const;
  await sessions.create({ id, userId, ver, ...tokens, ...device }, LIFETIMES);
  const presented = { sessionId: id, hash: previousHash, generation: 0, arrivedAt: clock.now(), successorHash, nonce };
  const stamped = await sessions.present(presented, LIFETIMES);
  if (stamped?.session.generation !== 1) throw new Error('The session was not refreshed.');
  return stamped.session;
}

const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';

type AddOthers = (filling: Filling, first: Session, ownOf: (session: number) => Own) => Promise<void>;

const addToSqlite: AddOthers = async ({ url, sessions }, first, ownOf) => {
  const client = createSqliteClient(databasePath(url), systemClock);
  const table = createSessionTable(client);
  for (let made = 1; made < sessions; made += BATCH) {
    client.writeNow(() => {
      for (let number = made; number < Math.min(made + BATCH, sessions); number += 1) {
        table.insert({ ...first, ...ownOf(number) }, LIFETIMES.retentionMs);
      }
    });
  }
  client.close();
};

const addToMongodb: AddOthers = async ({ url, sessions }, first, ownOf) => {
  const connection = await mongoose.createConnection(url).asPromise();
  const collection = connection.collection<SessionDocument>('sessions');
  const document = await collection.findOne({ _id: first.id });
  if (document === null) throw new Error('The first session is not there.');
  for (let made = 1; made < sessions; made += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, sessions - made) }, (_, index) => {
      const { id, ...own } = ownOf(made + index);
      const purgeAt = purgeMoment({ ...own, endedAt: null }, LIFETIMES.retentionMs);
      return { ...document, ...own, _id: id, purgeAt, writtenAt: own.lastSeenAt };
    });
    await collection.insertMany(batch, { ordered: false });
  }
  await connection.close();
};
