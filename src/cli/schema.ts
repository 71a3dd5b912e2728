import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { formatTable } from './table.js';
import { UsageError } from './usage-error.js';

/** What `latchkey schema` is asked to do. */
export interface SchemaCommand {
  readonly act: 'print' | 'check';
  /** Of SDL, merged with Latchkey's own. */
  readonly files: readonly string[];
  /** For a check: fields that nobody has decided about are a fault. */
  readonly failsOnUnprotected: boolean;
  readonly isJson: boolean;
}

/** What is to be known of a schema for that. */
export interface InspectedSchema {
  readonly faults: readonly string[];
  readonly fields: readonly {
    readonly coordinate: string;
    readonly state: string;
    readonly requires: readonly string[];
  }[];
  readonly sdl: string;
}

/** Merges SDL with ours and looks at it. */
export type InspectSchema = (files: readonly { readonly name: string; readonly text: string }[]) => InspectedSchema;

/** What to print, and how to exit. */
export interface SchemaOutcome {
  readonly text: string;
  /** 1: the schema has faults, or what `--fail-on` names. */
  readonly exitCode: 0 | 1;
}

/**
 * Reads what stands behind `latchkey schema`.
 *
 * @throws UsageError
 */
export function parseSchemaCommand(args: readonly string[]): SchemaCommand {
  const { values, positionals } = parse(args);
  const [act, ...files] = positionals;
  if (act !== 'print' && act !== 'check') throw new UsageError('schema: needs one of print, check');
  const { json: isJson = false, 'fail-on': failOn } = values;
  if (failOn !== undefined && act !== 'check') throw new UsageError('schema print: has no option --fail-on');
  if (failOn !== undefined && failOn !== 'unprotected') {
    throw new UsageError(`schema check: --fail-on takes unprotected, not ${failOn}`);
  }
  return { act, files, failsOnUnprotected: failOn !== undefined, isJson };
}

function parse(args: readonly string[]) {
  const options = { json: { type: 'boolean' }, 'fail-on': { type: 'string' } } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`schema: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * Does what the command says. Without files, on Latchkey's own schema.
 *
 * @throws UsageError for a file that cannot be read
 */
export async function runSchemaCommand(command: SchemaCommand, inspect: InspectSchema): Promise<SchemaOutcome> {
  const schema = inspect(await Promise.all(command.files.map(readSdl)));
  const { faults, fields, sdl } = schema;
  const unprotected = fields.filter(({ state }) => state === 'unprotected').map(({ coordinate }) => coordinate);
  const hasFailed = faults.length > 0 || (command.failsOnUnprotected && unprotected.length > 0);
  const exitCode = hasFailed ? 1 : 0;
  if (command.act === 'print' && faults.length === 0) {
    return { text: command.isJson ? toJson({ sdl }) : `${sdl.trimEnd()}\n`, exitCode };
  }
  if (command.isJson) return { text: toJson({ faults, unprotected, fields }), exitCode };
  return { text: command.act === 'print' ? faultsText(faults) : reportText(schema, unprotected), exitCode };
}

async function readSdl(name: string): Promise<{ name: string; text: string }> {
  try {
    return { name, text: await readFile(name, 'utf8') };
  } catch (error) {
    throw new UsageError(`schema: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const toJson = (value: unknown): string => `${JSON.stringify(value)}\n`;

const STATES: Readonly<Record<string, string>> = {
  public: 'anyone (@public)',
  unprotected: 'anyone (UNPROTECTED)',
  inherited: 'as its object',
};

function reportText({ faults, fields }: InspectedSchema, unprotected: readonly string[]): string {
  if (fields.length === 0) return faultsText(faults);
  const rows = fields.map(({ coordinate, state, requires }) => [coordinate, STATES[state] ?? requires.join(', ')]);
  const summary =
    unprotected.length === 0
      ? 'No field is unprotected.\n'
      : `Unprotected, since nothing on the way to them has a rule or says @public (${unprotected.length}):\n${listed(unprotected)}`;
  return [formatTable(['FIELD', 'WHO MAY HAVE IT'], rows), summary, faultsText(faults)]
    .filter((part) => part !== '')
    .join('\n');
}

const faultsText = (faults: readonly string[]): string =>
  faults.length === 0 ? '' : `A server would not start on this schema:\n${listed(faults)}`;

const listed = (lines: readonly string[]): string => lines.map((line) => `- ${line}\n`).join('');
