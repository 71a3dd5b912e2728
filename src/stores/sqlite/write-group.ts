import { setImmediate } from 'node:timers';
import type { Clock } from '../../domain/clock.js';

type Act<Result> = (now: Date) => Result;

export interface WriteKind {
  /** Nobody misses it where the machine crashes. */
  readonly isLight: boolean;
}

/** Writes that are committed together. */
export interface WriteGroup {
  /** Resolves once what `act` did is on the disk, or written lightly; rejects with what it threw, or with what kept it from there. */
  write<Result>(act: Act<Result>, kind: WriteKind): Promise<Result>;
  /** Commits those that wait, now. */
  flush(): void;
}

/** The connection that they are made on. */
export interface GroupedConnection {
  exec(sql: string): void;
  isInTransaction(): boolean;
  /** Runs one act in a transaction of its own, or throws and leaves nothing of it. */
  readonly writeNow: <Result>(act: Act<Result>) => Result;
  /** The same, without waiting for the disk. */
  readonly writeLightlyNow: <Result>(act: Act<Result>) => Result;
  readonly clock: Clock;
}

interface Waiting extends WriteKind {
  readonly act: Act<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/** What became of one act: called once it is certain. */
type Settle = () => void;

/**
 * Gathers the writes that are asked for in one turn of the event loop, and makes them in one transaction: a disk that is
 * waited for once a turn keeps up with ten times as many of them. Each sees what those before it did, and one that throws
 * leaves nothing behind; nobody is answered before the commit.
 *
 * @see https://www.sqlite.org/lang_savepoint.html
 */
export function createWriteGroup(connection: GroupedConnection): WriteGroup {
  let waiting: Waiting[] = [];

  function flush(): void {
    const group = waiting;
    waiting = [];
    if (group.length === 0) return;
    try {
      const isLight = group.every((each) => each.isLight);
      const write = isLight ? connection.writeLightlyNow : connection.writeNow;
      const settled = write(() => runEach(connection, group));
      for (const settle of settled) settle();
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  return {
    write: <Result>(act: Act<Result>, { isLight }: WriteKind) =>
      new Promise<Result>((resolve, reject) => {
        if (waiting.length === 0) setImmediate(flush);
        waiting.push({ act, isLight, resolve: resolve as Waiting['resolve'], reject });
      }),
    flush,
  };
}

/** Throws where nothing is to be kept: what the only act throws, and that SQLite gave up the transaction. */
function runEach({ exec, isInTransaction, clock }: GroupedConnection, group: readonly Waiting[]): Settle[] {
  const settled: Settle[] = [];
  for (const { act, resolve, reject } of group) {
    if (group.length > 1) exec(settled.length === 0 ? 'SAVEPOINT act' : 'RELEASE act; SAVEPOINT act');
    try {
      const result = act(clock.now());
      settled.push(() => resolve(result));
    } catch (error) {
      if (group.length === 1 || !isInTransaction()) throw error;
      exec('ROLLBACK TO act');
      settled.push(() => reject(error));
    }
  }
  return settled;
}
