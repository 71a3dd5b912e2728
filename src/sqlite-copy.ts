#!/usr/bin/env node
import { EXIT } from './cli/exit-codes.js';
import { copySqlite } from './stores/sqlite/copy.js';

const USAGE = `latchkey-sqlite-copy FROM TO: copies a SQLite database, also one that a server has open.

Both are looked through, and TO is replaced once the copy is whole. FROM is never made. The secret beside it is not copied.
See docs/backup.md.
`;

/** Answers the exit code. */
function run([from, to, ...others]: readonly string[]): number {
  if (from === '--help' || from === '-h') {
    process.stdout.write(USAGE);
    return EXIT.done;
  }
  if (from === undefined || to === undefined || others.length > 0) {
    process.stderr.write(USAGE);
    return EXIT.usage;
  }
  try {
    copySqlite(from, to);
    return EXIT.done;
  } catch (error) {
    process.stderr.write(`latchkey-sqlite-copy: ${(error as Error).message}\n`);
    return EXIT.refused;
  }
}

process.exitCode = run(process.argv.slice(2));
