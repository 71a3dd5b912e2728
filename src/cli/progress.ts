/** Shows on standard error how far something has come. */
export interface Progress {
  /** @param done out of the total */
  update(done: number, text: string): void;
  /** Writes a line, which stays. */
  say(line: string): void;
  /** Removes the bar. */
  stop(): void;
}

const WIDTH = 30;

/** Some terminals are of no columns (`stty`, a terminal of a program that set no size): ora would divide by them, for ever. */
const hasRoom = (): boolean => process.stderr.columns > 0;

/**
 * A bar where standard error is a terminal with columns; elsewhere none: lines alone.
 *
 * @param total `null`: not known
 */
export async function openProgress(total: number | null): Promise<Progress> {
  const write = (line: string): void => void process.stderr.write(`${line}\n`);
  if (!process.stderr.isTTY || !hasRoom()) return { update: () => undefined, say: write, stop: () => undefined };
  // Not for servers, which import this file too.
  const { default: ora } = await import('ora');
  // Its own handling of the keyboard would keep Ctrl+C from ending the program.
  const spinner = ora({ stream: process.stderr, discardStdin: false, isEnabled: true }).start();
  const stop = (): void => void spinner.stop();
  const stopWithoutRoom = (): void => {
    if (!hasRoom()) stop();
  };
  process.stderr.on('resize', stopWithoutRoom);
  return {
    update(done, text) {
      if (!spinner.isSpinning) return;
      spinner.text = total === null ? text : `${bar(done / Math.max(total, 1))}  ${text}`;
      // SQLite answers at once: its own timer would seldom have a turn.
      spinner.render();
    },
    say(line) {
      spinner.clear();
      write(line);
    },
    stop() {
      process.stderr.off('resize', stopWithoutRoom);
      stop();
    },
  };
}

function bar(share: number): string {
  const filled = Math.floor(Math.min(share, 1) * WIDTH);
  const percent = `${Math.floor(Math.min(share, 1) * 100)} %`.padStart(5);
  return `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${percent}`;
}
