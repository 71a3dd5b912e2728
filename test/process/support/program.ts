import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { build as compile } from 'esbuild';
import { bundleProgram } from '../../../deploy/bundle.js';
import type { Environment } from '../../../src/config.js';
import { createClient, type Client, type ClientOptions } from '../../support/client.js';
import { runFolder } from '../../support/run-folder.js';

/** The compiled program, in a folder of its own. */
export interface Program {
  /** As the package is laid out. */
  readonly folder: string;
  /** Starts it in this folder, with nothing in its environment but this. */
  start(options: StartOptions): RunningProgram;
  remove(): void;
}

export interface StartOptions {
  readonly folder: string;
  readonly environment?: Environment;
  readonly args?: readonly string[];
  /** What it reads from standard input; left out: nothing. */
  readonly input?: string | Buffer;
  /** Leaves standard input open behind `input`. */
  readonly isInputOpen?: boolean;
  /** On a terminal of its own, by `script` of util-linux: all that it shows is on standard output. */
  readonly isOnTerminal?: boolean;
  /** Where standard output goes; left out: to who reads it. `closed`: who reads it has gone before the program starts. */
  readonly outputTo?: 'closed' | '/dev/full';
  /** Of that terminal; left out: those that it has by itself. */
  readonly columns?: number;
}

export interface RunningProgram {
  /** What it has written so far. */
  readonly output: { stdout: string; stderr: string };
  /** Where it listens; rejects where it ends before. */
  ready(): Promise<string>;
  client(options?: ClientOptions): Client;
  /** Waits until it has written this, then types. */
  answer(question: string, text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Once it has ended: its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

const READY = /^latchkey ready at (\S+)\/graphql\n/m;

/** Makes the program as it is published; once for all test files that want it without the library. */
export async function buildProgram({ withLibrary = false } = {}): Promise<Program> {
  if (withLibrary) {
    const folder = await build({ withLibrary });
    return programIn(folder, () => rmSync(folder, { recursive: true, force: true }));
  }
  const folder = join(runFolder(), 'program');
  if (!existsSync(folder)) {
    const built = await build({ withLibrary });
    try {
      renameSync(built, folder);
    } catch {
      // Another test file was first.
      rmSync(built, { recursive: true, force: true });
    }
  }
  return programIn(folder, () => undefined);
}

const programIn = (folder: string, remove: () => void): Program => ({
  folder,
  start: (given) => startProgram(join(folder, 'dist', 'main.js'), given),
  remove,
});

async function build({ withLibrary }: { readonly withLibrary: boolean }): Promise<string> {
  const folder = mkdtempSync(join(runFolder(), 'program-'));
  for (const name of ['node_modules', 'schema', 'package.json']) symlinkSync(resolve(name), join(folder, name));
  if (withLibrary) {
    // Types are checked elsewhere, and what the compiler makes of it is packed and tried.
    const entryPoints = ['src/**/*.ts', 'src/**/*.tsx'];
    await compile({ entryPoints, outdir: join(folder, 'dist'), format: 'esm', target: 'node20', jsx: 'automatic' });
  }
  await bundleProgram(join(folder, 'dist'));
  return folder;
}

/** The compiled program, as the tests of a file run it: each in a fresh folder, behind which nothing goes on running. */
export interface ProgramOfTests {
  /** Where it is started. */
  readonly folder: string;
  start(options: Omit<StartOptions, 'folder'>): RunningProgram;
  /** Runs a command to its end. */
  run(options: Omit<StartOptions, 'folder'>): Promise<EndedProgram>;
}

export interface EndedProgram {
  readonly code: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

/** Compiles the program for the tests that are declared beside the call. */
export function programForTests(): ProgramOfTests {
  let program: Program;
  let folder: string;
  const running: RunningProgram[] = [];
  beforeAll(async () => {
    program = await buildProgram();
  });
  afterAll(() => program.remove());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-run-'));
  });
  afterEach(async () => {
    for (const each of running.splice(0)) {
      each.kill('SIGKILL');
      await each.ended;
    }
    rmSync(folder, { recursive: true, force: true });
  });
  const start = (options: Omit<StartOptions, 'folder'>): RunningProgram => {
    const started = program.start({ folder, ...options });
    running.push(started);
    return started;
  };
  return {
    get folder() {
      return folder;
    },
    start,
    async run(options) {
      const command = start(options);
      const code = await command.ended;
      return { code, ...command.output };
    },
  };
}

/** As one word of a shell. */
const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

function startProgram(main: string, options: StartOptions): RunningProgram {
  const { folder, environment = {}, args = ['serve'], input = '', isInputOpen = false, isOnTerminal = false } = options;
  const size = options.columns === undefined ? '' : `stty cols ${options.columns} rows 24; `;
  const env = { PATH: process.env['PATH'], PORT: '0', ...environment };
  const program = [process.execPath, main, ...args];
  const command = options.outputTo === '/dev/full' ? ['sh', '-c', '"$@" >/dev/full', 'sh', ...program] : program;
  const [file = '', ...given] = isOnTerminal
    ? ['script', '-qefc', `${size}exec ${command.map(quote).join(' ')}`, '/dev/null']
    : command;
  const child = spawn(file, given, { cwd: folder, env, stdio: 'pipe' });
  if (options.outputTo === 'closed') child.stdout.destroy();
  // It may end before it has read everything.
  child.stdin.on('error', () => undefined);
  child.stdin.write(input);
  if (!isInputOpen) child.stdin.end();
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  const origin = (): string => READY.exec(output.stdout)?.[1] ?? 'http://not-listening.invalid';

  return {
    ...{ output, ended },
    async ready() {
      while (!READY.test(output.stdout)) {
        const next = await Promise.race([once(child.stdout, 'data'), ended]);
        if (!Array.isArray(next)) throw new Error(`It ended with ${next}: ${output.stderr}`);
      }
      return origin();
    },
    client: (options) => createClient(origin(), options),
    async answer(question, text) {
      while (!output.stdout.includes(question)) {
        const next = await Promise.race([once(child.stdout, 'data'), ended]);
        if (!Array.isArray(next)) throw new Error(`It ended with ${next}: ${output.stdout}`);
      }
      child.stdin.write(text);
    },
    kill: (signal) => void child.kill(signal),
  };
}
