import type { SetUpCodeStore } from '../../domain/set-up-code-store.js';
import type { Eventual } from '../guarded.js';
import type { SqliteClient } from './client.js';

/** One row at most: whoever holds it, unless it has lapsed, holds the claim. */
const CLAIM = `INSERT INTO set_up_claim (only, user_id, lapses_at) SELECT 1, :user_id, :lapses_at
    WHERE EXISTS (SELECT 1 FROM set_up_codes WHERE hash = :hash AND expires_at > :now)
  ON CONFLICT (only) DO UPDATE SET user_id = excluded.user_id, lapses_at = excluded.lapses_at
    WHERE set_up_claim.user_id = excluded.user_id OR set_up_claim.lapses_at <= :now
  RETURNING user_id`;

/** Set-up codes in SQLite. */
export const createSetUpCodeStore = (client: SqliteClient): Eventual<SetUpCodeStore> => ({
  create: (hash, ttlMs) =>
    client.write((now) => {
      const insert = `INSERT INTO set_up_codes (hash, expires_at) VALUES (:hash, :expires_at)
        ON CONFLICT (hash) DO UPDATE SET expires_at = excluded.expires_at`;
      client.change(insert, { hash, expires_at: now.getTime() + ttlMs });
    }),
  claim: (hash, userId, claimTtlMs) =>
    client.write((now) => {
      const parameters = { hash, user_id: userId, now: now.getTime(), lapses_at: now.getTime() + claimTtlMs };
      return client.first(CLAIM, parameters) !== null;
    }),
  release: (userId) =>
    client.write(() => void client.change('DELETE FROM set_up_claim WHERE user_id = :user_id', { user_id: userId })),
});
