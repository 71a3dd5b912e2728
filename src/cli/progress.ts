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

/**
 * A bar where standard error is a terminal; elsewhere, and with nothing to compare with, none: lines alone.
 *
 * @param total `null`: not known
 */
export async function openProgress(total: number | null): Promise<Progress> {
  const write = (line: string): void => void process.stderr.write(`${line}\n`);
  if (!process.stderr.isTTY) return { update: () => undefined, say: write, stop: () => undefined };
  // Not for servers, which import this file too.
  const { default: ora } = await import('ora');
  // Its own handling of the keyboard would keep Ctrl+C from ending the program.
  const spinner = ora({ stream: process.stderr, discardStdin: false, isEnabled: true }).start();
  return {
    update(done, text) {
      spinner.text = total === null ? text : `${bar(done / Math.max(total, 1))}  ${text}`;
      // SQLite answers at once: its own timer would seldom have a turn.
      spinner.render();
    },
    say(line) {
      spinner.clear();
      write(line);
    },
    stop: () => void spinner.stop(),
  };
}

function bar(share: number): string {
  const filled = Math.floor(Math.min(share, 1) * WIDTH);
  const percent = `${Math.floor(Math.min(share, 1) * 100)} %`.padStart(5);
  return `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${percent}`;
}
