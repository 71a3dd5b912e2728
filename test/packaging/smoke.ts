/**
 * The packed package, installed in an empty folder and used there as a stranger would: started on SQLite, signed up
 * at with the set-up code, signed in at once, stopped; and imported, in JavaScript and in TypeScript, its client also for
 * a browser, with types that
 * GraphQL Code Generator writes by `latchkey/codegen`. Run by `.ci/run`: `npx tsx test/packaging/smoke.ts`.
 */
import { execFileSync } from 'node:child_process';
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
import { startProgram } from './program.js';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'latchkey-smoke-'));
const environment = { PATH: process.env['PATH'], HOME: process.env['HOME'], PORT: '0' };

function run(cwd: string, command: string, ...words: string[]): string {
  return execFileSync(command, words, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Installs the tarball, and says what it holds. */
function installPackage(): string[] {
  run(root, 'npm', 'pack', '--silent', '--pack-destination', folder);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  assert(tarball !== undefined, 'npm pack made no tarball');
  writeFileSync(join(folder, 'package.json'), '{ "name": "stranger", "private": true, "type": "module" }\n');
  run(folder, 'npm', 'install', '--silent', '--no-audit', '--no-fund', `./${tarball}`);
  return run(folder, 'tar', 'tzf', tarball)
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''));
}

function checkContents(files: readonly string[]): void {
  for (const file of [
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'package.json',
    'dist/main.js',
    'dist/index.js',
    'dist/index.d.ts',
    'dist/client/apollo/auth-link.js',
    'dist/client/react/index.js',
    'dist/client/urql/auth-exchange.js',
    'dist/client/auth-client.js',
    'dist/client/auth-client.d.ts',
    'dist/codegen/preset.js',
    'dist/codegen/preset.d.ts',
  ]) {
    assert(files.includes(file), `${file} is not in the package`);
  }
  assert(files.some((file) => file.startsWith('schema/') && file.endsWith('.graphql')));
  const strange = files.filter(
    (file) => !/^(?:dist\/.+\.(?:js|d\.ts)|schema\/.+\.graphql|[^/]+\.md|LICENSE|package\.json)$/.test(file),
  );
  assert.deepEqual(strange, [], 'files that a user has no need of');
}

interface Answer {
  readonly data?: Readonly<Record<string, Readonly<Record<string, unknown>> | null>>;
  readonly errors?: unknown;
}

/** One operation; fails where the answer has errors. */
async function ask(
  url: string,
  query: string,
  variables: object,
  accessToken?: string,
): Promise<NonNullable<Answer['data']>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-session-transport': 'header',
      ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
    },
    body: JSON.stringify({ query, variables }),
  });
  const answer = (await response.json()) as Answer;
  assert.equal(answer.errors, undefined, JSON.stringify(answer.errors));
  assert(answer.data, 'no data');
  return answer.data;
}

async function signUpAndIn(url: string, setupCode: string): Promise<void> {
  const account = { email: 'admin@example.com', password: 'correct horse battery staple' };
  const payload = 'accessToken refreshToken user { id }';
  const signedUp = await ask(url, `mutation ($input: SignUpInput!) { signUp(input: $input) { ${payload} } }`, {
    input: { ...account, setupCode },
  });
  const signedIn = await ask(url, `mutation ($input: SignInInput!) { signIn(input: $input) { ${payload} } }`, {
    input: account,
  });
  assert.deepEqual(signedIn['signIn']?.['user'], signedUp['signUp']?.['user']);
  const accessToken = signedIn['signIn']?.['accessToken'];
  assert(typeof accessToken === 'string', 'no access token');
  const { viewer } = await ask(url, '{ viewer { id roles } }', {}, accessToken);
  assert.deepEqual(viewer, { ...(signedIn['signIn']?.['user'] as object), roles: ['ADMIN'] });
}

/** What a stranger's programs need beside the package, in the versions that the repository is tested with. */
const COMPANIONS = [
  ...['@types/node', '@types/express', 'express'],
  ...['@graphql-codegen/typescript', '@graphql-codegen/typescript-resolvers'],
  ...['@apollo/client', 'rxjs', '@urql/core', 'wonka', 'react', 'react-dom', '@types/react', '@types/react-dom'],
];
/** The program that runs presets: the repository has no use for it. */
const CODE_GENERATOR = '@graphql-codegen/cli@7.4.3';

function installCompanions(): void {
  const versioned = COMPANIONS.map((name) => {
    const text = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8');
    return `${name}@${(JSON.parse(text) as { version: string }).version}`;
  });
  run(folder, 'npm', 'install', '--silent', '--no-audit', '--no-fund', ...versioned, CODE_GENERATOR);
}

/** Puts the blog there, and has its types written anew, from its configuration. */
function generateBlog(): void {
  const blog = join(folder, 'blog');
  cpSync(join(root, 'examples/blog'), blog, { recursive: true });
  const generated = join(blog, 'generated.ts');
  rmSync(generated);
  run(blog, join(folder, 'node_modules/.bin/graphql-codegen'), '--config', 'codegen.ts');
  const text = readFileSync(generated, 'utf8');
  assert.match(text, /role: 'ADMIN' \| 'EDITOR' \| 'MODERATOR';/, 'the roles are registered');
  assert.match(text, /writePost\?: Resolver<.*, SignedIn<ContextType>/, 'a signed-in viewer is known');
}

/** The client, run by Node and compiled for a browser, before any types of Node are there. */
function importClient(): void {
  writeFileSync(join(folder, 'client.js'), CLIENT);
  assert.equal(run(folder, 'node', 'client.js'), 'ok\n', 'the client');
  writeFileSync(join(folder, 'browser.ts'), BROWSER);
  writeFileSync(join(folder, 'tsconfig.browser.json'), JSON.stringify(BROWSER_CONFIG));
  run(folder, join(root, 'node_modules/typescript-compiler/bin/tsc'), '-p', 'tsconfig.browser.json');
}

/** Programs that import the package. The compiler is the repository's: the package brings none. */
function importPackage(): void {
  writeFileSync(join(folder, 'library.js'), JAVASCRIPT);
  assert.equal(run(folder, 'node', 'library.js'), 'ok\n', 'in JavaScript');
  importClient();
  installCompanions();
  writeFileSync(join(folder, 'library.ts'), TYPESCRIPT);
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(TYPESCRIPT_CONFIG));
  generateBlog();
  run(folder, join(root, 'node_modules/typescript-compiler/bin/tsc'), '-p', '.');
  assert.equal(run(folder, 'node', 'built/library.js'), 'ok\n', 'in TypeScript');
  writeFileSync(join(folder, 'front-end.tsx'), FRONT_END);
  writeFileSync(join(folder, 'front-end.json'), JSON.stringify(FRONT_END_CONFIG));
  run(folder, join(root, 'node_modules/typescript-compiler/bin/tsc'), '-p', 'front-end.json');
  assert.equal(run(folder, 'node', 'built/front-end.js'), 'ok\n', 'in a front end');
  writeFileSync(join(folder, 'start-blog.js'), BLOG);
  assert.equal(run(folder, 'node', 'start-blog.js'), 'ok\n', 'the example of a blog');
}

try {
  checkContents(installPackage());
  const latchkey = join(folder, 'node_modules/.bin/latchkey');
  const program = await startProgram(latchkey, ['serve'], { cwd: folder, env: environment });
  try {
    const setupCode = await program.findOnStderr(/latchkey set-up code: ([\w-]+)/);
    await signUpAndIn(program.url, setupCode);
  } finally {
    assert.equal(await program.stop(), 0, `exit code after SIGTERM: ${program.stderr()}`);
  }
  assert.equal(program.stdout(), `latchkey ready at ${program.url}\n`, 'nothing else on standard output');
  importPackage();
  process.stdout.write('the packed package installs, serves, signs up, signs in and stops, and can be imported\n');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
