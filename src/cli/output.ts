import type { Writable } from 'node:stream';

/**
 * Prints a text, whole. Nobody else is to listen to the stream's errors: who prints hears of them.
 *
 * @throws Error of the system: `EPIPE` where the reader is gone, `ENOSPC` where a disk is full
 */
export const print = (text: string, stream: Writable = process.stdout): Promise<void> =>
  new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });

/** Keeps a failed write from ending the program by a trace: of what {@link print} prints it is told, of the rest nobody can be. */
export function expectFailingOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}
