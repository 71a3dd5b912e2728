/** Gives what a job came to, be it an error, together with what others came to. */
export type InBatches = <Result>(job: Promise<Result>) => Promise<Result>;

export interface OutcomeBatchesOptions {
  /** How many outcomes are one batch. */
  readonly size: number;
  /** Longest time that one is held. */
  readonly longestMs: number;
  /** Whether a further job waits to begin, and so will end. */
  readonly isAnyWaiting: () => boolean;
}

/**
 * Gives outcomes of jobs several at a time while further jobs wait to begin, and else each as it comes. What goes on behind
 * them then goes on in the same turns of the event loop: a store that gathers the writes of a turn commits once, and what
 * runs stays in the processor's caches, which a job of much memory beside it empties each time.
 */
export function createOutcomeBatches({ size, longestMs, isAnyWaiting }: OutcomeBatchesOptions): InBatches {
  let held: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;

  function giveAll(): void {
    clearTimeout(timer);
    timer = undefined;
    const batch = held;
    held = [];
    for (const give of batch) give();
  }

  function hold(give: () => void): void {
    held.push(give);
    if (held.length >= size || !isAnyWaiting()) giveAll();
    else timer ??= setTimeout(giveAll, longestMs);
  }

  return async (job) => {
    try {
      return await job;
    } finally {
      await new Promise<void>(hold);
    }
  };
}
