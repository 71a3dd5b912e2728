export type SqlValue = string | number | null;
/** Values by name: `:name` in the statement. A name that the statement lacks is ignored. */
export type SqlParameters = Readonly<Record<string, SqlValue>>;

/** A row by column; which columns there are, and of what type, the statement and the STRICT tables decide. */
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** What the rows of a statement, or of a table, hold. */
export interface RowShape {
  /** In their order. */
  readonly columns: readonly string[];
  /** A row with nothing in it yet: copies of it are alike to V8, while one that grew by so many names is a dictionary. */
  readonly blank: SqlRow;
}

/** The shape of rows with these columns. */
export const createRowShape = (columns: readonly string[]): RowShape => ({
  columns,
  blank: Object.fromEntries(columns.map((name) => [name, null])),
});

/** The row with these values, in the order of the columns. */
export function toRow({ columns, blank }: RowShape, values: readonly SqlValue[]): SqlRow {
  const row: Record<string, SqlValue> = { ...blank };
  for (const [index, name] of columns.entries()) row[name] = values[index] ?? null;
  return row;
}
