/** How much one request may ask for. More is `OPERATION_TOO_COMPLEX`, and nothing of it runs. */
export interface Limits {
  /** Levels of fields within each other, fragments laid out; introspection is bounded by GraphQL's own rule. */
  readonly depth: number;
  /** Fields under another name, counted at each place where a fragment is used. */
  readonly aliases: number;
  /** Directives of the whole document, wherever they stand. */
  readonly directives: number;
  /** Names, punctuation and values of the document: it is refused while it is read. */
  readonly tokens: number;
  /** Fields that would be resolved, with these variables: see `costOf`. */
  readonly cost: number;
  /** Of a request's body: one that is longer is `BAD_REQUEST` with HTTP 413. */
  readonly bodyBytes: number;
}

export const DEFAULT_LIMITS: Limits = Object.freeze({
  depth: 12,
  aliases: 30,
  directives: 50,
  tokens: 2_000,
  cost: 10_000,
  bodyBytes: 100 * 1024,
});
