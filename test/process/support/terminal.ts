import { execFileSync } from 'node:child_process';
import { describe } from '@jest/globals';

/** Of util-linux; that of other systems takes other arguments. */
function hasScript(): boolean {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    return false;
  }
}

/** Declares tests that run the program on a terminal: skipped, loudly, where none can be had; in CI that is a failure. */
export function describeOnTerminal(name: string, declare: () => void): void {
  const isThere = hasScript();
  const skipped = `Skipped would be ${name}. Tests on a terminal need script, of util-linux.`;
  if (!isThere && process.env['CI'] === 'true') throw new Error(skipped);
  if (!isThere) process.stderr.write(`\n${'!'.repeat(78)}\n${skipped}\n${'!'.repeat(78)}\n\n`);
  (isThere ? describe : describe.skip)(`${name} (terminal)`, declare);
}
