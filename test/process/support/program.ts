import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Environment } from '../../../src/config.js';
import { createClient, type Client, type ClientOptions } from '../../support/client.js';

/** The compiled program, in a folder of its own. */
export interface Program {
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
}

export interface RunningProgram {
  /** What it has written so far. */
  readonly output: { stdout: string; stderr: string };
  /** Where it listens; rejects where it ends before. */
  ready(): Promise<string>;
  client(options?: ClientOptions): Client;
  kill(signal: NodeJS.Signals): void;
  /** Once it has ended: its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

const READY = /^latchkey ready at (\S+)\/graphql\n/m;

/** Compiles the program. Types are checked elsewhere. */
export async function buildProgram(): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-program-'));
  for (const name of ['node_modules', 'schema', 'package.json']) symlinkSync(resolve(name), join(folder, name));
  const options = [
    '--outDir',
    join(folder, 'dist'),
    '--noCheck',
    '--incremental',
    'false',
    '--tsBuildInfoFile',
    'null',
  ];
  await promisify(execFile)('node', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', ...options]);
  return {
    start: (given) => startProgram(join(folder, 'dist', 'main.js'), given),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function startProgram(main: string, options: StartOptions): RunningProgram {
  const { folder, environment = {}, args = ['serve'], input = '', isInputOpen = false } = options;
  const env = { PATH: process.env['PATH'], PORT: '0', ...environment };
  const child = spawn(process.execPath, [main, ...args], { cwd: folder, env, stdio: 'pipe' });
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
    kill: (signal) => void child.kill(signal),
  };
}
