import Database from 'libsql';
import type { Clock } from '../../domain/clock.js';
import { AuthError } from '../../domain/errors.js';
import { createRowShape, toRow, type RowShape, type SqlParameters, type SqlRow, type SqlValue } from './rows.js';
import { createWriteGroup } from './write-group.js';

/**
 * One connection to the file. A statement is synchronous: between two of one function nothing else runs. Each throws a
 * `TypeError` where a parameter that it names is not given.
 */
export interface SqliteClient {
  /** Every row that the statement yields; for a write, those of its `RETURNING`. */
  all(sql: string, parameters?: SqlParameters): SqlRow[];
  /**
   * How many rows a write without `RETURNING` changed, but for those that triggers did.
   *
   * @throws TypeError for a statement that yields rows
   */
  change(sql: string, parameters?: SqlParameters): number;
  /** The first row, or `null`. */
  first(sql: string, parameters?: SqlParameters): SqlRow | null;
  /**
   * Runs `act` alone: no other connection writes meanwhile, and all of it happens or nothing. Resolves once it is on the
   * disk. What is asked for in one turn of the event loop is committed together: the disk is waited for once.
   */
  write<Result>(act: (now: Date) => Result): Promise<Result>;
  /**
   * The same for what may be lost with the machine, though not with the process: where nothing else is asked for in the
   * turn, the disk is not waited for.
   */
  writeLightly<Result>(act: (now: Date) => Result): Promise<Result>;
  /** The same as `write`, at once and by itself. */
  writeNow<Result>(act: (now: Date) => Result): Result;
  now(): Date;
  close(): void;
}

interface Prepared {
  readonly sql: string;
  readonly statement: Database.Statement;
  /** Of its parameters, in the order in which SQLite numbers them. */
  readonly names: readonly string[];
  /** Whether its first row is read by `get`: where it only reads, and what follows may be left unread, until that failed once. */
  readonly isReadByGet: boolean;
  /** What its rows hold; `null` where it yields none. */
  readonly shape: RowShape | null;
}

/**
 * Rows come as arrays: to set each property of each by its name takes libsql half as long again. So the names are those
 * of the moment when it was prepared, and statements name their columns, which no `*` does for a table that grows.
 */
function prepare(database: Database.Database, sql: string): Prepared {
  const statement = database.prepare(sql);
  const names = [...new Set(Array.from(sql.matchAll(/:(\w+)/g), ([, name]) => String(name)))];
  const read = { sql, names, isReadByGet: sql.startsWith('SELECT ') };
  if (!statement.reader) return { ...read, statement, shape: null };
  const columns = statement.columns().map(({ name }) => name);
  return { ...read, statement: statement.raw(true), shape: createRowShape(columns) };
}

/** By number: to look each up by its name takes libsql as long as an update of a row takes SQLite. */
function bind({ sql, names }: Prepared, parameters: SqlParameters): SqlValue[] {
  return names.map((name) => {
    const value = parameters[name] ?? null;
    if (value === null && !(name in parameters)) throw new TypeError(`:${name} has no value: ${sql}`);
    return typeof value === 'string' ? storable(value) : value;
  });
}

/**
 * libsql reads a string up to its first NUL, so that what was stored as `ann\0junk` would come back as `ann`: a NUL
 * becomes U+FFFD, as a lone surrogate does anyway.
 */
const storable = (text: string): string => (text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text);

/** Opens the file. It exists already, with the mode it shall have. */
export function createSqliteClient(path: string, clock: Clock): SqliteClient {
  const database = new Database(path, { timeout: 5000 });
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON',
  );
  const statements = new Map<string, Prepared>();
  /** Of which the first row alone is read. Others: `get` would run one that `all` has run with the parameters of then. */
  const firsts = new Map<string, Prepared>();
  let synchronous: 'FULL' | 'NORMAL' = 'FULL';

  /** Whether a commit waits for the disk. In write-ahead mode a crash of the machine else loses the last ones, and leaves those before whole. */
  function synchronize(how: typeof synchronous): void {
    if (how === synchronous) return;
    // Whatever befalls the statement: never taken to wait while it does not.
    synchronous = 'NORMAL';
    database.exec(`PRAGMA synchronous = ${how}`);
    synchronous = how;
  }

  function assertOpen(): void {
    if (!database.open) throw new AuthError('SERVICE_UNAVAILABLE', { cause: new Error('The store is closed.') });
  }

  function prepared(sql: string, among = statements): Prepared {
    assertOpen();
    const known = among.get(sql) ?? prepare(database, sql);
    among.set(sql, known);
    return known;
  }

  const all = (sql: string, parameters: SqlParameters = {}): SqlRow[] => allOf(prepared(sql), parameters);

  function allOf(known: Prepared, parameters: SqlParameters): SqlRow[] {
    const { statement, shape } = known;
    const rows = statement.all(bind(known, parameters)) as SqlValue[][];
    return shape === null ? [] : rows.map((values) => toRow(shape, values));
  }

  function first(sql: string, parameters: SqlParameters = {}): SqlRow | null {
    const known = prepared(sql, firsts);
    const { statement, shape, isReadByGet } = known;
    // What a statement with `RETURNING` has not done by its first row, it does by its last.
    if (!isReadByGet || shape === null) return allOf(known, parameters)[0] ?? null;
    try {
      const values = statement.get(bind(known, parameters)) as SqlValue[] | undefined;
      return values === undefined ? null : toRow(shape, values);
    } catch (error) {
      // `get` would not reset it, and ignore the parameters of its next run; `all` does, and ends what it has open.
      firsts.set(sql, { ...known, isReadByGet: false });
      throw error;
    }
  }

  function change(sql: string, parameters: SqlParameters = {}): number {
    const known = prepared(sql);
    const { statement, shape } = known;
    // libsql would leave it unfinished after its first row, and nothing could be committed any more.
    if (shape !== null) throw new TypeError(`yields rows, which nobody would read: ${sql}`);
    return statement.run(bind(known, parameters)).changes;
  }

  function writeAs<Result>(how: typeof synchronous, act: (now: Date) => Result): Result {
    assertOpen();
    synchronize(how);
    // Not as prepared statements: libsql leaves one that met a locked file unfinished, and no later one could commit.
    database.exec('BEGIN IMMEDIATE');
    try {
      // Read once the lock is held: a wait for another process must not make a write look older than it is.
      const result = act(clock.now());
      database.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite rolls back by itself after some errors (disk full, I/O); a second ROLLBACK would hide the cause.
      if (database.inTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }

  const writeNow = <Result>(act: (now: Date) => Result): Result => writeAs('FULL', act);

  const group = createWriteGroup({
    exec: (sql) => void database.exec(sql),
    isInTransaction: () => database.inTransaction,
    writeNow,
    writeLightlyNow: (act) => writeAs('NORMAL', act),
    clock,
  });

  return {
    all,
    change,
    first,
    write: (act) => group.write(act, { isLight: false }),
    writeLightly: (act) => group.write(act, { isLight: true }),
    writeNow,
    now: () => clock.now(),
    close() {
      if (!database.open) return;
      group.flush();
      statements.clear();
      firsts.clear();
      try {
        // Left to itself, libsql keeps the log beside the file: who copies the file alone would miss what is in there.
        database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      } finally {
        database.close();
      }
    },
  };
}
