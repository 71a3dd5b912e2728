import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { notesOf } from '../graphql/steps/request-notes.js';
import { EXPLORER_ASSETS } from './explorer.js';
import { GRAPHQL_PATH } from './graphql-route.js';
import { addEndHook } from './request-end.js';

/** What monitors ask for every few seconds, and what a page loads; a line each would bury the others. */
const TOLD_AT_DEBUG = new Set(['/healthz', '/readyz', '/metrics', EXPLORER_ASSETS]);
/** So that it cannot be mistaken for anything else in a line. */
const REQUEST_ID = /^[\w.-]{8,64}$/;

/**
 * How a request is called in the log: as the proxy before us called it, where there is one that is trusted
 * (`X-Request-Id`), else anew.
 */
export const createRequestId =
  (isBehindProxy: boolean) =>
  ({ headers: { 'x-request-id': given } }: Pick<IncomingMessage, 'headers'>): string =>
    isBehindProxy && typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();

/** What a line says beside where the request came from, and what was noted of an operation. */
interface RequestLine {
  readonly requestId: string;
  readonly method: string;
  /** The route's: what stands in a URL may be a secret. `null` where there is none. */
  readonly path: string | null;
  readonly status: number;
}

/** What is known of a request as it comes: of a connection that is gone nobody can tell. */
interface RequestOrigin {
  /** By `performance.now()`. */
  readonly beganAtMs: number;
  readonly ipAddress: string;
}

const ORIGIN = Symbol('latchkey: origin');
type Noted = IncomingMessage & { [ORIGIN]?: RequestOrigin };

/** Notes where a request comes from, and that its time begins. */
export function noteOrigin(request: IncomingMessage, ipAddress: string): void {
  (request as Noted)[ORIGIN] = { beganAtMs: performance.now(), ipAddress };
}

/** Writes the line of an operation that never came to Fastify. */
export type WriteRequestLine = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * A line for each request once it is answered: what was asked for, by whom, from where, how it went and how long it took;
 * also where the client is gone by then. Those of monitors, and for the files of the explorer, come at level `debug`.
 */
export function addRequestLog(server: FastifyInstance, log: FastifyBaseLogger): void {
  server.addHook('onRequest', ({ raw, ip }, _reply, done) => {
    if ((raw as Noted)[ORIGIN] === undefined) noteOrigin(raw, ip);
    done();
  });
  addEndHook(server, (request, reply) =>
    write(log, request.raw, {
      requestId: request.id,
      method: request.method,
      path: request.routeOptions.url ?? null,
      status: reply.statusCode,
    }),
  );
}

/** The same line for operations that never came to Fastify. */
export function createWriteRequestLine(log: FastifyBaseLogger, isBehindProxy: boolean): WriteRequestLine {
  const idOf = createRequestId(isBehindProxy);
  return (request, response) =>
    write(log, request, {
      requestId: idOf(request),
      method: 'POST',
      path: GRAPHQL_PATH,
      // As Fastify answers a body that is broken off.
      status: response.headersSent ? response.statusCode : 400,
    });
}

function write(log: FastifyBaseLogger, request: Noted, line: RequestLine): void {
  const level = line.path !== null && TOLD_AT_DEBUG.has(line.path) ? 'debug' : 'info';
  const { beganAtMs = performance.now(), ipAddress = '' } = request[ORIGIN] ?? {};
  const durationMs = Math.round(performance.now() - beganAtMs);
  log[level](Object.assign(line, { durationMs, ipAddress }, notesOf(request)), 'request');
}
