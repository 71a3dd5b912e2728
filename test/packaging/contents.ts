import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

interface PackageFile {
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

/**
 * All that the unpacked package should hold, sorted: what its exports and its program reach by imports, each module with
 * its types and each declaration with its module, the schema, the documents, what a reader opens first, and what the
 * documents lead to: so much of the repository as is not made anew, or made by a run of an example.
 */
export function expectedFiles(unpacked: string, root: string): string[] {
  const { bin, exports } = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as PackageFile;
  const entries = Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? [] : Object.values(entry)));
  const reached = new Set<string>();
  for (const entry of entries) reach(join(unpacked, entry), { reached, isLibrary: true });
  for (const program of Object.values(bin)) reach(join(unpacked, program), { reached, isLibrary: false });
  return [
    ...['LICENSE', 'README.md', 'package.json', 'dist/program/LICENSES.txt'],
    ...['CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', '.env.example', 'Dockerfile', 'docker-compose.yml'],
    ...listCommitted(root, ['deploy', 'examples', 'docs/images']),
    ...[...reached].map((path) => relative(unpacked, path)),
    ...listFiles(join(root, 'schema')).map((name) => `schema/${name}`),
    ...listFiles(join(root, 'docs'))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `docs/${name}`),
  ].sort();
}

const listCommitted = (root: string, folders: readonly string[]): string[] =>
  execFileSync('git', ['ls-files', ...folders], { cwd: root, encoding: 'utf8' })
    .trim()
    .split('\n');

/** Also by what types alone are imported from: TypeScript makes a module of it. Throws where one is missing. */
function reach(path: string, to: { readonly reached: Set<string>; readonly isLibrary: boolean }): void {
  if (to.reached.has(path)) return;
  to.reached.add(path);
  if (to.isLibrary) {
    const isTypes = path.endsWith('.d.ts');
    reach(isTypes ? path.replace(/\.d\.ts$/, '.js') : path.replace(/\.js$/, '.d.ts'), to);
  }
  for (const [, name = ''] of readFileSync(path, 'utf8').matchAll(/(?:from|import) ?\(?["'](\.{1,2}\/[^"']+)["']/g)) {
    reach(join(path, '..', name), to);
  }
}

export const listFiles = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
