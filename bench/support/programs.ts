import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, stop } from 'esbuild';
import { bundle, bundleProgram } from '../../deploy/bundle.js';

/** A program of `bench/servers` as plain JavaScript: what compiles while it starts takes time, and memory. */
export interface Program {
  /** What follows `node`. */
  readonly path: string;
  readonly folder: string;
  remove(): void;
}

const ROOT = join(import.meta.dirname, '../..');
const SERVERS = join(import.meta.dirname, '../servers');

/** A folder that finds the packages of this one, and the schema from as deep as modules of a bundle may lie. */
function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
  mkdirSync(join(folder, 'dist'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const each of [folder, join(folder, 'dist')]) symlinkSync(join(ROOT, 'schema'), join(each, 'schema'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  return folder;
}

const outdirOf = (folder: string): string => join(folder, 'dist/server');

const programIn = (folder: string, name: string): Program => ({
  path: join(outdirOf(folder), `${name}.js`),
  folder,
  remove: () => rmSync(folder, { recursive: true, force: true }),
});

/** Bundled with its packages, in the way of ours. */
export async function bundleServer(name: string): Promise<Program> {
  const folder = makeFolder();
  await bundle([join(SERVERS, `${name}.ts`)], outdirOf(folder));
  return programIn(folder, name);
}

/** Module by module, with its packages in `node_modules`; `others` are those that it imports. */
export async function compileServer(name: string, ...others: readonly string[]): Promise<Program> {
  const folder = makeFolder();
  await build({
    entryPoints: [name, ...others].map((each) => join(SERVERS, `${each}.ts`)),
    outdir: outdirOf(folder),
    ...{ format: 'esm', platform: 'node', target: 'node20' },
  });
  await stop();
  return programIn(folder, name);
}

/** Ours, as it is published. */
export async function bundleOurs(): Promise<Program> {
  const folder = makeFolder();
  await bundleProgram(outdirOf(folder));
  return programIn(folder, 'main');
}

/** Where it opens a file, and where it writes. */
const DURABLY = /PRAGMA synchronous = (?:FULL|\$\{how\})/g;

/** Ours, but that it does not wait until SQLite has its commits on the disk: nobody but a benchmark can have that. */
export async function bundleWithoutDurability(): Promise<Program> {
  const program = await bundleOurs();
  const chunks = join(outdirOf(program.folder), 'program');
  let changed = 0;
  for (const name of readdirSync(chunks)) {
    // A long string goes on in the next line, behind a backslash.
    const text = readFileSync(join(chunks, name), 'utf8').replaceAll('\\\n', '');
    const replaced = text.replaceAll(DURABLY, () => {
      changed += 1;
      return 'PRAGMA synchronous = NORMAL';
    });
    if (replaced !== text) writeFileSync(join(chunks, name), replaced);
  }
  if (changed !== 2)
    throw new Error(`the program says ${changed} times how durable it is, and not where it opens and where it writes`);
  return program;
}
