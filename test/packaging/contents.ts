import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

/** All that the package holds, sorted: each module with its types, the schema, and what a reader opens first. */
export function expectedFiles(root: string): string[] {
  const modules = listFiles(join(root, 'src'))
    .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.d.ts'))
    .map((name) => name.replace(/\.tsx?$/, ''));
  return [
    ...['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'],
    ...modules.flatMap((name) => [`dist/${name}.d.ts`, `dist/${name}.js`]),
    ...listFiles(join(root, 'schema')).map((name) => `schema/${name}`),
  ].sort();
}

const listFiles = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
