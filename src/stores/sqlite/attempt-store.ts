import type { CountRow, CountRows } from '../count-limiter.js';
import type { SqliteClient } from './client.js';
import type { SqlRow } from './rows.js';

const INCREMENT = `INSERT INTO attempts (key, points, expires_at) VALUES (:key, 1, :expires_at)
  ON CONFLICT (key) DO UPDATE SET
    points = CASE WHEN expires_at > :now THEN points + 1 ELSE 1 END,
    expires_at = CASE WHEN expires_at > :now AND NOT :is_renewed THEN expires_at ELSE :expires_at END
  RETURNING points, expires_at`;
const DECREMENT = 'UPDATE attempts SET points = points - 1 WHERE key = :key AND points > 0 AND expires_at > :now';

/** Counts of tries in SQLite. A machine that crashes forgets the last of them, a process does not. */
export const createCountRows = (client: SqliteClient): CountRows => ({
  increment: (key, { ttlMs, isRenewed }) =>
    client.writeLightly((now) => {
      const expiresAt = Math.ceil(now.getTime() + ttlMs);
      const parameters = { key, now: now.getTime(), expires_at: expiresAt, is_renewed: Number(isRenewed) };
      const [row] = client.all(INCREMENT, parameters);
      if (row === undefined) throw new Error('An upsert answered no row.');
      return countOf(row, now);
    }),
  decrement: (key) => client.writeLightly((now) => void client.change(DECREMENT, { key, now: now.getTime() })),
  find(key) {
    const now = client.now();
    const row = client.first('SELECT points, expires_at FROM attempts WHERE key = :key AND expires_at > :now', {
      ...{ key, now: now.getTime() },
    });
    return row && countOf(row, now);
  },
  delete: (keys) =>
    client.writeLightly(() => {
      for (const key of keys) client.change('DELETE FROM attempts WHERE key = :key', { key });
    }),
});

const countOf = (row: SqlRow, now: Date): CountRow => ({
  points: Number(row['points']),
  leftMs: Number(row['expires_at']) - now.getTime(),
});
