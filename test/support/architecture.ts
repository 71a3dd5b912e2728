import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix, relative, sep } from 'node:path';
import ts from 'typescript';

/** What one folder of `src` (or one module beside the folders) may import. */
export interface ImportRule {
  /** Folders of `src`, and modules beside them. */
  readonly src: readonly string[];
  /** Packages; a `*` stands for every package of a scope. */
  readonly packages: readonly string[];
  readonly builtins: 'any' | readonly string[];
}

/** By folder; the longest name that fits a file is its rule. */
export type ImportTable = Readonly<Record<string, ImportRule>>;

/** Every TypeScript file below a folder, its path given with `/`, relative to that folder. */
export function listSources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

/** The breaches in a folder's files, a sentence each. */
export function checkFolder(folder: string, table: ImportTable): string[] {
  return listSources(folder).flatMap((file) => checkImports(file, readFileSync(join(folder, file), 'utf8'), table));
}

/**
 * The breaches in one file, a sentence each: imports, re-exports, `import()` and types alike.
 * Does not see an `import()` whose argument is computed.
 */
export function checkImports(file: string, text: string, table: ImportTable): string[] {
  const rule = ruleOf(file, table);
  if (rule === undefined) return [`${file} stands in no row of the table`];
  return listImports(text)
    .filter((specifier) => !isAllowed(file, specifier, rule))
    .map((specifier) => `${file} must not import ${specifier}`);
}

/** The names of the packages that a text imports, Node's own modules not among them. */
export function listPackages(text: string): string[] {
  return listImports(text)
    .filter((specifier) => !specifier.startsWith('.') && !isBuiltin(specifier))
    .map((specifier) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier);
}

const listImports = (text: string): string[] =>
  ts.preProcessFile(text, true, true).importedFiles.map((imported) => imported.fileName);

function ruleOf(file: string, table: ImportTable): ImportRule | undefined {
  const name = file.replace(/\.tsx?$/, '');
  const rows = Object.keys(table).filter((row) => name === row || name.startsWith(`${row}/`));
  const row = rows.sort((left, right) => right.length - left.length)[0];
  return row === undefined ? undefined : table[row];
}

function isAllowed(file: string, specifier: string, rule: ImportRule): boolean {
  if (isBuiltin(specifier)) return rule.builtins === 'any' || rule.builtins.includes(specifier);
  if (!specifier.startsWith('.')) return rule.packages.some((pattern) => matchesPackage(specifier, pattern));
  const target = posix.join(posix.dirname(file), specifier).replace(/\.[jt]sx?$/, '');
  return rule.src.some((allowed) => target === allowed || target.startsWith(`${allowed}/`));
}

function matchesPackage(specifier: string, pattern: string): boolean {
  if (pattern.endsWith('/*')) return specifier.startsWith(pattern.slice(0, -1));
  return specifier === pattern || specifier.startsWith(`${pattern}/`);
}
