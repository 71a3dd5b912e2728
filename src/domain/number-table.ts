/** Rows are had by so many at a time: growing copies nothing. */
const ROWS_PER_BLOCK = 8_192;

/** Rows of numbers, named by their places. An object for each row would take some four times the memory. */
export interface NumberTable {
  /** The place of a row of zeros. */
  take(): number;
  /** The row's place is for another from now on. */
  release(row: number): void;
  read(row: number, column: number): number;
  write(row: number, column: number, value: number): void;
}

/** Keeps the memory that it once needed. */
export function createNumberTable(columns: number): NumberTable {
  const blocks: Float64Array[] = [];
  const released: number[] = [];
  let rows = 0;

  const blockOf = (row: number): Float64Array | undefined => blocks[Math.floor(row / ROWS_PER_BLOCK)];
  const indexOf = (row: number, column: number): number => (row % ROWS_PER_BLOCK) * columns + column;

  return {
    take() {
      const row = released.pop() ?? rows++;
      if (blockOf(row) === undefined) blocks.push(new Float64Array(ROWS_PER_BLOCK * columns));
      return row;
    },
    release(row) {
      blockOf(row)?.fill(0, indexOf(row, 0), indexOf(row, columns));
      released.push(row);
    },
    read: (row, column) => blockOf(row)?.[indexOf(row, column)] ?? 0,
    write(row, column, value) {
      const block = blockOf(row);
      if (block !== undefined) block[indexOf(row, column)] = value;
    },
  };
}
