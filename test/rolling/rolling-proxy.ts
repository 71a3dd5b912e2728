import { once } from 'node:events';
import { Agent, createServer, request as sendRequest } from 'node:http';
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closeProxy } from '../support/close-proxy.js';

/** A server behind a proxy; its place is taken by the next one. */
export interface Upstream {
  origin: string;
}

/** Passes requests on to one of several servers, over connections that it keeps. Sends nothing twice. */
export interface RollingProxy {
  readonly origin: string;
  /** How many requests each server was sent. */
  readonly passedOn: readonly number[];
  /** How many were sent over a connection that had carried another before. */
  readonly reused: () => number;
  /** How many went to another server since the first refused the connection. */
  readonly turnedAway: () => number;
  /** How many came while no server was in rotation: a machine that is busy may keep both from it for a moment. */
  readonly outOfRotation: () => number;
  /** What clients were not given an answer for, a sentence each. */
  readonly failures: readonly string[];
  close(): Promise<void>;
}

export interface ProxyOptions {
  readonly upstreams: readonly Upstream[];
  /** Whether a server is in rotation. Where none is, each that does not stop is tried: Envoy has a mode for that. */
  readonly isInRotation: (server: number) => boolean;
  readonly isStopping: (server: number) => boolean;
  /** How long an idle connection is kept. Left out: for ever. */
  readonly idleMs?: number;
  /** Whether a request of which nothing was sent, since there was no connection, goes to the next server. */
  readonly triesNext: boolean;
}

/** Of headers, those that are between two neighbors: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding'];

/** Starts one on a free port. */
export async function startRollingProxy(options: ProxyOptions): Promise<RollingProxy> {
  const { upstreams, isInRotation, isStopping, idleMs, triesNext } = options;
  const agent = new Agent({ keepAlive: true, ...(idleMs !== undefined && { timeout: idleMs }) });
  const passedOn = upstreams.map(() => 0);
  const failures: string[] = [];
  let [reused, turnedAway, outOfRotation, turn] = [0, 0, 0, 0];

  function choose(): number[] {
    const all = upstreams.map((_, server) => server);
    const inRotation = all.filter(isInRotation);
    if (inRotation.length === 0) outOfRotation += 1;
    const servers = inRotation.length === 0 ? all.filter((server) => !isStopping(server)) : inRotation;
    const first = turn++ % Math.max(1, servers.length);
    return [...servers.slice(first), ...servers.slice(0, first)].slice(0, triesNext ? undefined : 1);
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readAll(request);
    const order = choose();
    if (order.length === 0) failures.push('no server listens');
    for (const server of order) {
      const outgoing = begin(request, upstreams[server]!);
      try {
        const answered = await finish(outgoing, body);
        passedOn[server]! += 1;
        if (outgoing.reusedSocket) reused += 1;
        const answer = await readAll(answered);
        response.writeHead(answered.statusCode ?? 502, withoutHops(answered.headers)).end(answer);
        return;
      } catch (error) {
        // Refused, or dropped by a server that closed before it had accepted the connection.
        if ((error as NodeJS.ErrnoException).syscall === 'connect' && server !== order.at(-1)) {
          turnedAway += 1;
          continue;
        }
        failures.push(`${String(error)} (server ${server}, ${outgoing.reusedSocket ? 'kept' : 'new'} connection)`);
        break;
      }
    }
    const refusal = { errors: [{ message: 'There was no answer.', extensions: { code: 'BAD_GATEWAY' } }] };
    response.writeHead(502, { 'content-type': 'application/json' }).end(JSON.stringify(refusal));
  }

  function begin({ method, url, headers }: IncomingMessage, { origin }: Upstream): ClientRequest {
    const { hostname, port } = new URL(origin);
    return sendRequest({ hostname, port, method, path: url, agent, headers: withoutHops(headers) });
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      failures.push(String(error));
      request.socket.destroy();
    });
  });
  // Nobody is to lose a connection to the proxy itself.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    ...{ passedOn, failures, reused: () => reused, turnedAway: () => turnedAway, outOfRotation: () => outOfRotation },
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => closeProxy(server, agent),
  };
}

/** Sends the body, and waits for the answer to begin. */
async function finish(outgoing: ClientRequest, body: Buffer): Promise<IncomingMessage> {
  outgoing.end(body);
  const [answered] = (await once(outgoing, 'response')) as [IncomingMessage];
  return answered;
}

const withoutHops = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)));

async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
