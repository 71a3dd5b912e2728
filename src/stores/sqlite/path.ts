import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The file that `file:PATH` names, PATH taken as it is; `file://…` as a URL.
 *
 * @throws TypeError where it names none.
 */
export function databasePath(url: string): string {
  const path = url.startsWith('file://') ? pathOfFileUrl(url) : url.slice('file:'.length);
  if (path === '' || path.endsWith('/') || path.includes('\0'))
    throw new TypeError('STORE_URL: must name a file: file:PATH');
  return resolve(path);
}

function pathOfFileUrl(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new TypeError('STORE_URL: is no file of this machine: file:PATH or file:///PATH', { cause: error });
  }
}

/** Makes folder and file where they are missing, for this user alone; leaves the modes of those that exist. */
export function makePrivateFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeSync(openSync(path, 'a', 0o600));
}
