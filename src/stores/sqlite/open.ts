import type { AuditEntryStore } from '../../domain/audit-entry-store.js';
import type { Clock } from '../../domain/clock.js';
import { systemClock } from '../../domain/clock.js';
import { AuthError } from '../../domain/errors.js';
import type { AttemptStore } from '../../domain/attempt-store.js';
import type { RolePermissionStore } from '../../domain/role-permission-store.js';
import type { SessionStore } from '../../domain/session-store.js';
import type { SetUpCodeStore } from '../../domain/set-up-code-store.js';
import type { SigningKeyStore } from '../../domain/signing-key-store.js';
import type { StoreVersion } from '../../domain/store-version.js';
import type { Stores } from '../../domain/stores.js';
import type { UserStore } from '../../domain/user-store.js';
import { createAttemptStore } from '../attempt-counting.js';
import { createFeeds } from '../feeds.js';
import { guarded } from '../guarded.js';
import { createCountRows } from './attempt-store.js';
import { createAddAuditEntry, createAuditEntryStore } from './audit-entry-store.js';
import type { SqliteClient } from './client.js';
import { createSqliteClient } from './client.js';
import { guardSqlite, translateSqliteError } from './errors.js';
import { migrate } from './migrations.js';
import { databasePath, makePrivateFile } from './path.js';
import { purge, purgeEachMinute } from './purge.js';
import { createRevocationStore } from './revocation-store.js';
import { createRolePermissionStore } from './role-permission-store.js';
import { createSessionStore } from './session-store.js';
import { createSetUpCodeStore } from './set-up-code-store.js';
import { createSigningKeyStore } from './signing-key-store.js';
import { createUserStore } from './user-store.js';

/** Opens the SQLite file that the URL names, making folder, file (mode 600) and tables where they are missing. */
export function openSqliteStores(
  url: string,
  options: { readonly clock?: Clock | undefined; readonly auditTtlMs: number },
): Stores {
  const clock = options.clock ?? systemClock;
  const client = openClient(databasePath(url), clock);
  const addEntry = createAddAuditEntry(client, options.auditTtlMs);
  const stopPurging = purgeEachMinute(() => purge(client));
  const feeds = createFeeds();
  return {
    users: guarded<UserStore>(createUserStore(client, addEntry), guardSqlite),
    sessions: guarded<SessionStore>(createSessionStore(client, addEntry), guardSqlite),
    signingKeys: guarded<SigningKeyStore>(createSigningKeyStore(client, addEntry), guardSqlite),
    setUpCodes: guarded<SetUpCodeStore>(createSetUpCodeStore(client), guardSqlite),
    rolePermissions: guarded<RolePermissionStore>(createRolePermissionStore(client, addEntry), guardSqlite),
    auditEntries: guarded<AuditEntryStore>(createAuditEntryStore(client, addEntry), guardSqlite),
    revocations: feeds.tracked(createRevocationStore(client)),
    attempts: guarded<AttemptStore>(createAttemptStore(createCountRows(client)), guardSqlite),
    clock,
    // An entry is one transaction with what it tells of: there is none of them without the other.
    isAuditLogTaking: () => true,
    ...guarded<Pick<Stores, 'ping' | 'close'>>(
      {
        ping: () => void client.all('SELECT 1 FROM users LIMIT 1'),
        async close() {
          await feeds.close();
          stopPurging();
          client.close();
        },
      },
      guardSqlite,
    ),
  };
}

/**
 * Brings the tables of the file that the URL names up to date, making what is missing, and lets go of it.
 *
 * @throws TypeError where a newer Latchkey made it; `SERVICE_UNAVAILABLE` where it cannot be read or written
 */
export async function migrateSqlite(url: string): Promise<StoreVersion> {
  const path = databasePath(url);
  return guardSqlite(() => {
    const client = createClient(path, systemClock);
    try {
      return migrate(client);
    } finally {
      client.close();
    }
  }) as Promise<StoreVersion>;
}

function openClient(path: string, clock: Clock): SqliteClient {
  try {
    const client = createClient(path, clock);
    migrate(client);
    purge(client);
    return client;
  } catch (error) {
    throw translateSqliteError(error);
  }
}

function createClient(path: string, clock: Clock): SqliteClient {
  try {
    makePrivateFile(path);
  } catch (error) {
    throw new AuthError('SERVICE_UNAVAILABLE', { cause: error });
  }
  return createSqliteClient(path, clock);
}
