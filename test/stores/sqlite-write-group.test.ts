import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import Database from 'libsql';
import { AuthError } from '../../src/domain/errors.js';
import { createSqliteClient, type SqliteClient } from '../../src/stores/sqlite/client.js';
import { ManualClock } from '../support/clock.js';

const INSERT = 'INSERT INTO words (word) VALUES (:word)';

describe('writes that are asked for in one turn', () => {
  let folder: string;
  let path: string;
  let clock: ManualClock;
  let client: SqliteClient;
  /** What another process sees. */
  let other: Database.Database;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-test-'));
    path = join(folder, 'words.db');
    writeFileSync(path, '');
    clock = new ManualClock();
    client = createSqliteClient(path, clock);
    client.writeNow(() => client.all('CREATE TABLE words (word TEXT PRIMARY KEY) STRICT'));
    other = new Database(path, { timeout: 100 });
  });
  afterEach(() => {
    other.close();
    client.close();
    rmSync(folder, { recursive: true });
  });

  const add = (word: string): Promise<string> =>
    client.write(() => {
      client.change(INSERT, { word });
      return word;
    });
  const seen = (): unknown[] =>
    (other.prepare('SELECT word FROM words ORDER BY rowid').all() as { readonly word: string }[]).map(
      ({ word }) => word,
    );
  const outcomes = async (writes: readonly Promise<unknown>[]): Promise<unknown[]> =>
    (await Promise.allSettled(writes)).map((each) =>
      each.status === 'fulfilled' ? each.value : (each.reason as unknown),
    );

  test('are there for another process before any of them is answered, in the order in which they were asked for', async () => {
    const writes = ['one', 'two', 'three'].map((word) => add(word).then(() => seen()));
    expect(seen()).toEqual([]);
    expect(await Promise.all(writes)).toEqual(Array(3).fill(['one', 'two', 'three']));
  });

  test('are one commit; those of the next turn are another', async () => {
    const frames = (): number => {
      // Pages that wait in the log for a checkpoint: one commit writes a page once, however often it changed.
      const [row] = other.prepare('PRAGMA wal_checkpoint(PASSIVE)').all() as { readonly log: number }[];
      return row?.log ?? NaN;
    };
    const before = frames();
    await Promise.all(Array.from({ length: 50 }, (_, index) => add(`together ${index}`)));
    const together = frames() - before;
    for (let index = 0; index < 10; index += 1) await add(`alone ${index}`);
    // The table and its index: each commit writes a page at least, mostly both.
    expect(together).toBeLessThan(10);
    expect(frames() - before - together).toBeGreaterThanOrEqual(10);
  });

  test('see each other, and each its own moment', async () => {
    const readings = Array.from({ length: 3 }, (_, index) =>
      client.write((now) => {
        client.change(INSERT, { word: `word ${index}` });
        clock.advance(1000);
        return [now.getTime(), client.all('SELECT 1 FROM words').length] as const;
      }),
    );
    const began = clock.now().getTime();
    expect(await Promise.all(readings)).toEqual([
      [began, 1],
      [began + 1000, 2],
      [began + 2000, 3],
    ]);
  });

  test('leave nothing of one that throws, and all of the others', async () => {
    const refusal = new AuthError('EMAIL_TAKEN');
    const throwing = client.write(() => {
      client.change(INSERT, { word: 'nobody shall see this' });
      throw refusal;
    });
    const got = await outcomes([add('one'), throwing, add('one'), add('two')]);
    expect(got).toMatchObject(['one', refusal, { code: 'SQLITE_CONSTRAINT_PRIMARYKEY' }, 'two']);
    expect(got[1]).toBe(refusal);
    expect(seen()).toEqual(['one', 'two']);
  });

  test('leave nothing where all of them throw', async () => {
    await add('one');
    const got = await outcomes([add('one'), add('one')]);
    expect(got).toMatchObject([{ code: 'SQLITE_CONSTRAINT_PRIMARYKEY' }, { code: 'SQLITE_CONSTRAINT_PRIMARYKEY' }]);
    expect(await add('two')).toBe('two');
    expect(seen()).toEqual(['one', 'two']);
  });

  test('are all refused where the file is locked for too long, and made once it is not', async () => {
    client.all('PRAGMA busy_timeout = 50');
    other.exec('BEGIN IMMEDIATE');
    const locked = { code: 'SQLITE_BUSY' };
    expect(await outcomes([add('one'), add('two')])).toMatchObject([locked, locked]);
    other.exec('ROLLBACK');
    expect(await outcomes([add('three'), add('four')])).toEqual(['three', 'four']);
    expect(seen()).toEqual(['three', 'four']);
  });

  test('are all refused where the disk is full in the midst of them, and nothing is left of them', async () => {
    const [{ page_count: pages }] = client.all('PRAGMA page_count') as unknown as [{ readonly page_count: number }];
    client.all(`PRAGMA max_page_count = ${String(pages + 2)}`);
    const got = await outcomes([add('small'), add('large'.repeat(10_000)), add('small as well')]);
    const full = { code: 'SQLITE_FULL' };
    expect(got).toMatchObject([full, full, full]);
    expect(await outcomes([add('small'), add('small as well')])).toEqual(['small', 'small as well']);
    expect(seen()).toEqual(['small', 'small as well']);
  });

  test('wait for the disk, unless all of them are light; what comes after does again', async () => {
    const level = (): unknown => client.all('PRAGMA synchronous')[0]?.['synchronous'];
    const [full, normal] = [2, 1];
    expect(await Promise.all([client.writeLightly(level), client.writeLightly(level)])).toEqual([normal, normal]);
    expect(await Promise.all([client.writeLightly(level), client.write(level)])).toEqual([full, full]);
    const refusal = new AuthError('NOT_FOUND');
    const throwing = client.writeLightly(() => {
      throw refusal;
    });
    expect(await outcomes([throwing])).toEqual([refusal]);
    expect([client.writeNow(level), await client.write(level)]).toEqual([full, full]);
  });

  test('are made before the file is closed', async () => {
    const writes = [add('one'), add('two')];
    client.close();
    expect(await outcomes(writes)).toEqual(['one', 'two']);
    expect(seen()).toEqual(['one', 'two']);
    expect(await outcomes([add('three')])).toMatchObject([{ code: 'SERVICE_UNAVAILABLE' }]);
  });
});
