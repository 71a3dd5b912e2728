import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import Database from 'libsql';

/**
 * Copies a database, also one that is written to, as of one moment. Both are looked through, and the copy, readable by
 * this user alone, takes its name once it is whole and on the disk: until then, a copy of before is what it was.
 *
 * @throws Error where there is no database to copy, where one of both is damaged, or where either cannot be written
 * @see https://www.sqlite.org/lang_vacuum.html#vacuuminto, which warns that it does not sync what it has written
 */
export function copySqlite(from: string, to: string): void {
  if (!existsSync(from) || !statSync(from).isFile()) throw new Error(`${from}: there is no such file`);
  if (resolve(from) === resolve(to)) throw new Error(`${from}: cannot be copied to itself`);
  const draft = `${to}.${process.pid}.part`;
  try {
    // SQLite writes to a file that is there if it is empty, and makes one itself that others could read.
    closeSync(openSync(draft, 'wx', 0o600));
    withSound(from, (database) => void database.prepare('VACUUM INTO ?').run(draft));
    withSound(draft, () => undefined);
    sync(draft);
    renameSync(draft, to);
    sync(dirname(resolve(to)));
  } finally {
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${draft}${suffix}`, { force: true });
  }
}

/** Opens what is there, refuses what is damaged or holds nothing, and lets go of it behind `act`. */
function withSound(path: string, act: (database: Database.Database) => void): void {
  const database = new Database(path, { timeout: 5000 });
  try {
    const fault = faultOf(database);
    if (fault !== null) throw new Error(fault);
    act(database);
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  } finally {
    database.close();
  }
}

function faultOf(database: Database.Database): string | null {
  const { tables } = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get() as { tables: number };
  const findings = database.prepare('PRAGMA integrity_check').all() as { integrity_check: string }[];
  const faults = findings.map((each) => each.integrity_check).filter((text) => text !== 'ok');
  if (faults.length > 0) return `is damaged: ${faults.slice(0, 3).join('; ')}`;
  return tables === 0 ? 'holds nothing' : null;
}

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
