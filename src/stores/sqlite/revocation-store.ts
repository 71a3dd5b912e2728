import type { SessionId, UserId } from '../../domain/ids.js';
import type {
  FollowOptions,
  RevocationFeed,
  RevocationListener,
  RevocationStore,
} from '../../domain/revocation-store.js';
import type { Revocation } from '../../domain/revocation.js';
import { guarded } from '../guarded.js';
import { pollEvery } from '../polling.js';
import type { SqliteClient } from './client.js';
import { guardSqlite } from './errors.js';
import { purgeEachMinute, purgeRevocations } from './purge.js';
import { SESSION_BY_ID, sessionOf } from './session-row.js';
import { findUser } from './user-row.js';

/** Another process on the same file is noticed so soon. */
const POLL_INTERVAL_MS = 250;
/** Beyond what tokens need: a server that slept may still have to read on. */
const LEAST_KEPT_MS = 24 * 60 * 60 * 1000;

/** A row of the table `revocations`, which triggers fill. */
interface RevocationRow {
  readonly sequence: number;
  readonly session_id: string | null;
  readonly user_id: string | null;
  readonly role: string | null;
  readonly ver: number | null;
  readonly floor: number | null;
  /** `null`: a row was deleted, and nobody can say when. */
  readonly at: number | null;
}

const SINCE = `SELECT sequence, session_id, user_id, role, ver, floor, at FROM revocations
  WHERE sequence > :sequence AND (at IS NULL OR at > :since) ORDER BY sequence`;

/**
 * Revocations in SQLite: triggers note each one in a table, in the transaction that makes it, whoever that is. Nodes
 * read on from where they were whenever the file was changed by somebody else.
 */
export const createRevocationStore = (client: SqliteClient): RevocationStore => ({
  follow: (listener, options) => followTable(client, listener, options),
  ...guarded<Pick<RevocationStore, 'readNow'>>(
    {
      readNow(sessionId, userId) {
        const now = client.now();
        const session = client.first(SESSION_BY_ID, { id: sessionId });
        return { row: session && { session: sessionOf(session), now }, owner: { user: findUser(client, userId), now } };
      },
    },
    guardSqlite,
  ),
});

function followTable(
  client: SqliteClient,
  listener: RevocationListener,
  { retentionMs, nodeClock }: FollowOptions,
): RevocationFeed {
  let seenVersion: number | null = null;
  let seenSequence = 0;

  const stopPurging = purgeEachMinute(() => purgeRevocations(client, Math.max(retentionMs, LEAST_KEPT_MS)));
  const feed = pollEvery(POLL_INTERVAL_MS, listener, async () => {
    const asOf = nodeClock.moment();
    // What is committed between the two reads is seen by this one, and once more by the next.
    const version = dataVersion(client);
    if (version !== seenVersion) {
      const now = client.now();
      const rows = readSince(client, seenSequence, now.getTime() - retentionMs);
      listener.tell(rows.flatMap((row) => toRevocation(row, now)));
      if (seenVersion === null || rows.some(isOfKeys)) await listener.keysChanged();
      if (seenVersion === null || rows.some(isOfPermissions)) await listener.permissionsChanged();
      seenSequence = rows.at(-1)?.sequence ?? seenSequence;
      seenVersion = version;
    }
    listener.current(asOf);
  });
  return {
    ...feed,
    async close() {
      stopPurging();
      await feed.close();
    },
  };
}

/** Changes with every commit of another connection, and only then. @see https://www.sqlite.org/pragma.html#pragma_data_version */
const dataVersion = (client: SqliteClient): number => Number(client.first('PRAGMA data_version')?.['data_version']);

const readSince = (client: SqliteClient, sequence: number, since: number): RevocationRow[] =>
  client.all(SINCE, { sequence, since }) as unknown as RevocationRow[];

const isOfPermissions = ({ role }: RevocationRow): boolean => role !== null;
const isOfKeys = ({ session_id, user_id, role }: RevocationRow): boolean =>
  session_id === null && user_id === null && role === null;

function toRevocation(row: RevocationRow, now: Date): Revocation[] {
  const at = row.at === null ? now : new Date(row.at);
  if (row.session_id !== null) return [{ kind: 'session-ended', sessionId: row.session_id as SessionId, at }];
  if (row.user_id === null || row.ver === null) return [];
  return [{ kind: 'user-changed', userId: row.user_id as UserId, ver: row.ver, floor: row.floor, at }];
}
