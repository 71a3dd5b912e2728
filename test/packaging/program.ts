import { spawn } from 'node:child_process';
import type { SpawnOptions } from 'node:child_process';

/** A `latchkey serve` of its own process, listening. */
export interface Program {
  /** The address of the ready line. */
  readonly url: string;
  /** All that it printed so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Waits for a text on standard error and resolves to the pattern's first group. */
  readonly findOnStderr: (pattern: RegExp) => Promise<string>;
  /**
   * Sends SIGTERM, or, where it was started `detached`, SIGINT to all of its processes, as a terminal does; resolves to
   * the exit code, or to the signal that ended it.
   */
  readonly stop: () => Promise<number | string>;
}

/** On a busy machine, with an installation before it. */
const printTimeoutMs = 300_000;
const stopTimeoutMs = 20_000;

/** Starts a program and waits for its ready line; rejects, with what it printed, where none comes within five minutes. */
export async function startProgram(command: string, words: readonly string[], options: SpawnOptions): Promise<Program> {
  const child = spawn(command, words, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.stderr += text));
  const ended = new Promise<number | string>((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('close', (code, signal) => {
      resolve(code ?? signal ?? 'unknown');
    });
  });

  const find = (stream: 'stdout' | 'stderr', pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(printed[stream])?.[1];
        if (found !== undefined) settle(() => resolve(found));
      };
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        child[stream].off('data', look);
        act();
      };
      const fail = (why: string): void => {
        child.kill('SIGKILL');
        settle(() => reject(new Error(`${why}\n${printed.stdout}\n${printed.stderr}`)));
      };
      const timer = setTimeout(fail, printTimeoutMs, `${pattern.source} was not printed`);
      child[stream].on('data', look);
      void ended.then((code) => fail(`ended with ${code} before it printed ${pattern.source}`));
      look();
    });

  return {
    url: await find('stdout', /^latchkey ready at (http:\S+)\n/m),
    stdout: () => printed.stdout,
    stderr: () => printed.stderr,
    findOnStderr: (pattern) => find('stderr', pattern),
    stop: () => {
      const send = (signal: NodeJS.Signals): boolean =>
        options.detached === true ? process.kill(-child.pid!, signal) : child.kill(signal);
      send(options.detached === true ? 'SIGINT' : 'SIGTERM');
      const timer = setTimeout(() => send('SIGKILL'), stopTimeoutMs);
      return ended.finally(() => clearTimeout(timer));
    },
  };
}
