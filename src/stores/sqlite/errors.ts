import Database from 'libsql';
import type { Guard } from '../guarded.js';
import { AuthError } from '../../domain/errors.js';

/** Primary result codes that mean: what is there is no database any more. */
const DAMAGED = ['SQLITE_CORRUPT', 'SQLITE_NOTADB'];

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
  ...DAMAGED,
];

/** `SERVICE_UNAVAILABLE` where the database could not do it now; anything else as it came. */
export function translateSqliteError(error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  return isOf(UNAVAILABLE, error) ? new AuthError('SERVICE_UNAVAILABLE', { cause: error }) : error;
}

/** What SQLite said where an error, translated or not, is that the file is damaged; else `null`. */
export function findDamage(error: unknown): string | null {
  const cause = error instanceof AuthError ? error.cause : error;
  return cause instanceof Database.SqliteError && isOf(DAMAGED, cause) ? cause.message : null;
}

/** @see https://www.sqlite.org/rescode.html#primary_result_codes_versus_extended_result_codes */
const isOf = (primaries: readonly string[], { code }: { readonly code: string }): boolean =>
  primaries.some((primary) => code === primary || code.startsWith(`${primary}_`));

/** Makes a promise of what is synchronous, and translates its errors. */
export const guardSqlite: Guard = async (call) => {
  try {
    return await call();
  } catch (error) {
    throw translateSqliteError(error);
  }
};
