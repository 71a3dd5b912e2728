import { open, rm, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { AuditAction, NewAuditEntry } from '../domain/audit-entry.js';
import type { Stores } from '../domain/stores.js';
import type { CommandOutcome } from './outcome.js';
import { openProgress } from './progress.js';
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
    const count = await runUserImport({
      stores,
      source: (handle?.createReadStream({ autoClose: false }) ?? process.stdin) as AsyncIterable<Buffer>,
      onBadLine: (bad) => progress.say(isJson ? JSON.stringify(bad) : describeBadLine(bad)),
      onProgress: (soFar, bytes) => progress.update(bytes, describeCount(soFar)),
    });
    await stores.auditEntries.create(entryOf('users-imported', describeCount(count)));
    const text = isJson ? JSON.stringify(count) : describeCount(count);
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
  // Password hashes: for nobody else's eyes, and over nothing that is there.
  const handle = await openFile('export', file, 'wx');
  await auditEntries.create(entryOf('users-exported', null));
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

async function openFile(act: 'import' | 'export', file: string, flags: 'r' | 'wx'): Promise<FileHandle> {
  try {
    return await open(file, flags, 0o600);
  } catch (error) {
    throw new UsageError(`user ${act}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
