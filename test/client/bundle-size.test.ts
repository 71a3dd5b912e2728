import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { build, stop } from 'esbuild';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

/** Of `latchkey/client`; of the others beside what an application has of it already. */
const MOST_BYTES = 6_000;
const ENTRIES = [
  ['latchkey/client', 'auth-client.js', MOST_BYTES],
  ['latchkey/client/apollo', 'apollo/auth-link.js', 1_500],
  ['latchkey/client/urql', 'urql/auth-exchange.js', 1_700],
  ['latchkey/client/react', 'react/index.js', 1_600],
] as const;

const root = join(import.meta.dirname, '../..');
const sizes = readFileSync(join(root, 'docs/client.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| `latchkey.* [\d,]+ +\|$/.test(line));
let built: string;
beforeAll(async () => {
  built = mkdtempSync(join(tmpdir(), 'latchkey-built-'));
  // As `npm run build` does it, to another place.
  const tsc = join(root, 'node_modules/typescript-compiler/bin/tsc');
  const options = ['--checkers', '1', '--outDir', built, '--incremental', 'false', '--tsBuildInfoFile', 'null'];
  await promisify(execFile)(process.execPath, [tsc, '-p', join(root, 'src/client/tsconfig.build.json'), ...options]);
});
afterAll(async () => {
  rmSync(built, { recursive: true });
  await stop();
});

/** What a browser would load, minified and gzipped, of a module that says this; what it takes of others is theirs. */
async function bundledBytes(contents: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: join(built, 'client') },
    ...{ bundle: true, minify: true, write: false, format: 'esm', target: 'es2022', platform: 'browser' },
    packages: 'external',
  });
  return gzipSync(outputFiles[0]!.contents).length;
}

test.each(ENTRIES)(
  '%s (%s), as it is built, is under %d bytes minified and gzipped, all of it',
  async (name, file, most) => {
    const bytes = await bundledBytes(`export * from './${file}';`);
    expect(bytes).toBeLessThan(most);
    const said = sizes.find((line) => line.includes(`\`${name}\``))!.replace(/\D/g, '');
    // Another version of zlib makes a few bytes of difference.
    expect(Math.abs(bytes - Number(said))).toBeLessThan(20);
  },
);

test('a client that is larger would be found', async () => {
  // What does not compress, in place of more code.
  const noise = Array.from({ length: 400 }, (_, index) => Math.sin(index)).join(' ');
  expect(await bundledBytes(`export * from './auth-client.js'; export const noise = '${noise}';`)).toBeGreaterThan(
    MOST_BYTES,
  );
});
