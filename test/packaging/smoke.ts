/**
 * `npm start`, and the packed package, used elsewhere as a stranger would: it holds what it must and no more, passes `publint` and
 * `@arethetypeswrong/cli`, runs by `npx` in an empty folder with no script of any package run, serves and is imported on
 * every version of Node that it is for, in JavaScript and in TypeScript, its client also for a browser, with types that
 * GraphQL Code Generator writes by `latchkey/codegen`. Run by `.ci/run`: `npx tsx test/packaging/smoke.ts`.
 */
import { execFileSync } from 'node:child_process';
import assert from 'node:assert/strict';
import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BLOG,
  BROWSER,
  BROWSER_CONFIG,
  CLIENT,
  FRONT_END,
  FRONT_END_CONFIG,
  JAVASCRIPT,
  TYPESCRIPT,
  TYPESCRIPT_CONFIG,
} from './consumers.js';
import { expectedFiles, listFiles } from './contents.js';
import { startProgram, type Program } from './program.js';
import { signUpAndIn } from './walk.js';

const root = join(import.meta.dirname, '../..');
const scratch = mkdtempSync(join(tmpdir(), 'latchkey-smoke-'));
/** What `npx` keeps goes there, and with it at the end; what was downloaded before is at hand. */
const cache = join(scratch, 'cache');
const environment = { PATH: process.env['PATH'], HOME: process.env['HOME'], PORT: '0', npm_config_cache: cache };

/** The versions that `engines` speaks of, beside the one that runs this. */
const NODE_VERSIONS = ['22.23.3', '24.21.0', '26.12.1'];
/** Programs that the repository has no use for but here. */
const TOOLS = ['publint@0.3.25', '@arethetypeswrong/cli@0.18.5', '@graphql-codegen/cli@7.4.3'];

function run(cwd: string, command: string, ...words: string[]): string {
  return execFileSync(command, words, {
    cwd,
    env: environment,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** The versions are exact, so what is known of them already is good. */
const install = (folder: string, ...packages: string[]): unknown =>
  run(
    folder,
    'npm',
    'install',
    '--silent',
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    '--prefer-offline',
    ...packages,
  );

function shareDownloads(): void {
  const shared = execFileSync('npm', ['config', 'get', 'cache'], { cwd: root, encoding: 'utf8' }).trim();
  mkdirSync(cache);
  mkdirSync(join(shared, '_cacache'), { recursive: true });
  symlinkSync(join(shared, '_cacache'), join(cache, '_cacache'));
}

function pack(): string {
  run(root, 'npm', 'pack', '--silent', '--pack-destination', scratch);
  const name = readdirSync(scratch).find((each) => each.endsWith('.tgz'));
  assert(name !== undefined, 'npm pack made no tarball');
  return join(scratch, name);
}

function checkContents(tarball: string): void {
  run(scratch, 'tar', 'xzf', tarball);
  const unpacked = join(scratch, 'package');
  assert.deepEqual(listFiles(unpacked).sort(), expectedFiles(unpacked, root));
}

/** Serves, signs up with the set-up code, in at once, and stops; all that it prints is the ready line. */
async function walk(starting: Promise<Program>, endsBy: number | string): Promise<void> {
  const program = await starting;
  try {
    await signUpAndIn(program.url, await program.findOnStderr(/latchkey set-up code: ([\w-]+)/));
  } finally {
    assert.equal(await program.stop(), endsBy, `how it stopped: ${program.stderr()}`);
  }
  assert.equal(program.stdout(), `latchkey ready at ${program.url}\n`, 'nothing else on standard output');
}

/**
 * As `npx latchkey serve` does, but from the tarball: with no script run, and nothing installed that would not have this
 * Node. Returns the folder that it was installed in.
 */
async function serveByNpx(tarball: string): Promise<string> {
  const cwd = join(scratch, 'empty');
  mkdirSync(cwd);
  const words = ['exec', '--yes', '--ignore-scripts', '--engine-strict', `--package=${tarball}`, '--'];
  // npm ends by the signal that its program ended well after.
  await walk(startProgram('npm', [...words, 'latchkey', 'serve'], { cwd, env: environment, detached: true }), 'SIGINT');
  assert.deepEqual(readdirSync(cwd), ['data']);
  assert(readdirSync(join(cwd, 'data')).includes('latchkey.db'));
  backUp(cwd, tarball);
  // In a clone, npx makes a folder in which ours is a link.
  const installed = readdirSync(join(cache, '_npx'))
    .map((name) => join(cache, '_npx', name))
    .filter((folder) => !lstatSync(join(folder, 'node_modules/latchkey')).isSymbolicLink());
  assert.equal(installed.length, 1, `where npx installed the tarball: ${installed.join(', ')}`);
  return installed[0] ?? '';
}

/** As the README begins, in the repository: compiles, serves, and ends by Ctrl-C with 0. */
async function startInRepository(): Promise<void> {
  const folder = join(scratch, 'start');
  const env = { ...environment, STORE_URL: `file:${join(folder, 'latchkey.db')}` };
  const program = await startProgram('npm', ['start'], { cwd: root, env, detached: true });
  try {
    await signUpAndIn(program.url, await program.findOnStderr(/latchkey set-up code: ([\w-]+)/));
  } finally {
    assert.equal(await program.stop(), 0, `how npm start stopped: ${program.stderr()}`);
  }
  run(root, 'npx', '--no', 'latchkey-sqlite-copy', join(folder, 'latchkey.db'), join(folder, 'backup.db'));
  // Above it, npm tells what it runs.
  assert.match(program.stdout(), /^latchkey ready at http:\/\/localhost:\d+\/graphql\n$/m);
  assert.deepEqual(readdirSync(folder).sort(), ['backup.db', 'latchkey.db', 'latchkey.db.secret']);
  process.stdout.write('npm start: compiles, serves, signs up and in, stops, and can be backed up\n');
}

/** As docs/backup.md has it, but from the tarball. */
function backUp(folder: string, tarball: string): void {
  const document = readFileSync(join(root, 'docs/backup.md'), 'utf8');
  const [, line = ''] = /^npx (--package=latchkey latchkey-sqlite-copy data\/\S+ \S+)$/m.exec(document) ?? [];
  const [, ...words] = line.split(' ');
  for (const _night of [1, 2]) run(folder, 'npx', '--yes', `--package=${tarball}`, ...words);
  assert.deepEqual(readdirSync(folder), ['backup.db', 'data']);
  process.stdout.write(`backs up what it served: npx ${line}\n`);
}

/** Puts the program alone there: npm would unpack a thousand headers besides. */
function fetchNode(version: string): string {
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(scratch, version);
  mkdirSync(folder);
  run(folder, 'npm', 'pack', '--silent', '--prefer-offline', `${name}@${version}`);
  run(folder, 'tar', 'xzf', `${name}-${version}.tgz`, 'package/bin/node');
  return join(folder, 'package/bin/node');
}

/** On each version of Node: the program, with its native libraries, and the library. */
async function runOnEachNode(folder: string): Promise<void> {
  const main = join(folder, 'node_modules/latchkey/dist/main.js');
  for (const node of [process.execPath, ...NODE_VERSIONS.map(fetchNode)]) {
    const version = run(folder, node, '--version').trim();
    const env = { ...environment, STORE_URL: `file:./${version}.db` };
    await walk(startProgram(node, [main, 'serve'], { cwd: folder, env }), 0);
    assert.equal(run(folder, node, 'library.js'), 'ok\n', `in JavaScript, on ${version}`);
    process.stdout.write(`on Node ${version}: serves, signs up and in, stops, and can be imported\n`);
  }
}

/** What both say is an error fails here; CommonJS has `import()`, and Node 10 is long gone. */
function lint(folder: string, tarball: string): void {
  const bin = join(folder, 'node_modules/.bin');
  process.stdout.write(run(folder, join(bin, 'publint'), '--strict', tarball));
  run(folder, join(bin, 'attw'), '--profile', 'esm-only', '--no-emoji', tarball);
  process.stdout.write('attw: types are right for each entry point\n');
}

/** What a stranger's programs need beside the package, in the versions that the repository is tested with. */
const COMPANIONS = [
  ...['@types/node', '@types/express', 'express'],
  ...['@graphql-codegen/typescript', '@graphql-codegen/typescript-resolvers'],
  ...['@apollo/client', 'rxjs', '@urql/core', 'wonka', 'react', 'react-dom', '@types/react', '@types/react-dom'],
];

function installCompanions(folder: string): void {
  const versioned = COMPANIONS.map((name) => {
    const text = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8');
    return `${name}@${(JSON.parse(text) as { version: string }).version}`;
  });
  install(folder, ...versioned, ...TOOLS);
}

/** Puts the blog there, and has its types written anew, from its configuration. */
function generateBlog(folder: string): void {
  const blog = join(folder, 'blog');
  cpSync(join(root, 'examples/blog'), blog, { recursive: true });
  const generated = join(blog, 'generated.ts');
  rmSync(generated);
  run(blog, join(folder, 'node_modules/.bin/graphql-codegen'), '--config', 'codegen.ts');
  const text = readFileSync(generated, 'utf8');
  assert.match(text, /role: 'ADMIN' \| 'EDITOR' \| 'MODERATOR';/, 'the roles are registered');
  assert.match(text, /writePost\?: Resolver<.*, SignedIn<ContextType>/, 'a signed-in viewer is known');
}

const readPackage = (folder: string): object =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as object;

/** The client, run by Node and compiled for a browser, before any types of Node are there. */
function importClient(folder: string): void {
  writeFileSync(join(folder, 'client.js'), CLIENT);
  assert.equal(run(folder, 'node', 'client.js'), 'ok\n', 'the client');
  writeFileSync(join(folder, 'browser.ts'), BROWSER);
  writeFileSync(join(folder, 'tsconfig.browser.json'), JSON.stringify(BROWSER_CONFIG));
  run(folder, join(root, 'node_modules/typescript-compiler/bin/tsc'), '--checkers', '1', '-p', 'tsconfig.browser.json');
}

/** Programs that import the package. The compiler is the repository's: the package brings none. */
function importPackage(folder: string): void {
  writeFileSync(join(folder, 'library.ts'), TYPESCRIPT);
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(TYPESCRIPT_CONFIG));
  generateBlog(folder);
  run(folder, join(root, 'node_modules/typescript-compiler/bin/tsc'), '--checkers', '1', '-p', '.');
  assert.equal(run(folder, 'node', 'built/library.js'), 'ok\n', 'in TypeScript');
  writeFileSync(join(folder, 'front-end.tsx'), FRONT_END);
  writeFileSync(join(folder, 'front-end.json'), JSON.stringify(FRONT_END_CONFIG));
  run(folder, join(root, 'node_modules/typescript-compiler/bin/tsc'), '--checkers', '1', '-p', 'front-end.json');
  assert.equal(run(folder, 'node', 'built/front-end.js'), 'ok\n', 'in a front end');
  writeFileSync(join(folder, 'start-blog.js'), BLOG);
  assert.equal(run(folder, 'node', 'start-blog.js'), 'ok\n', 'the example of a blog');
}

try {
  shareDownloads();
  await startInRepository();
  const tarball = pack();
  checkContents(tarball);
  const folder = await serveByNpx(tarball);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...readPackage(folder), type: 'module' }));
  writeFileSync(join(folder, 'library.js'), JAVASCRIPT);
  await runOnEachNode(folder);
  importClient(folder);
  installCompanions(folder);
  lint(folder, tarball);
  importPackage(folder);
  process.stdout.write('the packed package runs by npx, serves, signs up, signs in and stops, and can be imported\n');
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
