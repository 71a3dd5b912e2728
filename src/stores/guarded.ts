/** The same methods, each allowed to answer at once in place of by a promise. */
export type Eventual<Port> = {
  readonly [Name in keyof Port]: Port[Name] extends (...given: infer Given) => Promise<infer Result>
    ? (...given: Given) => Result | Promise<Result>
    : never;
};

/** Runs one call of a method: sees to its deadline, and to the errors that it rejects with. */
export type Guard = (call: () => unknown) => Promise<unknown>;

/** The port made of these methods, every call of which goes through the guard: no method needs a `try` of its own. */
export function guarded<Port extends object>(methods: Eventual<Port>, guard: Guard): Port {
  const calls = Object.entries<(...given: unknown[]) => unknown>(methods).map(([name, method]) => [
    name,
    (...given: unknown[]) => guard(() => method(...given)),
  ]);
  return Object.fromEntries(calls) as Port;
}
