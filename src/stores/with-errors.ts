/** The same methods, each allowed to answer at once in place of by a promise. */
export type Eventual<Port> = {
  readonly [Name in keyof Port]: Port[Name] extends (...given: infer Given) => Promise<infer Result>
    ? (...given: Given) => Result | Promise<Result>
    : never;
};

/**
 * The port made of these methods, with every error translated, so that no method needs a `try` of its own: what a
 * method throws or rejects with becomes a rejection with what `translate` makes of it.
 */
export function withErrors<Port extends object>(methods: Eventual<Port>, translate: (error: unknown) => unknown): Port {
  const wrapped = Object.entries<(...given: unknown[]) => unknown>(methods).map(([name, method]) => [
    name,
    async (...given: unknown[]): Promise<unknown> => {
      try {
        return await method(...given);
      } catch (error) {
        throw translate(error);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as Port;
}
