import { open, rm, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import type { Stores } from '../domain/stores.js';
import { openProgress } from './progress.js';
import { UsageError } from './usage-error.js';
import { exportUsers } from './user-export.js';
import { runUserImport, type BadLine, type ImportCount } from './user-import.js';

/** What `latchkey user` is asked to do. */
export type UserCommand =
  /** `-`: standard input. */
  | { readonly act: 'import'; readonly file: string; readonly isJson: boolean }
  /** `null`: standard output. */
  | { readonly act: 'export'; readonly file: string | null; readonly isJson: boolean };

/** What to print, and how to exit. */
export interface UserOutcome {
  readonly text: string;
  /** 1: lines were bad. */
  readonly exitCode: 0 | 1;
}

/**
 * Reads what stands behind `latchkey user`.
 *
 * @throws UsageError
 */
export function parseUserCommand(args: readonly string[]): UserCommand {
  const { values, positionals } = parse(args);
  const { json: isJson = false } = values;
  const [act, file, ...others] = positionals;
  if (act !== 'import' && act !== 'export') throw new UsageError('user: needs one of import, export');
  if (others.length > 0) throw new UsageError(`user ${act}: takes one file`);
  if (act === 'export') return { act, file: file ?? null, isJson };
  if (file === undefined) throw new UsageError('user import: needs a file, or - for standard input');
  return { act, file, isJson };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: { json: { type: 'boolean' } }, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`user: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Does what the command says. @throws UsageError for a file that cannot be opened */
export function runUserCommand(command: UserCommand, stores: Pick<Stores, 'users' | 'clock'>): Promise<UserOutcome> {
  return command.act === 'import' ? importFile(command, stores) : exportFile(command, stores);
}

async function importFile(
  { file, isJson }: Extract<UserCommand, { act: 'import' }>,
  stores: Pick<Stores, 'users' | 'clock'>,
): Promise<UserOutcome> {
  const handle = file === '-' ? null : await openFile('import', file, 'r');
  const progress = await openProgress(handle && (await handle.stat()).size);
  try {
    const count = await runUserImport({
      stores,
      source: (handle?.createReadStream({ autoClose: false }) ?? process.stdin) as AsyncIterable<Buffer>,
      onBadLine: (bad) => progress.say(isJson ? JSON.stringify(bad) : describeBadLine(bad)),
      onProgress: (soFar, bytes) => progress.update(bytes, describeCount(soFar)),
    });
    const text = isJson ? JSON.stringify(count) : describeCount(count);
    return { text: `${text}\n`, exitCode: count.badLines > 0 ? 1 : 0 };
  } finally {
    progress.stop();
    await handle?.close();
  }
}

const describeBadLine = ({ line, field, message }: BadLine): string =>
  `line ${line}: ${field === null ? '' : `${field}: `}${message}`;

const shown = (number: number): string => number.toLocaleString('en');

const describeCount = ({ added, alreadyThere, badLines }: ImportCount): string =>
  `Imported: ${shown(added)}, already there: ${shown(alreadyThere)}, bad lines: ${shown(badLines)}`;

async function exportFile(
  { file, isJson }: Extract<UserCommand, { act: 'export' }>,
  { users }: Pick<Stores, 'users'>,
): Promise<UserOutcome> {
  if (file === null) {
    await pipeline(Readable.from(exportUsers(users, () => undefined)), process.stdout, { end: false });
    return { text: '', exitCode: 0 };
  }
  // Password hashes: for nobody else's eyes, and over nothing that is there.
  const handle = await openFile('export', file, 'wx');
  const progress = await openProgress(await users.count({}));
  let exported = 0;
  const pages = exportUsers(users, (soFar) => {
    exported = soFar;
    progress.update(soFar, `Exported: ${shown(soFar)}`);
  });
  try {
    await pipeline(Readable.from(pages), handle.createWriteStream());
    return { text: isJson ? `${JSON.stringify({ exported })}\n` : `Exported: ${shown(exported)}\n`, exitCode: 0 };
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    progress.stop();
  }
}

async function openFile(act: UserCommand['act'], file: string, flags: 'r' | 'wx'): Promise<FileHandle> {
  try {
    return await open(file, flags, 0o600);
  } catch (error) {
    throw new UsageError(`user ${act}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
