import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createSqliteClient, type SqliteClient } from '../../src/stores/sqlite/client.js';
import { ManualClock } from '../support/clock.js';

describe('a connection to the file', () => {
  let folder: string;
  let client: SqliteClient;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-test-'));
    const path = join(folder, 'words.db');
    writeFileSync(path, '');
    client = createSqliteClient(path, new ManualClock());
    const tables = [
      'CREATE TABLE words (word TEXT PRIMARY KEY, length INTEGER CHECK (length < 100)) STRICT',
      'CREATE TABLE notes (word TEXT) STRICT',
      `CREATE TRIGGER note AFTER UPDATE ON words BEGIN
        INSERT INTO notes VALUES (new.word), (new.word), (new.word);
      END`,
    ];
    client.writeNow(() => tables.forEach((each) => client.change(each)));
  });
  afterEach(() => {
    client.close();
    rmSync(folder, { recursive: true });
  });

  const ADD = 'INSERT INTO words VALUES (:word, :length)';
  const SET = 'UPDATE words SET length = :length WHERE word >= :from';
  const add = (word: string, length: number): number => client.change(ADD, { word, length });

  test('says how many rows a write changed: none that it did not meet, and none that a trigger wrote', () => {
    expect([add('one', 1), add('two', 2), add('three', 3)]).toEqual([1, 1, 1]);
    expect(client.change(SET, { length: 9, from: 'three' })).toBe(2);
    expect(client.change(SET, { length: 9, from: 'zero' })).toBe(0);
    expect(client.change(SET, { length: 9, from: '' })).toBe(3);
    expect(client.all('SELECT count(*) AS n FROM notes')).toEqual([{ n: 15 }]);
  });

  test('does what a statement is asked for next, when it has failed', () => {
    add('one', 1);
    expect(() => add('one', 2)).toThrow(expect.objectContaining({ code: 'SQLITE_CONSTRAINT_PRIMARYKEY' }));
    expect(add('two', 2)).toBe(1);
    expect(() => client.change(SET, { length: 100, from: '' })).toThrow(/CHECK/);
    expect(client.change(SET, { length: 4, from: 'two' })).toBe(1);

    const returning = `${ADD} RETURNING word`;
    expect(() => client.all(returning, { word: 'one', length: 1 })).toThrow(/UNIQUE/);
    expect(client.all(returning, { word: 'three', length: 3 })).toEqual([{ word: 'three' }]);
    expect(client.all('SELECT word, length FROM words ORDER BY word')).toEqual([
      { word: 'one', length: 1 },
      { word: 'three', length: 3 },
      { word: 'two', length: 4 },
    ]);
  });

  test('reads one row of a statement, then what the next call asks of it, also when it has failed', () => {
    for (const [word, length] of [
      ['one', 1],
      ['two', 2],
    ] as const)
      add(word, length);
    const named = 'SELECT word, length FROM words WHERE length >= :from ORDER BY length';
    expect(client.first(named, { from: 1 })).toEqual({ word: 'one', length: 1 });
    expect(client.first(named, { from: 3 })).toBeNull();
    expect(client.first(named, { from: 2 })).toEqual({ word: 'two', length: 2 });

    // Both ways of reading one text, in turns.
    expect(client.all(named, { from: 2 })).toEqual([{ word: 'two', length: 2 }]);
    expect(client.first(named, { from: 1 })).toEqual({ word: 'one', length: 1 });
    expect(client.all(named, { from: 3 })).toEqual([]);

    const parsed = 'SELECT json(:text) AS text';
    expect(() => client.first(parsed, { text: 'no JSON' })).toThrow(/malformed JSON/);
    for (const text of ['[1]', '[2]']) expect(client.first(parsed, { text })).toEqual({ text });
    // Nothing that was left unread keeps a write from its commit.
    expect(client.writeNow(() => add('three', 3))).toBe(1);
  });

  test('gives each parameter its value, however often and in which order it is named', () => {
    const joined = 'SELECT :b || :a || :b || :c AS text, :none AS none';
    const values = { a: 'A', b: 'B', c: 'C', none: null, ofAnother: 'D' };
    expect(client.first(joined, values)).toEqual({ text: 'BABC', none: null });
    expect(client.all(joined, values)).toEqual([{ text: 'BABC', none: null }]);
    expect(() => client.change(SET, { length: 1 })).toThrow(new TypeError(`:from has no value: ${SET}`));
  });

  test.each([`${ADD} RETURNING word`, 'SELECT word FROM words', 'PRAGMA user_version'])(
    'takes for a write none that yields rows, and goes on: %s',
    async (sql) => {
      await expect(client.write(() => client.change(sql, { word: 'one', length: 1 }))).rejects.toThrow(TypeError);
      expect(client.all('SELECT word FROM words')).toEqual([]);
      expect(await client.write(() => add('two', 2))).toBe(1);
      expect(client.all('SELECT word, length FROM words')).toEqual([{ word: 'two', length: 2 }]);
    },
  );
});
