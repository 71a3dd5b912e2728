import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { countAfter, type HttpLoad } from './http-load.js';
import type { ServerProcess } from './server-process.js';

/** Requests of which each is made of the answer to the one before it: refreshes of one session, say. */
export interface Chain {
  /** The body of the next request, as JSON. */
  next(): string;
  /** Takes the body of the answer. @throws Error where it is none that was asked for */
  take(answer: string): void;
}

export interface ChainLoadOptions {
  readonly server: Pick<ServerProcess, 'origin' | 'cpuMs'>;
  /** `/graphql` unless said otherwise. */
  readonly path?: string;
  /** As many a connection; they take turns. */
  readonly chains: readonly Chain[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly seconds: number;
}

/** Follows the chains over connections that are kept, one request at a time on each, as fast as they are answered. */
export async function loadChains(options: ChainLoadOptions): Promise<HttpLoad> {
  const { server, chains, connections, seconds } = options;
  const url = new URL(options.path ?? '/graphql', server.origin);
  const followers = await Promise.all(
    Array.from({ length: connections }, async (_, index) => {
      const socket = connect(Number(url.port), url.hostname).setNoDelay(true);
      await once(socket, 'connect');
      const own = chains.filter((_chain, place) => place % connections === index);
      return follow(socket, own, headOf(url, options.headers));
    }),
  );
  const began = { ms: performance.now(), cpuMs: server.cpuMs() };
  for (const { start } of followers) start();
  const answered = await countAfter(seconds, followers);
  const [elapsedMs, cpuMs] = [performance.now() - began.ms, server.cpuMs() - began.cpuMs];
  // Each ends with an answer: a chain whose last answer is lost cannot go on in the next round.
  await Promise.all(followers.map(({ stop }) => stop()));
  return {
    requestsPerSecond: (answered * 1_000) / elapsedMs,
    cpuMicrosecondsPerRequest: (cpuMs * 1_000) / answered,
  };
}

function headOf({ host, pathname }: URL, headers: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries({ host, 'content-type': 'application/json', ...headers });
  return [`POST ${pathname} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`)].join('\r\n');
}

interface Follower {
  start(): void;
  count(): number;
  stop(): Promise<void>;
}

function follow(socket: Socket, chains: readonly Chain[], head: string): Follower {
  let count = 0;
  let received = '';
  let stopped: (() => void) | null = null;
  const chain = (): Chain => chains[count % chains.length]!;
  const ask = (): void => {
    const body = chain().next();
    socket.write(`${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  };
  socket.setEncoding('latin1').on('data', (part: string) => {
    received += part;
    const answer = wholeAnswer(received);
    if (answer === null) return;
    received = '';
    chain().take(answer);
    count += 1;
    if (stopped === null) ask();
    else stopped();
  });
  return {
    start: ask,
    count: () => count,
    stop: () =>
      new Promise((resolve) => {
        stopped = () => {
          socket.destroy();
          resolve();
        };
      }),
  };
}

/** The body, once all of it is there. Servers that send one answer in chunks do so in one. */
function wholeAnswer(received: string): string | null {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const [head, body] = [received.slice(0, end), received.slice(end + 4)];
  const [, length] = /^content-length: *(\d+)$/im.exec(head) ?? [];
  if (length !== undefined) return body.length < Number(length) ? null : body;
  const [, chunk] = /^[\da-f]+\r\n([^]*)\r\n0\r\n\r\n$/i.exec(body) ?? [];
  return chunk ?? null;
}
