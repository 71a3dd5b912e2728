import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..', '..');
const MOST_MEGABYTES = 150;
const TIMEOUT_MS = 300_000;

interface Measured {
  readonly held: number;
  readonly megabytes: number;
  readonly turnedOverMegabytes: number;
}

describe('the memory that 1,000,000 revocations take', () => {
  let measured: Record<string, Measured>;
  beforeAll(async () => {
    const script = ['--expose-gc', '--import', 'tsx', 'bench/revocation-index.ts', '--memory', '--json'];
    const { stdout } = await promisify(execFile)(process.execPath, script, { cwd: ROOT });
    measured = JSON.parse(stdout) as Record<string, Measured>;
  }, TIMEOUT_MS);

  test.each(['sessions', 'users', 'both'])(
    'of %s is 150 MB at most, also once as many more have taken their place',
    (kind) => {
      const { held, megabytes, turnedOverMegabytes } = measured[kind]!;
      expect(held).toBe(1_000_000);
      // So little would mean that something else was measured.
      expect(megabytes).toBeGreaterThan(50);
      expect(Math.max(megabytes, turnedOverMegabytes)).toBeLessThan(MOST_MEGABYTES);
    },
  );
});
