import Database from 'libsql';
import type { Guard } from '../guarded.js';
import { AuthError } from '../../domain/errors.js';

/** Primary result codes that mean: not now, or not on this disk. @see https://www.sqlite.org/rescode.html */
const UNAVAILABLE = [
  'SQLITE_BUSY',
  'SQLITE_LOCKED',
  'SQLITE_IOERR',
  'SQLITE_FULL',
  'SQLITE_CANTOPEN',
  'SQLITE_READONLY',
  'SQLITE_NOMEM',
  'SQLITE_PROTOCOL',
  'SQLITE_PERM',
  'SQLITE_CORRUPT',
  'SQLITE_NOTADB',
];

/** `SERVICE_UNAVAILABLE` where the database could not do it now; anything else as it came. */
export function translateSqliteError(error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const { code } = error;
  const isUnavailable = UNAVAILABLE.some((primary) => code === primary || code.startsWith(`${primary}_`));
  return isUnavailable ? new AuthError('SERVICE_UNAVAILABLE', { cause: error }) : error;
}

/** Makes a promise of what is synchronous, and translates its errors. */
export const guardSqlite: Guard = async (call) => {
  try {
    return await call();
  } catch (error) {
    throw translateSqliteError(error);
  }
};
