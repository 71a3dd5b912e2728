import { randomInt } from 'node:crypto';
import { createNumberTable } from './number-table.js';

const FEWEST_SLOTS = 1_024;

/**
 * Rows of numbers by id, for very many: what a `Map` of objects would be, in less memory and time, as
 * `bench/revocation-index.ts` measures. Keeps the room that it once needed.
 */
export interface IdTable {
  /** The row of this id; `null` where there is none. */
  find(id: string): number | null;
  /** The row of this id, of zeros where it is new. */
  findOrAdd(id: string): number;
  remove(id: string): void;
  read(row: number, column: number): number;
  write(row: number, column: number, value: number): void;
  readonly size: number;
}

/**
 * A hash table with open addressing. Each slot has the hash beside the row, so that whoever is not there is told by one
 * look into one array: that is the answer to nearly every request, and a `Map` follows some four pointers for it.
 */
export function createIdTable(columns: number): IdTable {
  const numbers = createNumberTable(columns);
  const ids: (string | undefined)[] = [];
  // Random, so that nobody can choose ids that meet.
  const seed = randomInt(2 ** 32);
  /** By twos: a hash, and a row + 1, which is 0 where the slot is free. */
  let slots = new Int32Array(2 * FEWEST_SLOTS);
  let mask = FEWEST_SLOTS - 1;
  let size = 0;

  const hashAt = (slot: number): number => slots[2 * slot] ?? 0;
  const rowAt = (slot: number): number => (slots[2 * slot + 1] ?? 0) - 1;
  const isFree = (slot: number): boolean => rowAt(slot) < 0;
  const after = (slot: number): number => (slot + 1) & mask;

  function fill(slot: number, hash: number, row: number): void {
    slots[2 * slot] = hash;
    slots[2 * slot + 1] = row + 1;
  }

  /** The slot of this id, or the free one where it belongs. */
  function seek(id: string, hash: number): number {
    let slot = hash & mask;
    while (!isFree(slot) && !(hashAt(slot) === hash && ids[rowAt(slot)] === id)) slot = after(slot);
    return slot;
  }

  function grow(): void {
    const old = slots;
    slots = new Int32Array(2 * old.length);
    mask = old.length - 1;
    for (let at = 0; at < old.length; at += 2) {
      const [hash = 0, next = 0] = [old[at], old[at + 1]];
      if (next === 0) continue;
      let slot = hash & mask;
      while (!isFree(slot)) slot = after(slot);
      fill(slot, hash, next - 1);
    }
  }

  /** Whoever was put further on because this slot was taken moves up: a gap would hide them. */
  function vacate(slot: number): void {
    let gap = slot;
    for (let next = after(gap); !isFree(next); next = after(next)) {
      const distance = (next - (hashAt(next) & mask)) & mask;
      if (distance < ((next - gap) & mask)) continue;
      fill(gap, hashAt(next), rowAt(next));
      gap = next;
    }
    fill(gap, 0, -1);
  }

  return {
    find(id) {
      const row = rowAt(seek(id, hash(id, seed)));
      return row < 0 ? null : row;
    },
    findOrAdd(id) {
      // Half of the slots stay free, so that ways are short.
      if (2 * size > mask) grow();
      const idHash = hash(id, seed);
      const slot = seek(id, idHash);
      if (!isFree(slot)) return rowAt(slot);
      const row = numbers.take();
      ids[row] = id;
      fill(slot, idHash, row);
      size += 1;
      return row;
    },
    remove(id) {
      const slot = seek(id, hash(id, seed));
      if (isFree(slot)) return;
      const row = rowAt(slot);
      ids[row] = undefined;
      numbers.release(row);
      vacate(slot);
      size -= 1;
    },
    read: numbers.read,
    write: numbers.write,
    get size() {
      return size;
    },
  };
}

/** Jenkins's one-at-a-time, 32 bits. @see https://burtleburtle.net/bob/hash/doobs.html */
function hash(id: string, seed: number): number {
  let bits = seed | 0;
  for (let at = 0; at < id.length; at += 1) {
    bits = (bits + id.charCodeAt(at)) | 0;
    bits = (bits + (bits << 10)) | 0;
    bits ^= bits >>> 6;
  }
  bits = (bits + (bits << 3)) | 0;
  bits ^= bits >>> 11;
  return (bits + (bits << 15)) | 0;
}
