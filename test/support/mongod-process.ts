import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import mongoose from 'mongoose';

/** One `mongod` of a test's own, which goes away and comes back with its data at its address. */
export interface MongodProcess {
  readonly port: number;
  /** Starts it where it is not running; resolves once it answers, whatever it is then. */
  start(): Promise<void>;
  /** As a crash does: SIGKILL. Also where it is frozen. */
  kill(): Promise<void>;
  /** Stops answering, with its sockets open: SIGSTOP. */
  freeze(): void;
  thaw(): void;
  /**
   * Runs a command on this very one, primary or not, on a connection of its own.
   *
   * @throws MongoError also where nobody answers: to `hello` and `ping` within a second or two, else within a minute
   */
  command(command: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>>;
}

export interface MongodOptions {
  readonly binary: string;
  readonly port: number;
  /** Made where it is not there: data, and what it writes out. */
  readonly folder: string;
  readonly args: readonly string[];
}

const START_TIMEOUT_MS = 120_000;
const PAUSE_MS = 100;
/** What a server that is there answers in, and a frozen one is given up after. */
const PATIENCE_MS = 1000;
/** A step-down waits for operations that run, an election for votes. */
const COMMAND_TIMEOUT_MS = 20_000;

/** Describes a `mongod`; nothing runs yet. */
export function createMongod({ binary, port, folder, args }: MongodOptions): MongodProcess {
  mkdirSync(folder, { recursive: true });
  const log = join(folder, 'output.log');
  let running: ChildProcess | null = null;

  async function start(): Promise<void> {
    if (running !== null) return;
    const child = spawnLogged(binary, ['--port', String(port), '--dbpath', folder, ...args], log);
    running = child;
    child.once('exit', () => {
      if (running === child) running = null;
    });
    endWithThisProcess(child);
    const deadline = performance.now() + START_TIMEOUT_MS;
    while (!(await isAnswering())) {
      if (running !== child || performance.now() > deadline) throw new Error(`mongod did not start: ${tail(log)}`);
      await setTimeout(PAUSE_MS);
    }
  }

  const isAnswering = (): Promise<boolean> =>
    command({ ping: 1 }).then(
      () => true,
      () => false,
    );

  async function command(given: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    // Those two ask whether anybody is there.
    const mostMs = 'hello' in given || 'ping' in given ? PATIENCE_MS : COMMAND_TIMEOUT_MS;
    const client = new mongoose.mongo.MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`, {
      serverSelectionTimeoutMS: mostMs,
      connectTimeoutMS: mostMs,
      socketTimeoutMS: mostMs,
      retryReads: false,
    });
    try {
      return await client.db('admin').command(given);
    } finally {
      await client.close(true);
    }
  }

  return {
    ...{ port, start, command },
    async kill() {
      const child = running;
      if (child === null) return;
      const exit = once(child, 'exit');
      child.ref();
      child.kill('SIGKILL');
      await exit;
    },
    freeze: () => void running?.kill('SIGSTOP'),
    thaw: () => void running?.kill('SIGCONT'),
  };
}

function spawnLogged(binary: string, args: readonly string[], log: string): ChildProcess {
  const output = openSync(log, 'a');
  const child = spawn(binary, args, { stdio: ['ignore', output, output] });
  closeSync(output);
  return child;
}

/**
 * Kills it once this process has ended, be it by SIGKILL: nothing else closes the pipe that the shell reads from. In a
 * process group of its own, so that Ctrl-C does not end the shell first.
 */
function endWithThisProcess(child: ChildProcess): void {
  const script = 'read -r line; kill -9 "$0"';
  const shell = spawn('sh', ['-c', script, String(child.pid)], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  shell.unref();
  (shell.stdin as Socket).unref();
  child.unref();
  child.once('exit', () => shell.kill('SIGKILL'));
}

const tail = (log: string): string => readFileSync(log, 'utf8').slice(-2000);
