import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { piecesOf, ROOT, type Block } from './documents.js';

const COMPILER = join(ROOT, 'node_modules/typescript-compiler/bin/tsc');

const OPTIONS = {
  ...{ target: 'ES2023', lib: ['ES2023', 'DOM', 'DOM.Iterable'], module: 'NodeNext', moduleResolution: 'NodeNext' },
  ...{ jsx: 'react-jsx', types: ['node'], skipLibCheck: true, noEmit: true, strict: true },
  ...{ noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, verbatimModuleSyntax: true },
};

/** Several checkers at once would take three times as long in all: each looks at what the others do. */
const FRUGAL = ['--checkers', '1'];

/** A module that documents tell, with where each of its lines comes from. */
interface Module {
  readonly file: string;
  readonly lines: string[];
  readonly places: string[];
}

/**
 * Type-checks the modules of documents against the declarations that the package has when it is published, by its
 * `exports`. Documents that register the same roles, which hold for a whole program, share one; so do those that
 * register none.
 */
export async function moduleFaults(blocks: readonly Block[]): Promise<string[]> {
  // Within the repository, so that packages are found; ignored by whatever looks through it.
  mkdirSync(join(ROOT, '.tmp'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.tmp/documents-'));
  try {
    await declarePackage(join(folder, 'node_modules/latchkey'));
    const faults = programsOf(blocks).map(async (documents, index) =>
      programFaults(join(folder, `program-${index}`), documents),
    );
    return (await Promise.all(faults)).flat();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const run = async (...args: string[]): Promise<string> => {
  try {
    await promisify(execFile)(process.execPath, [COMPILER, ...args, ...FRUGAL, '--pretty', 'false'], { cwd: ROOT });
    return '';
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout?: string; readonly stderr?: string };
    if (!stdout) throw new Error(`The compiler failed: ${stderr ?? String(error)}`, { cause: error });
    return stdout;
  }
};

/** Writes the declarations of the package, without a check: `npm run typecheck` does that. */
async function declarePackage(folder: string): Promise<void> {
  const dist = join(folder, 'dist');
  const options = ['--noCheck', '--emitDeclarationOnly', '--sourceMap', 'false', '--incremental', 'false'];
  const emit = async (project: string, outDir: string): Promise<void> => {
    const failed = await run('-p', project, ...options, '--tsBuildInfoFile', 'null', '--outDir', outDir);
    if (failed !== '') throw new Error(failed);
  };
  await Promise.all([emit('tsconfig.build.json', dist), emit('src/client/tsconfig.build.json', dist)]);
  symlinkSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
}

function programsOf(blocks: readonly Block[]): Block[][] {
  const registered = (document: string): string =>
    blocks
      .filter((block) => block.document === document)
      .map(({ text }) => /^declare module 'latchkey[^]*?role: ([^;]+);/m.exec(text)?.[1] ?? '')
      .join('');
  const byProgram = new Map<string, Block[]>();
  for (const block of blocks) {
    const program = registered(block.document);
    byProgram.set(program, [...(byProgram.get(program) ?? []), block]);
  }
  return [...byProgram.values()];
}

async function programFaults(folder: string, blocks: readonly Block[]): Promise<string[]> {
  const modules = modulesOf(blocks);
  for (const { file, lines } of modules) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), lines.join('\n'));
  }
  copyFileSync(join(import.meta.dirname, 'foreign.d.ts'), join(folder, 'foreign.d.ts'));
  const config = { compilerOptions: OPTIONS, include: ['.'] };
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const output = await run('-p', folder);
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => inDocument(line, folder, modules));
}

/** The modules of blocks, in a folder for each document. */
function modulesOf(blocks: readonly Block[]): Module[] {
  const modules = new Map<string, Module>();
  for (const block of blocks) {
    const { document, line, language, words } = block;
    const name = words['file'] ?? `block-${line}.${language}`;
    const file = join(document.replaceAll(/\W/g, '-'), name);
    const module = modules.get(file) ?? { file, lines: [], places: [] };
    modules.set(file, module);
    for (const piece of piecesOf(block)) {
      for (const [index, text] of piece.text.split('\n').entries()) {
        module.lines.push(text);
        module.places.push(`${document}:${piece.line + index}`);
      }
    }
    // A module of its own, also where it neither imports nor exports.
    if (words['file'] === undefined) module.lines.push('export {};');
  }
  return [...modules.values()];
}

/** What the compiler says of a module, said of the document. */
function inDocument(line: string, folder: string, modules: readonly Module[]): string {
  const [, path = '', number = '', message = ''] = /^(.+?)\((\d+),\d+\): (.*)$/.exec(line) ?? [];
  const module = modules.find(({ file }) => join(ROOT, path) === join(folder, file));
  const place = module?.places[Number(number) - 1];
  return place === undefined ? line : `${place}: ${message}`;
}
