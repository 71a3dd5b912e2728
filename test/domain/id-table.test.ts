import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createIdTable, type IdTable } from '../../src/domain/id-table.js';

const COLUMNS = 2;

/** The table and a `Map` side by side. */
function createPair() {
  const table = createIdTable(COLUMNS);
  const model = new Map<string, number>();
  return {
    table,
    model,
    set(id: string, value: number) {
      table.write(table.findOrAdd(id), 1, value);
      model.set(id, value);
    },
    remove(id: string) {
      table.remove(id);
      model.delete(id);
    },
  };
}

function valueOf(table: IdTable, id: string): number | undefined {
  const row = table.find(id);
  return row === null ? undefined : table.read(row, 1);
}

describe('a table of rows by id', () => {
  test('has a row of zeros for whoever is new, and none for anybody else', () => {
    const table = createIdTable(COLUMNS);
    expect([table.find('a'), table.find(''), table.size]).toEqual([null, null, 0]);
    const row = table.findOrAdd('a');
    expect([table.read(row, 0), table.read(row, 1), table.find('a'), table.find('A')]).toEqual([0, 0, row, null]);
    table.write(row, 1, 7);
    expect(table.findOrAdd('a')).toBe(row);
    expect([table.read(row, 0), table.read(row, 1), table.size]).toEqual([0, 7, 1]);
  });

  test('gives nothing of one who is gone to the next', () => {
    const table = createIdTable(COLUMNS);
    table.write(table.findOrAdd('a'), 1, 7);
    table.remove('a');
    table.remove('a');
    expect([table.find('a'), table.size]).toEqual([null, 0]);
    expect(table.read(table.findOrAdd('b'), 1)).toBe(0);
    expect(table.read(table.findOrAdd('a'), 1)).toBe(0);
    expect(table.size).toBe(2);
  });

  test('is what a Map is, over any sequence of acts, whatever the ids', () => {
    const id = fc.oneof(fc.constantFrom('', 'a', 'b', '__proto__', 'constructor'), fc.string({ unit: 'binary' }));
    const act = fc.record({ id, kind: fc.constantFrom('set', 'remove'), value: fc.double({ noNaN: true }) });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const pair = createPair();
        for (const { id: name, kind, value } of acts) {
          if (kind === 'set') pair.set(name, value);
          else pair.remove(name);
        }
        expect(pair.table.size).toBe(pair.model.size);
        const names = acts.map((each) => each.id);
        expect(names.map((name) => valueOf(pair.table, name))).toEqual(names.map((name) => pair.model.get(name)));
      }),
    );
  });

  test('is so also while it grows, and while very many come and go', () => {
    const pair = createPair();
    for (let each = 0; each < 60_000; each += 1) {
      pair.set(`id-${each}`, each);
      // Not in the order in which they came.
      if (each % 3 !== 0) pair.remove(`id-${(each * 7_919) % (each + 1)}`);
    }
    expect(pair.table.size).toBe(pair.model.size);
    expect(pair.model.size).toBeLessThan(59_000);
    const wrong = Array.from({ length: 60_000 }, (_, each) => `id-${each}`).filter(
      (id) => valueOf(pair.table, id) !== pair.model.get(id),
    );
    expect(wrong).toEqual([]);
  });

  test('takes nobody for another, though of so many some have the same hash', () => {
    const table = createIdTable(COLUMNS);
    // Of 300,000 and 300,000 others some 20 meet in 32 bits; that none does happens once in a thousand million times.
    for (let each = 0; each < 300_000; each += 1) table.findOrAdd(`one-${each}`);
    const mistaken = Array.from({ length: 300_000 }, (_, each) => `other-${each}`).filter(
      (id) => table.find(id) !== null,
    );
    expect(mistaken).toEqual([]);
    expect(table.size).toBe(300_000);
  });

  test('keeps its room: who comes in the place of one who is gone makes it no larger', () => {
    const table = createIdTable(COLUMNS);
    const rows = new Set<number>();
    for (let each = 0; each < 20_000; each += 1) {
      rows.add(table.findOrAdd(`id-${each}`));
      table.remove(`id-${each - 100}`);
    }
    expect([table.size, rows.size]).toEqual([100, 101]);
  });
});
