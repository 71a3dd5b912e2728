import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where jest's global set-up tells its workers what {@link runFolder} is. */
const VARIABLE = 'LATCHKEY_TEST_FOLDER';

/** A folder that test files of one run share, in which each may find what another made. */
export function runFolder(): string {
  const folder = process.env[VARIABLE];
  if (folder === undefined) throw new Error(`${VARIABLE} is not set: jest's global set-up does that.`);
  return folder;
}

/** Makes it, for the workers that start behind this. */
export function makeRunFolder(): void {
  process.env[VARIABLE] = mkdtempSync(join(tmpdir(), 'latchkey-tests-'));
}

/** Removes it with what is in it. */
export const removeRunFolder = (): void => rmSync(runFolder(), { recursive: true, force: true });
