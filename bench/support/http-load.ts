import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { ServerProcess } from './server-process.js';

/** What came of some seconds of requests. */
export interface HttpLoad {
  readonly requestsPerSecond: number;
  /** Of the server's process: what others do on the machine counts for less in it. */
  readonly cpuMicrosecondsPerRequest: number;
}

export interface HttpLoadOptions {
  readonly server: Pick<ServerProcess, 'origin' | 'cpuMs'>;
  /** `/graphql` unless said otherwise. */
  readonly path?: string;
  /** What is posted; without one, the path is asked by GET. */
  readonly query?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** What each answer is. */
  readonly expected: string;
  readonly seconds: number;
}

const CONNECTIONS = 32;

/**
 * Asks the same over and over, on connections that are kept, each as soon as it is answered. Request and answer are
 * bytes that are compared: whoever asks must be faster than whoever is measured.
 */
export async function loadHttp(options: HttpLoadOptions): Promise<HttpLoad> {
  const { server, seconds } = options;
  const url = new URL(options.path ?? '/graphql', server.origin);
  const sockets = await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const socket = connect(Number(url.port), url.hostname).setNoDelay(true);
      await once(socket, 'connect');
      return socket;
    }),
  );
  const asking = { request: requestTo(url, options), bodies: bodiesOf(options.expected) };
  const began = { ms: performance.now(), cpuMs: server.cpuMs() };
  const asked = sockets.map((socket) => askOver(socket, asking));
  const answered = await countAfter(seconds, asked);
  const [elapsedMs, cpuMs] = [performance.now() - began.ms, server.cpuMs() - began.cpuMs];
  for (const { stop } of asked) stop();
  return {
    requestsPerSecond: (answered * 1_000) / elapsedMs,
    cpuMicrosecondsPerRequest: (cpuMs * 1_000) / answered,
  };
}

const PATIENCE_MS = 20;

/** How many answers there are after so long: some, however slow the machine is. */
export async function countAfter(seconds: number, asked: readonly { count(): number }[]): Promise<number> {
  const counted = (): number => asked.reduce((sum, { count }) => sum + count(), 0);
  await setTimeout(seconds * 1_000);
  while (counted() < asked.length) await setTimeout(PATIENCE_MS);
  return counted();
}

function requestTo({ host, pathname }: URL, { query, headers }: HttpLoadOptions): Buffer {
  const body = query === undefined ? '' : JSON.stringify({ query });
  const ofBody = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const all = { host, ...(query === undefined ? {} : ofBody), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from([`${query === undefined ? 'GET' : 'POST'} ${pathname} HTTP/1.1`, ...lines, '', body].join('\r\n'));
}

/** An answer as it may be sent: whole, or as one chunk. */
interface Bodies {
  readonly whole: Buffer;
  readonly chunked: Buffer;
}

function bodiesOf(expected: string): Bodies {
  const whole = Buffer.from(expected);
  return { whole, chunked: Buffer.from(`${whole.length.toString(16)}\r\n${expected}\r\n0\r\n\r\n`) };
}

interface Asking {
  readonly request: Buffer;
  readonly bodies: Bodies;
}

/** Asks over one connection until it is stopped. An answer that is another one ends this process. */
function askOver(socket: Socket, { request, bodies }: Asking): { count(): number; stop(): void } {
  let count = 0;
  let answer = Buffer.alloc(0);
  // A server that sends one answer in chunks does so with all of them.
  let expected: Buffer | null = null;
  socket.on('data', (part) => {
    answer = answer.length === 0 ? part : Buffer.concat([answer, part]);
    const head = answer.indexOf('\r\n\r\n');
    if (head < 0) return;
    expected ??= isChunked(answer.toString('latin1', 0, head)) ? bodies.chunked : bodies.whole;
    if (answer.length < head + 4 + expected.length) return;
    const isRight = answer.toString('latin1', 0, 12) === 'HTTP/1.1 200' && answer.subarray(head + 4).equals(expected);
    if (!isRight) throw new Error(`another answer: ${answer.toString('utf8')}`);
    answer = Buffer.alloc(0);
    count += 1;
    socket.write(request);
  });
  socket.write(request);
  return { count: () => count, stop: () => void socket.destroy() };
}

const isChunked = (head: string): boolean => /^transfer-encoding: *chunked$/im.test(head);
