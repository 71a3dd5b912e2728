/** Something that is done again and again, until it is stopped. */
export interface Repetition {
  /** Does it once more, after what runs. */
  runOnceMore(): Promise<void>;
  /** Resolves once what runs has ended. */
  stop(): Promise<void>;
}

/** As `repeat`, once a second. */
export const eachSecond = (act: () => Promise<void>, onFailure: (error: unknown) => void): Repetition =>
  repeat(1_000, act, onFailure);

/** Does this again and again, never twice at once and without keeping the process alive; what fails is told and goes on. */
export function repeat(intervalMs: number, act: () => Promise<void>, onFailure: (error: unknown) => void): Repetition {
  let running: Promise<void> | null = null;
  const run = (): Promise<void> =>
    (running ??= act()
      .catch(onFailure)
      .finally(() => (running = null)));
  const timer = setInterval(() => void run(), intervalMs).unref();
  return {
    async runOnceMore() {
      await running;
      await run();
    },
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
