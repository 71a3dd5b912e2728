import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { link, lstat, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AuditAction, NewAuditEntry } from '../domain/audit-entry.js';
import { workOfFailure } from '../domain/user-import.js';
import type { Stores } from '../domain/stores.js';
import type { CommandOutcome } from './outcome.js';
import { openProgress, type Progress } from './progress.js';
import { UsageError } from './usage-error.js';
import type { UserCommand } from './user-command.js';
import { exportUsers } from './user-export.js';
import { runUserImport, type BadLine, type ImportCount } from './user-import.js';

type FileCommand<Act extends 'import' | 'export'> = Extract<UserCommand, { readonly act: Act }>;

/** Imports, and says what came of it. @throws UsageError for a file that cannot be opened */
export async function importFile(
  { file, isJson }: FileCommand<'import'>,
  stores: Pick<Stores, 'users' | 'auditEntries' | 'clock'>,
): Promise<CommandOutcome> {
  const handle = file === '-' ? null : await openFile('import', file, 'r');
  const progress = await openProgress(handle && (await handle.stat()).size);
  try {
    // Also before the first line: of an import that is killed, the log is to know.
    await stores.auditEntries.create(entryOf('users-imported', 'begun'));
    const count = await runUserImport({
      stores,
      source: (handle?.createReadStream({ autoClose: false }) ?? process.stdin) as AsyncIterable<Buffer>,
      onBadLine: (bad) => progress.say(isJson ? JSON.stringify(bad) : describeBadLine(bad)),
      onProgress: (soFar, bytes) => progress.update(bytes, describeCount(soFar)),
    });
    await stores.auditEntries.create(entryOf('users-imported', describeCount(count)));
    const failedSignInWork = Number(workOfFailure(await stores.users.listHashKinds()).toFixed(1));
    const price =
      failedSignInWork > 1 ? `\nA failed sign-in now does ${failedSignInWork} times the work of one hash of ours` : '';
    const text = isJson ? JSON.stringify({ ...count, failedSignInWork }) : `${describeCount(count)}${price}`;
    return { text: `${text}\n`, exitCode: count.badLines > 0 ? 1 : 0 };
  } finally {
    progress.stop();
    await handle?.close();
  }
}

const entryOf = (action: AuditAction, reason: string | null): NewAuditEntry => ({
  ...{ action, outcome: 'success', reason, actorId: null, subjectId: null },
  ...{ sessionHash: null, ipAddress: null, userAgent: null },
});

const describeBadLine = ({ line, field, message }: BadLine): string =>
  `line ${line}: ${field === null ? '' : `${field}: `}${message}`;

const shown = (number: number): string => number.toLocaleString('en');

const describeCount = ({ added, alreadyThere, badLines }: ImportCount): string =>
  `Imported: ${shown(added)}, already there: ${shown(alreadyThere)}, bad lines: ${shown(badLines)}`;

/** Exports, and says how many. @throws UsageError for a file that cannot be opened, or is there */
export async function exportFile(
  { file, isJson }: FileCommand<'export'>,
  { users, auditEntries }: Pick<Stores, 'users' | 'auditEntries'>,
): Promise<CommandOutcome> {
  if (file === null) {
    await auditEntries.create(entryOf('users-exported', null));
    await pipeline(Readable.from(exportUsers(users, () => undefined)), process.stdout, { end: false });
    return { text: '', exitCode: 0 };
  }
  await assertFree(file);
  // Password hashes: for nobody else's eyes. Under another name until all of them are there.
  const partial = `${file}.partial-${randomBytes(6).toString('hex')}`;
  // Before it is there: a signal does not wait.
  const letBe = removeOnSignal(partial);
  let handle: FileHandle | null = null;
  let progress: Progress | null = null;
  try {
    handle = await openFile('export', partial, 'wx');
    await auditEntries.create(entryOf('users-exported', null));
    const shownProgress = (progress = await openProgress(await users.count({})));
    let exported = 0;
    const pages = exportUsers(users, (soFar) => {
      exported = soFar;
      shownProgress.update(soFar, `Exported: ${shown(soFar)}`);
    });
    await pipeline(Readable.from(pages), handle.createWriteStream({ flush: true }));
    await name(partial, file);
    return { text: isJson ? `${JSON.stringify({ exported })}\n` : `Exported: ${shown(exported)}\n`, exitCode: 0 };
  } finally {
    progress?.stop();
    await handle?.close();
    await rm(partial, { force: true });
    letBe();
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Removes the file where a signal ends the program, which then ends as it would have. Answers how to let it be. */
function removeOnSignal(file: string): () => void {
  const letBe = (): void => SIGNALS.forEach((signal) => process.off(signal, end));
  function end(signal: NodeJS.Signals): void {
    rmSync(file, { force: true });
    letBe();
    process.kill(process.pid, signal);
  }
  SIGNALS.forEach((signal) => process.on(signal, end));
  return letBe;
}

/** Gives the file its name, over nothing that is there. */
async function name(partial: string, file: string): Promise<void> {
  try {
    await link(partial, file);
  } catch (error) {
    // Some file systems know one name for a file alone.
    if (error instanceof Error && 'code' in error && ['EPERM', 'ENOTSUP', 'ENOSYS'].includes(String(error.code))) {
      await assertFree(file);
      await rename(partial, file);
      return;
    }
    throw usageError('export', error);
  }
}

async function assertFree(file: string): Promise<void> {
  const isThere = await lstat(file).then(
    () => true,
    () => false,
  );
  if (isThere) throw new UsageError(`user export: ${file} is there already`);
}

const usageError = (act: 'import' | 'export', error: unknown): UsageError =>
  new UsageError(`user ${act}: ${error instanceof Error ? error.message : String(error)}`);

async function openFile(act: 'import' | 'export', file: string, flags: 'r' | 'wx'): Promise<FileHandle> {
  try {
    return await open(file, flags, 0o600);
  } catch (error) {
    throw usageError(act, error);
  }
}
