import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
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
  /** Of each address that is listened at. Beyond it, those that wait for their next request are closed. */
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

/** Makes an HTTP server that does not wait for clients without end. */
export function createLimitedServer(limits: ConnectionLimits, serve: RequestListener): Server {
  const server = createServer({
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: limits.checkEveryMs,
    keepAliveTimeout: limits.keepAliveMs,
  });
  server.maxConnections = limits.connections;
  server.on('drop', () => server.closeIdleConnections());
  // Node leaves out what is too much, without a word: it might be a credential.
  server.maxHeadersCount = 0;

  const newest = new WeakMap<Duplex, ServerResponse>();
  server.on('request', (request, response) => {
    newest.set(request.socket, response);
    // From when the answer is there until it is gone: how long it takes to make is not the client's fault.
    response.once('prefinish', () => response.setTimeout(limits.stalledAnswerMs));
    if (request.rawHeaders.length > 2 * limits.headers) refuseTooManyHeaders(response);
    else serve(request, response);
  });
  server.on('checkExpectation', (_request, response) => refuseExpectation(response));
  server.on('clientError', (error, socket) => refuseClientError(error, socket as Socket, newest.get(socket)));
  return server;
}
