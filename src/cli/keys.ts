import { parseArgs } from 'node:util';
import type { SigningKeys } from '../domain/signing-key-service.js';
import type { SigningKeyInfo } from '../domain/signing-key-view.js';
import { formatTable } from './table.js';
import { UsageError } from './usage-error.js';

/** What `latchkey keys` is asked to do. */
export interface KeysCommand {
  readonly act: 'list' | 'rotate' | 'reencrypt';
  /** For a rotation: a key leaked. */
  readonly revokes: boolean;
  readonly isJson: boolean;
}

const TITLES = ['ID', 'ALGORITHM', 'STATE', 'CREATED', 'SIGNS FROM', 'SIGNS UNTIL', 'VERIFIES UNTIL'];
const ACTS: readonly string[] = ['list', 'rotate', 'reencrypt'] satisfies KeysCommand['act'][];

/**
 * Reads what stands behind `latchkey keys`.
 *
 * @throws UsageError
 */
export function parseKeysCommand(args: readonly string[]): KeysCommand {
  const { values, positionals } = parse(args);
  const [act = '', ...others] = positionals;
  if (!isAct(act) || others.length > 0) throw new UsageError(`keys: needs one of ${ACTS.join(', ')}`);
  const { json: isJson = false, revoke: revokes = false } = values;
  if (revokes && act !== 'rotate') throw new UsageError(`keys ${act}: has no option --revoke`);
  return { act, revokes, isJson };
}

const isAct = (text: string): text is KeysCommand['act'] => ACTS.includes(text);

function parse(args: readonly string[]) {
  const options = { json: { type: 'boolean' }, revoke: { type: 'boolean' } } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`keys: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Does what the command says, and answers what to print. */
export async function runKeysCommand({ act, revokes, isJson }: KeysCommand, keys: SigningKeys): Promise<string> {
  switch (act) {
    case 'list': {
      const all = await keys.list();
      return isJson ? toJson(all.map(shown)) : toTable(all);
    }
    case 'rotate': {
      const key = await keys.rotate({ revokeCurrent: revokes, by: null });
      return isJson ? toJson(shown(key)) : toTable([key]);
    }
    case 'reencrypt': {
      const reencrypted = await keys.reencrypt();
      return isJson ? toJson({ reencrypted }) : `Encrypted anew: ${reencrypted}\n`;
    }
  }
}

/** As in GraphQL. */
function shown({ kid, algorithm, state, createdAt, signsFrom, signsUntil, verifiesUntil }: SigningKeyInfo) {
  return { id: kid, algorithm, state, createdAt, signsFrom, signsUntil, verifiesUntil };
}

const toJson = (value: unknown): string => `${JSON.stringify(value)}\n`;

function toTable(keys: readonly SigningKeyInfo[]): string {
  if (keys.length === 0) return 'There is no signing key yet: the first start of a server makes it.\n';
  const moments = (key: SigningKeyInfo) => [key.createdAt, key.signsFrom, key.signsUntil, key.verifiesUntil];
  return formatTable(
    TITLES,
    keys.map((key) => [key.kid, key.algorithm, key.state, ...moments(key).map((each) => each?.toISOString() ?? '-')]),
  );
}
