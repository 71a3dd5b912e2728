import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { RequestNotebook } from '../graphql/request-notes.js';
import { EXPLORER_ASSETS } from './explorer.js';

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

/**
 * A line for each request once it is answered: what was asked for, by whom, from where, how it went and how long it took.
 * The path is the route's: what stands in a URL may be a secret. Those of monitors, and for the files of the explorer, come at level `debug`.
 */
export function addRequestLog(server: FastifyInstance, notebook: RequestNotebook): void {
  server.addHook('onResponse', async (request, reply) => {
    const path = request.routeOptions.url ?? null;
    const level = path !== null && TOLD_AT_DEBUG.has(path) ? 'debug' : 'info';
    request.log[level](
      {
        method: request.method,
        path,
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime),
        ipAddress: request.ip,
        ...notebook.get(request.raw),
      },
      'request',
    );
  });
}
