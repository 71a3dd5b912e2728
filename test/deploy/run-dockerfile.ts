/**
 * Carries out the Dockerfile without Docker, in an empty folder for each stage: copies what `COPY` names and
 * `.dockerignore` lets through, runs what `RUN` says, starts what the image would start, as another user than the
 * files' owner where it may, on a file system that nobody may write to but in `/data`, asks its health check, backs up, stops it,
 * and looks at what it wrote and how large the image is. Run by `.ci/run`: `npx tsx test/deploy/run-dockerfile.ts`.
 */
import assert from 'node:assert/strict';
import { execFileSync, execSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { startProgram } from '../packaging/program.js';
import { execForm, isInContext, parseDockerfile } from './dockerfile.js';
import type { Stage, Step } from './dockerfile.js';

/** The image's user. */
const user = { uid: 1000, gid: 1000 };
const isRoot = process.getuid?.() === 0;

const context = join(import.meta.dirname, '../..');
const dockerignore = readFileSync(join(context, '.dockerignore'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'latchkey-image-'));

/** What a stage left behind: its files below `root`, where it works, and what it would start with. */
interface Built {
  readonly root: string;
  readonly workingFolder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly texts: Readonly<Record<string, string>>;
}

function build(stage: Stage, root: string, earlier: ReadonlyMap<string, Built>): Built {
  let workingFolder = '/';
  const environment: Record<string, string> = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };
  const texts: Record<string, string> = {};
  mkdirSync(root);
  for (const step of stage.steps) {
    texts[step.keyword] = step.text;
    switch (step.keyword) {
      case 'WORKDIR':
        workingFolder = resolve(workingFolder, step.words[0] ?? '');
        mkdirSync(join(root, workingFolder), { recursive: true });
        break;
      case 'ENV':
        for (const word of step.words) environment[word.split('=')[0] ?? ''] = word.slice(word.indexOf('=') + 1);
        break;
      case 'COPY':
        copy(step, join(root, resolve(workingFolder, step.words.at(-1) ?? '')), earlier);
        break;
      case 'RUN':
        assert(!/(?:^|\s)\//.test(step.text), `RUN names a path of the whole machine: ${step.text}`);
        execSync(step.text, { cwd: join(root, workingFolder), env: environment, stdio: ['ignore', 2, 2] });
        break;
      default:
        assert(['VOLUME', 'USER', 'EXPOSE', 'STOPSIGNAL', 'HEALTHCHECK', 'ENTRYPOINT', 'CMD'].includes(step.keyword));
    }
  }
  return { root, workingFolder, environment, texts };
}

/** Where the images called `node` have it: this machine's stands in. */
const NODE = '/usr/local/bin/node';

function copy(step: Step, target: string, earlier: ReadonlyMap<string, Built>): void {
  const { from, chown } = step.options as { readonly from?: string; readonly chown?: string };
  const stage = from === undefined ? undefined : earlier.get(from);
  assert.equal(stage === undefined, from === undefined, `there is no stage ${from ?? ''}`);
  const base = stage?.root ?? context;
  for (const word of step.words.slice(0, -1)) {
    const source = stage !== undefined && word === NODE ? process.execPath : join(base, word);
    assert(existsSync(source), `${word} is not there`);
    const isKept = (path: string): boolean => stage !== undefined || isInContext(relative(context, path), dockerignore);
    assert(isKept(source), `.dockerignore leaves out ${word}`);
    const copied = statSync(source).isDirectory() ? target : join(target, basename(word));
    cpSync(source, copied, { recursive: true, filter: isKept, verbatimSymlinks: true });
    if (chown !== undefined && isRoot) chownSync(copied, user.uid, user.gid);
  }
}

/** Starts what the image would, on a free port and with `/data` where the stage has it. */
async function start({ root, workingFolder, environment, texts }: Built): Promise<void> {
  const [command = '', ...words] = [...execForm(texts['ENTRYPOINT'] ?? ''), ...execForm(texts['CMD'] ?? '')];
  const env = {
    ...environment,
    // As in an image, the program finds no node but its own.
    PATH: join(root, dirname(NODE)),
    PORT: '0',
    // Where there is nothing, and nothing can be made: a library that wants to keep something there fails.
    HOME: join(root, 'nowhere'),
    TMPDIR: join(root, 'nowhere'),
    STORE_URL: (environment['STORE_URL'] ?? '').replace('/data/', `${root}/data/`),
  };
  const cwd = join(root, workingFolder);
  // Its owner and root excepted, as everywhere; what they would write, `describeFiles` sees.
  for (const name of readdirSync(root).filter((each) => each !== 'data')) chmod('a-w', join(root, name));
  chmodSync(root, 0o555);
  const before = describeFiles(root);
  const program = await startProgram(command, words, { cwd, env, ...(isRoot ? user : {}) });
  try {
    const [tool = '', ...check] = execForm(texts['HEALTHCHECK'] ?? '');
    execFileSync(tool, check, { env: { ...env, PORT: new URL(program.url).port }, stdio: ['ignore', 2, 2] });
    const [copier = '', ...files] = backupCommand(root);
    execFileSync(copier, files, { cwd, env, stdio: ['ignore', 2, 2], ...(isRoot ? user : {}) });
  } finally {
    assert.equal(await program.stop(), 0, `exit code after ${texts['STOPSIGNAL'] ?? ''}: ${program.stderr()}`);
  }
  for (const name of ['latchkey.db', 'backup.db'])
    assert(existsSync(join(root, 'data', name)), `${name} is not in the volume`);
  assert.deepEqual(describeFiles(root), before, 'it wrote outside of the volume');
}

/** What docs/backup.md runs in a container, while it serves. */
function backupCommand(root: string): string[] {
  const document = readFileSync(join(context, 'docs/backup.md'), 'utf8');
  const [, command = ''] = /^docker exec latchkey (node \S+ \/data\/\S+ \/data\/\S+)$/m.exec(document) ?? [];
  assert(command !== '', 'docs/backup.md has no command for a container');
  return command.replaceAll('/data/', `${root}/data/`).split(' ');
}

const chmod = (mode: string, path: string): unknown => execFileSync('chmod', ['-R', mode, path]);

/** Every file and folder but the volume's, a line each with its size and when it or its name was last changed. */
function describeFiles(root: string): string[] {
  const format = '%P %s %T@ %C@\\n';
  return execFileSync('find', [root, '-path', join(root, 'data'), '-prune', '-o', '-printf', format], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
    .split('\n')
    .sort();
}

/** What the Dockerfile adds to its base image, in bytes. */
const addedBytes = (root: string): number =>
  Number(execSync('du --summarize --bytes --exclude=./data . | cut -f 1', { cwd: root, encoding: 'utf8' }));

/** An image has 200 MB, unpacked. Of those, `debian:bookworm-slim` takes 75, by what Docker Hub publishes of it. */
const MOST_BYTES_OF_OURS = (200 - 75) * 1_000_000;

try {
  // The image's user reads what root wrote, as in an image.
  chmodSync(folder, 0o755);
  const built = new Map<string, Built>();
  for (const [index, stage] of parseDockerfile(readFileSync(join(context, 'Dockerfile'), 'utf8')).entries()) {
    built.set(stage.name ?? String(index), build(stage, join(folder, String(index)), built));
  }
  const image = [...built.values()].at(-1);
  assert(image !== undefined, 'no stage');
  await start(image);
  const bytes = addedBytes(image.root);
  assert(bytes < MOST_BYTES_OF_OURS, `the image adds ${bytes} bytes to its base`);
  process.stdout.write(
    `the Dockerfile builds, its program serves, is healthy, writes to /data alone and stops; ${bytes} bytes over its base, unpacked\n`,
  );
} finally {
  chmod('u+w', folder);
  rmSync(folder, { recursive: true, force: true });
}
