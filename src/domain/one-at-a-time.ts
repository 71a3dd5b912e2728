/**
 * One run after the other, so that no older answer replaces a newer; calls that come while one runs share the next:
 * each is served by one that began after it.
 */
export function oneAtATime<Result>(run: () => Promise<Result>): () => Promise<Result> {
  let running: Promise<unknown> = Promise.resolve();
  let queued: Promise<Result> | null = null;
  return () => {
    queued ??= running.then(() => {
      queued = null;
      const begun = run();
      running = begun.catch(() => undefined);
      return begun;
    });
    return queued;
  };
}
