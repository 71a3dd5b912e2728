import { parseArgs } from 'node:util';
import type { StoreVersion } from '../domain/store-version.js';
import { toJson, type CommandOutcome } from './outcome.js';
import { UsageError } from './usage-error.js';

/** What `latchkey migrate` is asked to do. */
export interface MigrateCommand {
  /** Look alone. */
  readonly isCheck: boolean;
  readonly isJson: boolean;
}

/** The store's version, to be looked at or brought up to date. */
export interface MigrateTools {
  readonly inspect: () => Promise<StoreVersion>;
  readonly migrate: () => Promise<StoreVersion>;
}

/**
 * Reads what stands behind `latchkey migrate`.
 *
 * @throws UsageError
 */
export function parseMigrateCommand(args: readonly string[]): MigrateCommand {
  const options = { json: { type: 'boolean' }, check: { type: 'boolean' } } as const;
  try {
    const { values } = parseArgs({ args: [...args], options });
    return { isCheck: values.check ?? false, isJson: values.json ?? false };
  } catch (error) {
    throw new UsageError(`migrate: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Does what the command says. A check that finds something to do has failed. */
export async function runMigrateCommand(
  { isCheck, isJson }: MigrateCommand,
  tools: MigrateTools,
): Promise<CommandOutcome> {
  const { found, needed, pending: steps } = await (isCheck ? tools.inspect() : tools.migrate());
  const shown = isCheck
    ? { version: found, needed, pending: steps, done: [] }
    : { version: needed, needed, pending: [], done: steps };
  const exitCode = shown.pending.length > 0 ? 1 : 0;
  return { text: isJson ? toJson(shown) : toText(found, shown), exitCode };
}

interface Shown {
  readonly version: number;
  readonly needed: number;
  readonly pending: readonly string[];
  readonly done: readonly string[];
}

function toText(found: number, { version, needed, pending, done }: Shown): string {
  if (pending.length > 0) {
    return `The store is of version ${version}, this Latchkey needs ${needed}. To be made, by latchkey migrate or the next start of a server:\n${listed(pending)}`;
  }
  if (done.length === 0) return `The store is of version ${version}, as this Latchkey needs it: nothing to do.\n`;
  return `The store was of version ${found}, and is of version ${version} now. Made:\n${listed(done)}`;
}

const listed = (lines: readonly string[]): string => lines.map((line) => `- ${line}\n`).join('');
