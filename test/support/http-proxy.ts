import { once } from 'node:events';
import { Agent, createServer, request as sendRequest, type IncomingHttpHeaders } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closeProxy } from './close-proxy.js';

/** An answer of the server, whole. */
export interface ProxiedAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** One request that a rule decides about. */
export interface Exchange {
  /** Of GraphQL, as its document names it; else the path. */
  readonly operation: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Lets the server answer. */
  forward(): Promise<ProxiedAnswer>;
  /** Answers the client. */
  answer(answer: ProxiedAnswer): void;
  /** Sends the headers of an answer alone. */
  begin(answer: Omit<ProxiedAnswer, 'body'>): void;
  /** Ends the connection: no answer comes, or no more of it. */
  drop(): void;
}

/** Decides what becomes of a request. */
export type Rule = (exchange: Exchange) => Promise<void> | void;

/** Stands between a browser and a server, serves pages beside it, and can delay, drop, reorder and answer by itself. */
export interface HttpProxy {
  /** `http://localhost:PORT`: pages and `/graphql` are of this one origin. */
  readonly origin: string;
  /** The operations that came so far, in order. */
  readonly operations: string[];
  /** The credentials that came so far, a line a request: path, `Authorization` and cookies. */
  readonly credentials: string[];
  /** How often this operation came. */
  count(operation: string): number;
  /** Applies a rule to the next `times` requests of this operation. */
  rule(operation: string, rule: Rule, times?: number): void;
  /** Forgets all rules. */
  clear(): void;
  /** Forgets what came, too. */
  reset(): void;
  close(): Promise<void>;
}

/** What is served at a path in place of the server. */
export type Pages = Readonly<Record<string, { readonly type: string; readonly text: string }>>;

/** A rule that forwards and answers as soon as the test lets it. */
export interface Gate {
  readonly rule: Rule;
  /** How many answers of the server wait for it to open. */
  readonly waiting: () => number;
  open(): void;
}

/** The server acts at once; its answer waits. */
export function createGate(): Gate {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  let waiting = 0;
  return {
    waiting: () => waiting,
    open: () => open(),
    async rule(exchange) {
      const answer = await exchange.forward();
      waiting += 1;
      await opened;
      exchange.answer(answer);
    },
  };
}

/** The server acts; nobody hears of it. */
export const dropAnswer: Rule = async (exchange) => {
  await exchange.forward();
  exchange.drop();
};

/** The server hears of nothing. */
export const answerWith =
  (status: number, text = 'proxy error', type = 'text/plain'): Rule =>
  (exchange) =>
    exchange.answer({ status, headers: { 'content-type': type }, body: Buffer.from(text) });

/** Starts one before a server of this machine. */
export async function startHttpProxy(target: string, pages: Pages = {}): Promise<HttpProxy> {
  const { hostname, port } = new URL(target);
  const agent = new Agent({ keepAlive: true });
  const operations: string[] = [];
  const credentials: string[] = [];
  let rules: { operation: string; rule: Rule; left: number }[] = [];

  function forward(request: IncomingMessage, body: Buffer): Promise<ProxiedAnswer> {
    return new Promise((resolve, reject) => {
      const { method, url, headers } = request;
      const outgoing = sendRequest({ hostname, port, method, path: url, headers, agent }, (response) => {
        readAll(response).then(
          (answered) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: answered }),
          reject,
        );
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?')[0] ?? '/';
    const body = await readAll(request);
    const operation = operationOf(body.toString('utf8')) ?? path;
    operations.push(operation);
    const { authorization = '', cookie = '' } = request.headers;
    credentials.push(`${path} ${authorization} ${cookie}`);
    const exchange: Exchange = {
      ...{ operation, headers: request.headers, body: body.toString('utf8') },
      forward: () => forward(request, body),
      answer: ({ status, headers, body: answered }) => {
        response.writeHead(status, { ...definedOf(headers), 'content-length': answered.length }).end(answered);
      },
      begin: ({ status, headers }) => {
        response.writeHead(status, definedOf(headers)).flushHeaders();
      },
      // Begun first: a browser sends again by itself what a kept connection had no answer for.
      drop: () => {
        if (!response.headersSent) response.writeHead(200, { 'content-length': 1 }).flushHeaders();
        request.socket.destroySoon();
      },
    };
    const rule = rules.find((candidate) => candidate.operation === operation && candidate.left > 0);
    if (rule) {
      rule.left -= 1;
      await rule.rule(exchange);
      return;
    }
    const page = pages[path];
    if (page) exchange.answer({ status: 200, headers: { 'content-type': page.type }, body: Buffer.from(page.text) });
    else exchange.answer(await exchange.forward());
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    ...{ operations, credentials, origin: `http://localhost:${(server.address() as AddressInfo).port}` },
    count: (operation) => operations.filter((seen) => seen === operation).length,
    rule: (operation, rule, times = 1) => void rules.push({ operation, rule, left: times }),
    clear: () => (rules = []),
    reset() {
      rules = [];
      operations.length = credentials.length = 0;
    },
    close: () => closeProxy(server, agent),
  };
}

const definedOf = (headers: IncomingHttpHeaders): OutgoingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));

const operationOf = (body: string): string | undefined => /"(?:\\n)?(?:query|mutation) (\w+)/.exec(body)?.[1];

async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
