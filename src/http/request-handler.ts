import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { addToFastify, type FastifyPluginOptions } from './fastify-plugin.js';

/**
 * One function for every server that may stand before ours:
 * - node:http: `createServer(server.handler)`, which answers 404 to what is not ours;
 * - Express: `app.use(server.handler)`, which passes that on, also behind `express.json()`;
 * - Fastify: `await app.register(server.handler)`, with a `prefix` if need be.
 */
export interface RequestHandler {
  (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void): void;
  (app: FastifyInstance, options: { readonly prefix?: string }, done: (error?: Error) => void): void;
}

export function createRequestHandler(options: FastifyPluginOptions): RequestHandler {
  function handler(
    first: IncomingMessage | FastifyInstance,
    second: ServerResponse | { readonly prefix?: string },
    third?: (error?: Error) => void,
  ): void {
    if (!isFastify(first)) {
      options.listener(first, second as ServerResponse, third as ((error?: unknown) => void) | undefined);
      return;
    }
    const { prefix = '' } = second as { readonly prefix?: string };
    addToFastify(first, options, prefix).then(
      () => third?.(),
      (error: unknown) => third?.(error as Error),
    );
  }
  // Registered where it is called, and not in a context of its own: https://fastify.dev/docs/latest/Reference/Plugins/
  return Object.assign(handler as RequestHandler, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: 'latchkey',
  });
}

const isFastify = (first: IncomingMessage | FastifyInstance): first is FastifyInstance =>
  'register' in first && typeof first.register === 'function';
