import type { Connection } from 'mongoose';
import type { AuditEntryStore } from '../../domain/audit-entry-store.js';
import type { Clock } from '../../domain/clock.js';
import type { AttemptStore } from '../../domain/attempt-store.js';
import type { RolePermissionStore } from '../../domain/role-permission-store.js';
import type { SessionStore } from '../../domain/session-store.js';
import type { SetUpCodeStore } from '../../domain/set-up-code-store.js';
import type { SigningKeyStore } from '../../domain/signing-key-store.js';
import type { Stores } from '../../domain/stores.js';
import type { UserStore } from '../../domain/user-store.js';
import { createAttemptStore } from '../attempt-counting.js';
import { createFeeds } from '../feeds.js';
import { guarded } from '../guarded.js';
import { createCountRows } from './attempt-store.js';
import { createAuditEntryStore } from './audit-entry-store.js';
import { createAuditOutbox } from './audit-outbox.js';
import { createCertainRead, createPlainRead } from './certain-read.js';
import { followClock } from './clock.js';
import { connect, runCommand } from './connection.js';
import { guardMongo, translateOpeningError } from './errors.js';
import { createHeartbeat } from './heartbeat.js';
import { migrate } from './migrations.js';
import type { Models } from './models.js';
import { bindModels } from './models.js';
import { createRevocationStore } from './revocation-store.js';
import { createRolePermissionStore } from './role-permission-store.js';
import { createSessionStore } from './session-store.js';
import { createSetUpCodeStore } from './set-up-code-store.js';
import { createSigningKeyStore } from './signing-key-store.js';
import type { StoreTime } from './time.js';
import { databaseTime, givenTime } from './time.js';
import { createUserStore } from './user-store.js';

/** A person waits for `ping`: it is to fail before `SERVICE_UNAVAILABLE` elsewhere would. */
const PING_DEADLINE_MS = 1500;

/**
 * Connects to the MongoDB database that the URL names, and brings its collections and indexes up to date.
 *
 * @throws TypeError where the URL is none that MongoDB understands, its server refuses the user, or a newer Latchkey
 * made the database; `SERVICE_UNAVAILABLE` where nobody answers.
 */
export async function openMongoStores(
  url: string,
  options: { readonly clock?: Clock | undefined; readonly auditTtlMs: number },
): Promise<Stores> {
  try {
    return await connectStores(url, options);
  } catch (error) {
    throw translateOpeningError(error);
  }
}

async function connectStores(
  url: string,
  { clock, auditTtlMs }: Parameters<typeof openMongoStores>[1],
): Promise<Stores> {
  const connection = await connect(url);
  try {
    const models = bindModels(connection);
    await migrate(models);
    const hasChangeStreams = await offersChangeStreams(connection);
    const opened = { connection, models, hasChangeStreams, auditTtlMs };
    if (clock) return createStores({ ...opened, time: givenTime(clock) }, () => undefined);
    const following = await followClock(connection);
    const time = databaseTime(following.clock);
    return createStores({ ...opened, time }, () => following.stop());
  } catch (error) {
    await connection.close(true);
    throw error;
  }
}

/** Members of a replica set do, and what stands before a sharded cluster; a server by itself does not. */
async function offersChangeStreams(connection: Connection): Promise<boolean> {
  const { setName, msg } = (await runCommand(connection, { hello: 1 })) as { setName?: string; msg?: string };
  return setName !== undefined || msg === 'isdbgrid';
}

interface Opened {
  readonly connection: Connection;
  readonly models: Models;
  readonly hasChangeStreams: boolean;
  readonly time: StoreTime;
  readonly auditTtlMs: number;
}

function createStores(
  { connection, models, hasChangeStreams, time, auditTtlMs: ttlMs }: Opened,
  stopClock: () => void,
): Stores {
  const guard = guardMongo();
  const heartbeat = createHeartbeat(models.heartbeats);
  const readCertainly = hasChangeStreams ? createCertainRead(connection, heartbeat) : createPlainRead(connection);
  const feedSource = { connection, models, heartbeat, readCertainly, time, hasChangeStreams };
  const feeds = createFeeds();
  const outbox = createAuditOutbox(models, ttlMs);
  const writing = { time, outbox };
  return {
    users: guarded<UserStore>(createUserStore(models, writing), guard),
    sessions: guarded<SessionStore>(createSessionStore(models.sessions, writing), guard),
    signingKeys: guarded<SigningKeyStore>(createSigningKeyStore(models.signingKeys, writing, readCertainly), guard),
    setUpCodes: guarded<SetUpCodeStore>(createSetUpCodeStore(models.setUpCodes, time), guard),
    rolePermissions: guarded<RolePermissionStore>(
      createRolePermissionStore(models.rolePermissions, writing, readCertainly),
      guard,
    ),
    auditEntries: guarded<AuditEntryStore>(createAuditEntryStore(models.auditEntries, time, { outbox, ttlMs }), guard),
    revocations: feeds.tracked(createRevocationStore(feedSource)),
    attempts: guarded<AttemptStore>(createAttemptStore(createCountRows(models.attempts, time)), guard),
    clock: time.clock,
    isAuditLogTaking: outbox.isTaking,
    ...guarded<Pick<Stores, 'ping'>>(
      {
        async ping() {
          await runCommand(connection, { ping: 1 });
        },
      },
      guardMongo(PING_DEADLINE_MS),
    ),
    async close() {
      stopClock();
      await feeds.close();
      await connection.close();
    },
  };
}
