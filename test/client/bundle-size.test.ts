import { expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const MOST_BYTES = 6_000;

/** What a browser would load, minified and gzipped, of a module that says this. */
async function bundledBytes(contents: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: join(import.meta.dirname, '../../src/client'), loader: 'ts' },
    ...{ bundle: true, minify: true, write: false, format: 'esm', target: 'es2022', platform: 'browser' },
  });
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length;
}

test('latchkey/client is under 6 KB minified and gzipped, all of it', async () => {
  expect(await bundledBytes(`export * from './auth-client.js';`)).toBeLessThan(MOST_BYTES);
});

test('a client that is larger would be found', async () => {
  // What does not compress, in place of more code.
  const noise = Array.from({ length: 400 }, (_, index) => Math.sin(index)).join(' ');
  expect(await bundledBytes(`export * from './auth-client.js'; export const noise = '${noise}';`)).toBeGreaterThan(
    MOST_BYTES,
  );
});
