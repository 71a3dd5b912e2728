import { AuthError } from '../../domain/errors.js';
import type { SqliteClient } from './client.js';
import { translateSqliteError } from './errors.js';

const PURGE_INTERVAL_MS = 60_000;

/** What a crash kept from ending with its user. */
const OF_DELETED_USERS = `DELETE FROM sessions WHERE user_id IN (SELECT id FROM deleted_users WHERE purge_at <= :now)
  AND ver < (SELECT ver FROM deleted_users WHERE id = user_id)`;

/**
 * Deletes what can answer nobody any more: sessions past their retention or of a deleted user, set-up codes and counts
 * past their time, and entries of the audit log past theirs.
 */
export function purge(client: SqliteClient): void {
  client.writeNow((now) => {
    client.change('DELETE FROM sessions WHERE purge_at <= :now', { now: now.getTime() });
    client.change('INSERT INTO audit_purges (until) VALUES (:now)', { now: now.getTime() });
    client.change('DELETE FROM audit_entries WHERE purge_at <= :now', { now: now.getTime() });
    client.change('DELETE FROM audit_purges');
    client.change('DELETE FROM set_up_codes WHERE expires_at <= :now', { now: now.getTime() });
    client.change(OF_DELETED_USERS, { now: now.getTime() });
    client.change('DELETE FROM deleted_users WHERE purge_at <= :now', { now: now.getTime() });
    client.change('DELETE FROM attempts WHERE expires_at <= :now', { now: now.getTime() });
  });
}

/** Deletes revocations that concern no token any more; of those of which nobody could say when, it is now said. */
export function purgeRevocations(client: SqliteClient, retentionMs: number): void {
  client.writeNow((now) => {
    client.change('DELETE FROM revocations WHERE at <= :until', { until: now.getTime() - retentionMs });
    client.change('UPDATE revocations SET at = :now WHERE at IS NULL', { now: now.getTime() });
  });
}

/** Does this each minute, without keeping the process alive; answers how to stop. */
export function purgeEachMinute(act: () => void): () => void {
  const timer = setInterval(() => {
    try {
      act();
    } catch (error) {
      // A busy file or a full disk: nothing hangs on a purge but space, and the next one is a minute away.
      const translated = translateSqliteError(error);
      if (!(translated instanceof AuthError)) throw translated;
    }
  }, PURGE_INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}
