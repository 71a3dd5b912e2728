import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { UsageError } from './usage-error.js';

/** No password is that long. */
const MOST_BYTES = 4_096;

/**
 * A new password: asked for twice at a terminal, which shows nothing of it; else the first line of standard input. Never
 * an argument, which every user of the machine could read in the list of processes.
 *
 * @throws UsageError where there is none, or the two are not the same
 */
export async function readNewPassword(input: typeof process.stdin): Promise<string> {
  if (!input.isTTY) return readLine(input);
  const password = await ask(input, 'Password: ');
  if (password !== (await ask(input, 'Once more: '))) throw new UsageError('the two passwords are not the same');
  if (password === '') throw new UsageError('a password is needed');
  return password;
}

async function readLine(input: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of input) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MOST_BYTES || chunk.includes('\n')) break;
  }
  const [line = ''] = decode(Buffer.concat(chunks)).split(/\r?\n/, 1);
  if (line === '') throw new UsageError('a password is needed, as a line of standard input');
  return line;
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UsageError('the password on standard input is no UTF-8');
  }
}

async function ask(input: typeof process.stdin, question: string): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input, output: silent, terminal: true });
  process.stderr.write(question);
  try {
    return await new Promise((resolve, reject) => {
      terminal.once('line', resolve);
      terminal.once('SIGINT', () => reject(new UsageError('no password was given')));
      terminal.once('close', () => reject(new UsageError('no password was given')));
    });
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
