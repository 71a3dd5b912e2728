import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { SERVER_CORE } from './cores.js';

/** A server in a process of its own, on one core, which no load has. */
export interface ServerProcess {
  readonly origin: string;
  /** What it has had of processors since it began, in milliseconds. */
  cpuMs(): number;
  /** What it holds of memory, in MB (10⁶ bytes). */
  residentMegabytes(): number;
  stop(): Promise<void>;
}

export interface ServerProcessOptions {
  /** What follows `node`. */
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** As `taskset` takes them; left out: the servers' core. */
  readonly cores?: string;
}

/** What a server says on standard output once it listens. */
const ADDRESS = /(http:\/\/[^\s/]+)/;
const READY_MS = 60_000;
const MS_PER_TICK = 10;
const LONGEST_OUTPUT = 10_000;

/** A benchmark that is ended before its time leaves no server behind. */
const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

/** Starts it, and waits until it says where it listens. */
export async function startServerProcess({
  args,
  folder,
  environment,
  cores = SERVER_CORE,
}: ServerProcessOptions): Promise<ServerProcess> {
  const child = spawn('taskset', ['--cpu-list', cores, process.execPath, ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], PORT: '0', NODE_ENV: 'production', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let output = '';
  const keep = (text: string): string => (output = (output + text).slice(-LONGEST_OUTPUT));
  child.stderr.setEncoding('utf8').on('data', keep);
  const origin = await new Promise<string>((resolve, reject) => {
    const fail = (): void => reject(new Error(`${args.join(' ')} did not start:\n${output}`));
    const timer = setTimeout(fail, READY_MS);
    child.once('exit', fail);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const [, found] = ADDRESS.exec(keep(text)) ?? [];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    });
  });
  const read = (name: string): string => readFileSync(`/proc/${child.pid ?? ''}/${name}`, 'utf8');
  return {
    origin,
    cpuMs() {
      // Behind the command in parentheses, which may hold anything: fields 14 and 15 of proc(5).
      const fields = read('stat')
        .replace(/^.*\) /, '')
        .split(' ');
      return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
    },
    residentMegabytes: () => (Number(/VmRSS:\s+(\d+)/.exec(read('status'))?.[1]) * 1024) / 1e6,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
