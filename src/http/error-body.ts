import { randomUUID } from 'node:crypto';
import type { FastifyBaseLogger } from 'fastify';
import type { ErrorExtensions } from '../domain/errors.js';

/** An answer that holds nothing but a refusal, in the shape that GraphQL's have. */
export interface ErrorBody {
  readonly errors: readonly [
    { readonly message: string; readonly extensions: { readonly code: string } & ErrorExtensions },
  ];
}

export const errorBody = (code: string, message: string, extensions: ErrorExtensions = {}): ErrorBody => ({
  errors: [{ message, extensions: { code, ...extensions } }],
});

/** What a client is told of an error that is nobody's business but ours: an id, by which the log has it. */
export function hideError(error: unknown, log: Pick<FastifyBaseLogger, 'error'>): ErrorBody {
  const id = randomUUID();
  log.error({ err: error, id }, 'an error that the client sees only the id of');
  return errorBody('INTERNAL_SERVER_ERROR', 'Something went wrong on the server.', { id });
}
