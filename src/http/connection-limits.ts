import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { watchConnections, type Connections } from './connections.js';
import { refuseClientError, refuseExpectation, refuseTooManyHeaders } from './client-error.js';

/** How long clients that connect to us may take, and how many they may be. Within another server, its limits hold. */
export interface ConnectionLimits {
  /** For the head of a request: from its first byte on, of a connection's first from the connection on. */
  readonly headersMs: number;
  /** For a whole request, with its body. */
  readonly requestMs: number;
  /** How often these two are looked at. */
  readonly checkEveryMs: number;
  /** How long a connection waits for its next request. Longer than what is before us keeps it: who closes is not us. */
  readonly keepAliveMs: number;
  /** How long a client may take nothing of an answer that is there for it. */
  readonly stalledAnswerMs: number;
  /** Of each address that is listened at. Beyond it, those give way that have sent nothing, or wait for their next request. */
  readonly connections: number;
  /** Of a request; all together may have 16 KiB, which is Node's own limit. */
  readonly headers: number;
}

/** `keepAliveMs` is the operator's to choose: `KEEP_ALIVE_SECONDS`. */
export const CONNECTION_LIMITS: Omit<ConnectionLimits, 'keepAliveMs'> = {
  headersMs: 15_000,
  requestMs: 30_000,
  checkEveryMs: 1_000,
  stalledAnswerMs: 30_000,
  connections: 10_000,
  headers: 200,
};

/** An HTTP server that does not wait for clients without end. */
export interface LimitedServer {
  readonly server: Server;
  readonly connections: Connections;
}

/** Of who connects, a request comes at once. */
const SILENT_MS = 1_000;
/** How often room is made: who floods us must not make us look at all connections each time. */
const MAKE_ROOM_EVERY_MS = 100;
/** How much room, of all. */
const ROOM = 0.1;

/** Makes one. */
export function createLimitedServer(limits: ConnectionLimits, serve: RequestListener): LimitedServer {
  const server = createServer({
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: limits.checkEveryMs,
    keepAliveTimeout: limits.keepAliveMs,
  });
  const connections = watchConnections(server);
  server.maxConnections = limits.connections;
  server.on('drop', makeRoomIn(connections, limits.connections));
  // Node leaves out what is too much, without a word: it might be a credential.
  server.maxHeadersCount = 0;

  const newest = new WeakMap<Duplex, ServerResponse>();
  server.on('request', (request, response) => {
    newest.set(request.socket, response);
    // From when the answer is there until it is gone: how long it takes to make is not the client's fault.
    const beImpatient = (): unknown => response.setTimeout(limits.stalledAnswerMs);
    response.once('prefinish', beImpatient).once('pipe', beImpatient);
    if (request.rawHeaders.length > 2 * limits.headers) refuseTooManyHeaders(response);
    else serve(request, response);
  });
  server.on('checkExpectation', (_request, response) => refuseExpectation(response));
  server.on('clientError', (error, socket) => refuseClientError(error, socket as Socket, newest.get(socket)));
  return { server, connections };
}

/** Who has sent nothing for a while goes first, the oldest of them; then who waits for their next request. */
function makeRoomIn(connections: Connections, most: number): () => void {
  let madeAtMs = -Infinity;
  return () => {
    const now = performance.now();
    if (now - madeAtMs < MAKE_ROOM_EVERY_MS) return;
    madeAtMs = now;
    const silent = [...connections.silent].filter(([, sinceMs]) => now - sinceMs >= SILENT_MS);
    for (const [socket] of silent.slice(0, Math.ceil(most * ROOM))) socket.destroy();
    if (silent.length === 0) connections.closeIdle();
  };
}
