import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose from 'mongoose';
import { eventually } from './eventually.js';

/** A `mongod` of a test's own, a one-node replica set, that goes away and comes back with its data at its address. */
export interface Mongod {
  readonly url: string;
  /** As a crash does: SIGKILL. */
  kill(): Promise<void>;
  /** Stops answering, with its sockets open: SIGSTOP. */
  freeze(): void;
  thaw(): void;
  /** Starts it again where it was. */
  start(): Promise<void>;
  /** Stops it for good and removes its data. */
  remove(): Promise<void>;
}

/** Starts this `mongod` on a free port. */
export async function startMongod(binary: string): Promise<Mongod> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-mongod-'));
  const port = await freePort();
  const url = `mongodb://127.0.0.1:${port}/latchkey?replicaSet=rs0`;
  let running: ChildProcess | undefined;

  async function start(): Promise<void> {
    const args = ['--port', String(port), '--dbpath', folder, '--replSet', 'rs0', '--bind_ip', '127.0.0.1', '--quiet'];
    running = spawn(binary, args, { stdio: 'ignore' });
    await eventually(() => isPrimary(port));
  }

  async function kill(): Promise<void> {
    if (running?.exitCode !== null || running.signalCode !== null) return;
    const exit = once(running, 'exit');
    running.kill('SIGKILL');
    await exit;
  }

  await start();
  return {
    ...{ url, start, kill },
    freeze: () => void running?.kill('SIGSTOP'),
    thaw: () => void running?.kill('SIGCONT'),
    async remove() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Whether it accepts writes; the first time it is asked, it is told to be a replica set of one. */
async function isPrimary(port: number): Promise<boolean> {
  const options = { directConnection: true, serverSelectionTimeoutMS: 500 };
  const connection = mongoose.createConnection(`mongodb://127.0.0.1:${port}/admin`, options);
  try {
    await connection.asPromise();
    const admin = connection.getClient().db('admin');
    const { isWritablePrimary, setName } = await admin.command({ hello: 1 });
    if (setName === undefined) {
      await admin.command({ replSetInitiate: { _id: 'rs0', members: [{ _id: 0, host: `127.0.0.1:${port}` }] } });
    }
    return isWritablePrimary === true;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
