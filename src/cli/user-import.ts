import type { Clock } from '../domain/clock.js';
import {
  importUsers,
  MOST_HASH_KINDS,
  MOST_HASH_WORK,
  type ImportOutcome,
  type UserImport,
} from '../domain/user-import.js';
import type { UserStore } from '../domain/user-store.js';
import { readLines, type Line } from './lines.js';
import { parseUserRecord, type LineFault } from './user-record.js';

/** A line that was not imported. */
export interface BadLine extends LineFault {
  readonly line: number;
}

/** How far an import has come, and what it came to. */
export interface ImportCount {
  readonly added: number;
  /** Were there already, and were left as they are. */
  readonly alreadyThere: number;
  readonly badLines: number;
}

export interface UserImportOptions {
  readonly stores: { readonly users: Pick<UserStore, 'importMany' | 'listHashKinds'>; readonly clock: Clock };
  /** NDJSON in UTF-8. */
  readonly source: AsyncIterable<Buffer>;
  readonly onBadLine: (bad: BadLine) => void;
  /** After each batch. */
  readonly onProgress: (count: ImportCount, bytes: number) => void;
}

const BATCH = 500;
/** A user with all reasons at their longest takes a third of it. */
const MOST_LINE_BYTES = 65_536;

const REFUSALS: Readonly<Record<Exclude<ImportOutcome, 'added' | 'present'>, LineFault>> = {
  'id-taken': { field: 'id', message: 'is that of a user with another address' },
  'email-taken': { field: 'email', message: 'is that of a user with another id' },
  'too-many-hash-kinds': {
    field: 'passwordHash',
    message:
      'is of a kind that the store has none of yet: with it, each failed sign-in would do the work of more than ' +
      `${MOST_HASH_KINDS} kinds, or ${MOST_HASH_WORK} times that of our own`,
  },
};

/**
 * Imports a user a line; goes on behind bad lines, each of which is told of. Memory holds a batch of lines, however many
 * there are.
 *
 * @throws AuthError `SERVICE_UNAVAILABLE`: run it again, and it goes on
 */
export async function runUserImport(options: UserImportOptions): Promise<ImportCount> {
  const { stores, source, onBadLine, onProgress } = options;
  let count: ImportCount = { added: 0, alreadyThere: 0, badLines: 0 };
  let bytes = 0;

  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      bytes += chunk.length;
      yield chunk;
    }
  }

  for await (const lines of inBatches(readLines(counted(), MOST_LINE_BYTES))) {
    const judged = await importLines(stores, lines);
    for (const { line, fault } of judged) if (fault !== null) onBadLine({ line, ...fault });
    const of = (outcome: Judged['outcome']): number => judged.filter((each) => each.outcome === outcome).length;
    count = {
      added: count.added + of('added'),
      alreadyThere: count.alreadyThere + of('present'),
      badLines: count.badLines + judged.filter(({ fault }) => fault !== null).length,
    };
    onProgress(count, bytes);
  }
  return count;
}

interface Judged {
  readonly line: number;
  readonly outcome: ImportOutcome | null;
  readonly fault: LineFault | null;
}

async function importLines(
  { users, clock }: UserImportOptions['stores'],
  lines: readonly Line[],
): Promise<readonly Judged[]> {
  const now = clock.now();
  const parsed = lines.map(({ number, text }) => ({ line: number, ...parseLine(text, now) }));
  const good = parsed.flatMap(({ user }) => (user === null ? [] : [user]));
  const outcomes = (good.length === 0 ? [] : await importUsers(users, good)).values();
  return parsed.map(({ line, user, fault }) => {
    const outcome = user === null ? null : (outcomes.next().value ?? null);
    const isRefused = outcome !== null && outcome !== 'added' && outcome !== 'present';
    return { line, outcome, fault: isRefused ? REFUSALS[outcome] : fault };
  });
}

function parseLine(text: string | null, now: Date): { user: UserImport | null; fault: LineFault | null } {
  if (text === null) {
    return { user: null, fault: { field: null, message: `is longer than ${MOST_LINE_BYTES} bytes, or no UTF-8` } };
  }
  if (text.trim() === '') return { user: null, fault: null };
  const parsed = parseUserRecord(text, now);
  return parsed.kind === 'user' ? { user: parsed.user, fault: null } : { user: null, fault: parsed.fault };
}

async function* inBatches(lines: AsyncIterable<Line>): AsyncGenerator<readonly Line[]> {
  let batch: Line[] = [];
  for await (const line of lines) {
    batch.push(line);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
