import { randomUUID } from 'node:crypto';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { AuthError, type ErrorCode } from '../domain/errors.js';
import { revealNoValue } from './reveal-no-value.js';

/** What is written down of an error that clients see nothing of. */
export interface ErrorLog {
  error(details: Readonly<Record<string, unknown>>, message: string): void;
  warn(details: Readonly<Record<string, unknown>>, message: string): void;
}

/** The HTTP status of an answer that holds nothing but this refusal. */
const STATUS: Record<ErrorCode, number> = {
  UNAUTHENTICATED: 401,
  TOKEN_EXPIRED: 401,
  SESSION_EXPIRED: 401,
  TOKEN_THEFT_DETECTED: 401,
  INVALID_CREDENTIALS: 401,
  FORBIDDEN: 403,
  USER_BANNED: 403,
  REAUTHENTICATION_REQUIRED: 403,
  CSRF_BLOCKED: 403,
  RATE_LIMITED: 429,
  BAD_USER_INPUT: 400,
  WEAK_PASSWORD: 400,
  EMAIL_TAKEN: 400,
  NOT_FOUND: 400,
  CONFLICT: 400,
  OPERATION_TOO_COMPLEX: 400,
  INTERNAL_SERVER_ERROR: 500,
  SERVICE_UNAVAILABLE: 503,
};

/** Seconds that a client is told to wait where the error does not know better. */
const RETRY_AFTER_SECONDS = 1;

/** How graphql's parser says that it gave up on a document's length; it has no code for that. */
const TOO_MANY_TOKENS = /^Syntax Error: Document contains more tha[nt] \d+ tokens/;

/** What graphql-js finds wrong with variables only while it runs, or gives up on; it has no code for that. */
const UNFIT_VARIABLES =
  /^(?:Argument "\w+" (?:has invalid value|of (?:required|non-null) type) |Too many errors processing variables)/;

/** The HTTP status that goes with a code of ours; `undefined` for Apollo's and the application's own. */
export function statusOf(code: unknown): number | undefined {
  // Apollo answers it with 200, which is for an answer that holds something.
  if (code === 'PERSISTED_QUERY_NOT_SUPPORTED') return 400;
  return typeof code === 'string' && Object.hasOwn(STATUS, code) ? STATUS[code as ErrorCode] : undefined;
}

/** An error, as far as a client is told when to come back. */
interface TimedRefusal {
  readonly extensions?: { readonly code?: unknown; readonly retryAfterSeconds?: unknown } | undefined;
}

/** The seconds of `Retry-After`; `undefined` where a retry would not help. */
export function retryAfterOf({ extensions }: TimedRefusal): number | undefined {
  const seconds = extensions?.retryAfterSeconds;
  if (typeof seconds === 'number') return seconds;
  return extensions?.code === 'SERVICE_UNAVAILABLE' ? RETRY_AFTER_SECONDS : undefined;
}

/**
 * What clients see of an error: an {@link AuthError} with its code, what GraphQL itself or the application says with a
 * code as it is, and of anything else no more than an id that the log has too.
 */
export function createFormatError(log: ErrorLog) {
  return (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const original = error instanceof GraphQLError ? (error.originalError ?? error) : error;
    const { locations, path } = formatted;
    const place = { ...(locations && { locations }), ...(path && { path }) };

    if (original instanceof AuthError) {
      if (original.cause !== undefined) log.warn({ err: original.cause, code: original.code, path }, original.message);
      return { message: formatted.message, ...place, extensions: { ...original.extensions } };
    }
    if (TOO_MANY_TOKENS.test(formatted.message)) {
      return { message: formatted.message, ...place, extensions: { code: 'OPERATION_TOO_COMPLEX' } };
    }
    const { code: given = 'INTERNAL_SERVER_ERROR', ...others } = formatted.extensions ?? {};
    const isUnfit = original instanceof GraphQLError && UNFIT_VARIABLES.test(original.message);
    const code = given === 'INTERNAL_SERVER_ERROR' && isUnfit ? 'BAD_USER_INPUT' : given;
    if (code !== 'INTERNAL_SERVER_ERROR') {
      const reason = original instanceof Error ? original.message : '';
      const { message, field } = revealNoValue(formatted.message, reason);
      return { message, ...place, extensions: { code, ...others, ...(field !== undefined && { field }) } };
    }
    const id = randomUUID();
    log.error({ err: original, id, path }, 'an error that the client sees only the id of');
    return { message: 'Something went wrong on the server.', ...place, extensions: { code, id } };
  };
}
