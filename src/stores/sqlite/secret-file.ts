import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** The file, beside the database's, that holds the secret of an embedded store. */
export const secretPath = (databasePath: string): string => `${databasePath}.secret`;

/**
 * The secret of an embedded store: read from its file, whatever that holds, or made there at the first start (256
 * random bits, mode 600). Of several processes that start at once, all get the same.
 */
export function readOrCreateSecret(path: string): string {
  return readSecret(path) ?? createSecret(path);
}

function createSecret(path: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx', flush: true });
  try {
    // A link appears whole or not at all, and never replaces one that is there.
    linkSync(draft, path);
  } catch (error) {
    if (!isErrorWithCode(error, 'EEXIST')) throw error;
  } finally {
    rmSync(draft);
  }
  return readFileSync(path, 'utf8').trim();
}

function readSecret(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (isErrorWithCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Not by `instanceof`: in an application's tests, Jest gives Node's errors another `Error` than this module's. */
const isErrorWithCode = (error: unknown, code: string): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === code;
