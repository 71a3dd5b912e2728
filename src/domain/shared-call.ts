/**
 * One call after the other, so that no older answer comes behind a newer one. Who calls while one is under way shares
 * the next with all others that do: each is served by one that began after it asked.
 */
export function shareNext<Result>(act: () => Promise<Result>): () => Promise<Result> {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<Result> | null = null;
  return () => {
    next ??= running.then(() => {
      next = null;
      const begun = act();
      running = begun.catch(() => undefined);
      return begun;
    });
    return next;
  };
}
