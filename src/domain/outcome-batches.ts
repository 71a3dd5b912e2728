/** Gives what a job came to, be it an error, together with what others came to. */
export type InBatches = <Result>(job: Promise<Result>) => Promise<Result>;

export interface OutcomeBatchesOptions {
  /** How many outcomes are one batch. */
  readonly size: number;
  /** Whether a further job waits to begin, and so will end. */
  readonly isAnyWaiting: () => boolean;
}

/**
 * Gives outcomes of jobs several at a time while further jobs wait to begin, and else each as it comes. What goes on behind
 * them goes on in the same turns of the event loop then: its writes are one commit, and what it runs from stays in the
 * processor's caches, which a job of much memory beside it empties each time. None is held for longer than `size` jobs
 * take that were waiting before it ended.
 */
export function createOutcomeBatches({ size, isAnyWaiting }: OutcomeBatchesOptions): InBatches {
  let held: (() => void)[] = [];

  function giveAll(): void {
    const batch = held;
    held = [];
    for (const give of batch) give();
  }

  return async (job) => {
    try {
      return await job;
    } finally {
      await new Promise<void>((give) => {
        held.push(give);
        if (held.length >= size || !isAnyWaiting()) giveAll();
      });
    }
  };
}
