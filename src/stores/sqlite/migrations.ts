import type { StoreVersion } from '../../domain/store-version.js';
import { assertNotNewer } from '../versions.js';
import type { SqliteClient } from './client.js';

interface Migration {
  /** In a few words, for who runs it by hand. */
  readonly makes: string;
  readonly statements: readonly string[];
}

/**
 * Each entry takes the database one `user_version` further; entries are never changed once released. Times are
 * milliseconds since 1970.
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    makes: 'users, sessions, signing keys and set-up codes',
    statements: [
      `CREATE TABLE users (
        id TEXT PRIMARY KEY,
        email TEXT NOT NULL,
        email_key TEXT NOT NULL UNIQUE,
        email_verified INTEGER NOT NULL CHECK (email_verified IN (0, 1)),
        password_hash TEXT NOT NULL,
        roles TEXT NOT NULL CHECK (json_type(roles) = 'array'),
        ver INTEGER NOT NULL,
        floor INTEGER NOT NULL,
        ver_changed_at INTEGER NOT NULL,
        ban_at INTEGER,
        ban_by TEXT,
        ban_until INTEGER,
        ban_reason TEXT,
        ban_public_reason TEXT,
        created_at INTEGER NOT NULL,
        last_sign_in_at INTEGER,
        CHECK ((ban_at IS NULL) = (ban_by IS NULL))
      ) STRICT`,
      'CREATE INDEX users_by_age ON users (created_at, id)',
      // Few users hold a role, fewer are banned: lists of them need not pass by the others.
      `CREATE INDEX users_with_roles ON users (created_at, id) WHERE roles <> '[]'`,
      'CREATE INDEX users_banned ON users (created_at, id) WHERE ban_at IS NOT NULL',
      `CREATE TABLE sessions (
        id TEXT PRIMARY KEY,
        user_id TEXT NOT NULL,
        ver INTEGER NOT NULL,
        generation INTEGER NOT NULL,
        hash TEXT NOT NULL,
        previous_hash TEXT,
        nonce TEXT NOT NULL,
        answered_at INTEGER NOT NULL,
        confirmed_generation INTEGER NOT NULL,
        cut INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        authenticated_at INTEGER NOT NULL,
        last_seen_at INTEGER NOT NULL,
        idle_expires_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        transport TEXT NOT NULL CHECK (transport IN ('cookie', 'header')),
        device_name TEXT,
        user_agent TEXT,
        ip_address TEXT,
        ended_at INTEGER,
        end_reason TEXT,
        purge_at INTEGER NOT NULL,
        CHECK ((ended_at IS NULL) = (end_reason IS NULL))
      ) STRICT`,
      'CREATE INDEX sessions_open ON sessions (user_id, last_seen_at DESC, id) WHERE ended_at IS NULL',
      'CREATE INDEX sessions_purge ON sessions (purge_at)',
      `CREATE TABLE signing_keys (
        sequence INTEGER PRIMARY KEY,
        kid TEXT NOT NULL,
        algorithm TEXT NOT NULL,
        public_key TEXT NOT NULL,
        encrypted_private_key TEXT NOT NULL,
        active_from INTEGER NOT NULL
      ) STRICT`,
      'CREATE TABLE set_up_codes (hash TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) STRICT',
      `CREATE TABLE set_up_claim (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        user_id TEXT NOT NULL,
        lapses_at INTEGER NOT NULL
      ) STRICT`,
    ],
  },
  {
    makes: 'the list of revocations',
    statements: [
      // What makes access tokens worthless, noted by triggers: whoever writes it, in the transaction that does. A row
      // without session and user says that signing keys changed; one without `at`, that a row was deleted.
      `CREATE TABLE revocations (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        session_id TEXT,
        user_id TEXT,
        ver INTEGER,
        floor INTEGER,
        at INTEGER
      ) STRICT`,
      'CREATE INDEX revocations_by_age ON revocations (at)',
      `INSERT INTO revocations (session_id, at)
        SELECT id, ended_at FROM sessions WHERE ended_at IS NOT NULL ORDER BY ended_at`,
      `INSERT INTO revocations (user_id, ver, floor, at)
        SELECT id, ver, floor, ver_changed_at FROM users ORDER BY ver_changed_at`,
      `CREATE TRIGGER sessions_ended AFTER UPDATE OF ended_at ON sessions
        WHEN NEW.ended_at IS NOT NULL AND OLD.ended_at IS NULL
        BEGIN INSERT INTO revocations (session_id, at) VALUES (NEW.id, NEW.ended_at); END`,
      // Most are deleted long after the last of their tokens; one that is not was deleted by hand.
      `CREATE TRIGGER sessions_deleted AFTER DELETE ON sessions
        WHEN OLD.ended_at IS NULL AND min(OLD.idle_expires_at, OLD.expires_at) > unixepoch() * 1000
        BEGIN INSERT INTO revocations (session_id) VALUES (OLD.id); END`,
      `CREATE TRIGGER users_changed AFTER UPDATE OF ver, floor ON users
        WHEN NEW.ver <> OLD.ver OR NEW.floor <> OLD.floor
        BEGIN INSERT INTO revocations (user_id, ver, floor, at)
          VALUES (NEW.id, NEW.ver, NEW.floor, NEW.ver_changed_at); END`,
      `CREATE TRIGGER users_deleted AFTER DELETE ON users
        BEGIN INSERT INTO revocations (user_id, ver, floor) VALUES (OLD.id, OLD.ver + 1, OLD.ver + 1); END`,
      ...['INSERT', 'UPDATE', 'DELETE'].map(
        (act) => `CREATE TRIGGER signing_keys_${act.toLowerCase()} AFTER ${act} ON signing_keys
          BEGIN INSERT INTO revocations (session_id) VALUES (NULL); END`,
      ),
    ],
  },
  {
    makes: 'times of signing keys',
    statements: [
      'ALTER TABLE signing_keys ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0',
      'UPDATE signing_keys SET created_at = active_from',
      'ALTER TABLE signing_keys ADD COLUMN revoked_at INTEGER',
    ],
  },
  {
    makes: 'what roles allow',
    statements: [
      `CREATE TABLE role_permissions (
        role TEXT PRIMARY KEY,
        permissions TEXT NOT NULL CHECK (json_type(permissions) = 'array')
      ) STRICT`,
      // What a role allows, changed: a server of before takes such a row for one of keys, and reads those for nothing.
      'ALTER TABLE revocations ADD COLUMN role TEXT',
      ...(['INSERT', 'UPDATE', 'DELETE'] as const).map(
        (act) => `CREATE TRIGGER role_permissions_${act.toLowerCase()} AFTER ${act} ON role_permissions
          BEGIN INSERT INTO revocations (role) VALUES (${act === 'DELETE' ? 'OLD' : 'NEW'}.role); END`,
      ),
    ],
  },
  {
    makes: 'deleted users, tokens of mails, addresses of sign-ins',
    statements: [
      // Nothing of the person: the number below which sessions and tokens of this id are void.
      'CREATE TABLE deleted_users (id TEXT PRIMARY KEY, ver INTEGER NOT NULL, purge_at INTEGER NOT NULL) STRICT',
      'CREATE INDEX deleted_users_purge ON deleted_users (purge_at)',
      `ALTER TABLE users ADD COLUMN mail_tokens TEXT NOT NULL DEFAULT '[]' CHECK (json_type(mail_tokens) = 'array')`,
      // Null in every session of before: it says nothing, and `reauthenticate` asks for a sign-in.
      'ALTER TABLE sessions ADD COLUMN sign_in_email TEXT',
    ],
  },
  {
    makes: 'counts of tries',
    statements: [
      'CREATE TABLE attempts (key TEXT PRIMARY KEY, points INTEGER NOT NULL, expires_at INTEGER NOT NULL) STRICT',
      'CREATE INDEX attempts_purge ON attempts (expires_at)',
    ],
  },
  {
    makes: 'the audit log',
    statements: [
      `CREATE TABLE audit_entries (
        id TEXT PRIMARY KEY,
        at INTEGER NOT NULL,
        action TEXT NOT NULL,
        outcome TEXT NOT NULL CHECK (outcome IN ('success', 'failure')),
        actor_id TEXT,
        subject_id TEXT,
        session_hash TEXT,
        ip_address TEXT,
        user_agent TEXT,
        reason TEXT,
        purge_at INTEGER NOT NULL
      ) STRICT`,
      'CREATE INDEX audit_entries_by_age ON audit_entries (at, id)',
      ...['action', 'actor_id', 'subject_id', 'ip_address'].map(
        (column) => `CREATE INDEX audit_entries_by_${column} ON audit_entries (${column}, at, id)`,
      ),
      'CREATE INDEX audit_entries_purge ON audit_entries (purge_at)',
      `CREATE TRIGGER audit_entries_stay BEFORE UPDATE ON audit_entries
        BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END`,
    ],
  },
  {
    makes: 'kinds of password hashes',
    statements: ['CREATE TABLE hash_kinds (kind TEXT PRIMARY KEY) STRICT'],
  },
  {
    makes: 'the audit log leaves by age alone',
    statements: [
      // Holds a row within a purge alone: up to when.
      'CREATE TABLE audit_purges (until INTEGER NOT NULL) STRICT',
      `CREATE TRIGGER audit_entries_leave_by_age BEFORE DELETE ON audit_entries
        WHEN NOT EXISTS (SELECT 1 FROM audit_purges WHERE until >= OLD.purge_at)
        BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END`,
    ],
  },
  {
    makes: 'an index of sessions that no refresh changes',
    statements: [
      'DROP INDEX IF EXISTS sessions_open',
      // A user has few that are open: they are put in order when they are read.
      'CREATE INDEX sessions_of_user ON sessions (user_id) WHERE ended_at IS NULL',
    ],
  },
];

/** What there is, and what of it is to be brought up to date. */
export function versionOf(client: Pick<SqliteClient, 'first'>): StoreVersion {
  const found = Number(client.first('PRAGMA user_version')?.['user_version']);
  return { found, needed: MIGRATIONS.length, pending: MIGRATIONS.slice(found).map(({ makes }) => makes) };
}

/**
 * Brings the tables up to date; does nothing where they are. Answers what it found, and what was to be done.
 *
 * @throws TypeError where a newer Latchkey made the database: it is left as it is.
 */
export function migrate(client: SqliteClient): StoreVersion {
  return client.writeNow(() => {
    const version = versionOf(client);
    assertNotNewer(version);
    for (const { statements } of MIGRATIONS.slice(version.found)) statements.forEach((each) => client.all(each));
    if (version.pending.length > 0) client.all(`PRAGMA user_version = ${String(version.needed)}`);
    return version;
  });
}
