/** An aggregation expression. */
export type Expression = string | number | null | readonly Expression[] | Readonly<Record<string, unknown>>;

/** A value that MongoDB takes as it is: without this, a string that starts with `$` would read another field. */
export const literal = (value: unknown): Expression => ({ $literal: value });

/** The store's clock, as an expression of one statement: the database's own, or a moment that a test has set. */
export type NowExpression = '$$NOW' | { readonly $literal: Date };

/** `raisedVer` of the domain, in the statement. */
export const raisedVer = (now: NowExpression): Expression => ({ $max: [{ $add: ['$ver', 1] }, { $toLong: now }] });

/** That moment and so many milliseconds. */
export const after = (moment: Expression, ms: number): Expression => ({ $add: [moment, literal(ms)] });

/**
 * The document with these fields changed. `writtenAt` is the clock in this statement also where the driver had to
 * send it twice: the server then repeats its first answer, without the projection that would have told the time.
 */
export const changed = (changes: Readonly<Record<string, Expression>>, now: NowExpression): Expression => ({
  $mergeObjects: ['$$ROOT', { writtenAt: now, ...changes }],
});
