import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..', '..');
const TIMEOUT_MS = 180_000;
/** As `access-token-verify.ts` and `verified-tokens.ts` count an ordinary token. */
const COUNTED_BYTES = 950;

interface Measured {
  readonly characters: number;
  /** What a `Map` by the token's text takes for each: what is measured can tell. */
  readonly byTextBytes: number;
  readonly rememberedBytes: number;
}

test(
  'a verified token is remembered in no more memory than is counted, and without its text, however long that is',
  async () => {
    const script = [
      '--expose-gc',
      '--import',
      'tsx',
      'bench/verified-tokens.ts',
      '--memory',
      '--remembered=5000',
      '--json',
    ];
    const { stdout } = await promisify(execFile)(process.execPath, script, { cwd: ROOT });
    const measured = JSON.parse(stdout) as Record<string, Measured>;
    const ordinary = measured['memory, ordinary tokens']!;
    const long = measured['memory, tokens of 10 KB']!;

    expect(long.characters).toBeGreaterThan(13_000);
    expect(long.byTextBytes).toBeGreaterThan(long.characters);
    for (const { rememberedBytes } of [ordinary, long]) expect(rememberedBytes).toBeLessThan(COUNTED_BYTES);
  },
  TIMEOUT_MS,
);
