import { GraphQLError, Kind, type GraphQLFormattedError } from 'graphql';
import { toLegible } from './legible-error.js';
import type { OperationAnswer } from './operation-step.js';

/** What a client sees of an error. */
export type FormatError = (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;

/** Errors as clients see them, and as Apollo Server makes them. What they say of status and headers moves to `http`. */
export const formatErrors = (
  errors: readonly unknown[],
  formatError: FormatError,
  http: OperationAnswer['http'],
): GraphQLFormattedError[] =>
  errors.map((given) => {
    const error = toLegible(toGraphQLError(given));
    const code = error.extensions['code'] ?? 'INTERNAL_SERVER_ERROR';
    const { http: head, ...extensions } = error.extensions as { readonly http?: unknown };
    if (!isErrorHead(head)) {
      return formatError({ ...error.toJSON(), extensions: { ...error.extensions, code } }, error);
    }
    if (head.status) http.status = head.status;
    // One that is undefined is sent empty.
    for (const [name, value = ''] of head.headers ?? []) http.headers.set(name.toLowerCase(), value);
    return formatError({ ...error.toJSON(), extensions: { ...extensions, code } }, error);
  });

/** The code that Apollo Server gives what graphql-js says of variables. */
export function withCode(error: GraphQLError): GraphQLError {
  const [node, ...others] = error.nodes ?? [];
  if (node?.kind !== Kind.VARIABLE_DEFINITION || others.length > 0 || error.extensions['code'] != null) return error;
  const place = `Variable "$${node.variable.name.value}" `;
  const sayings = ['has invalid value', 'got invalid value ', 'of required type ', 'of non-null type '];
  if (!sayings.some((saying) => error.message.startsWith(place + saying))) return error;
  const originalError = error.originalError ?? error;
  return new GraphQLError(error.message, {
    ...{ nodes: error.nodes ?? null, originalError },
    extensions: { ...error.extensions, code: 'BAD_USER_INPUT' },
  });
}

/** Of graphql-js, too, come some that are none: what was thrown with a `path` of its own. */
function toGraphQLError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const originalError = error instanceof Error ? error : new GraphQLError(`Unexpected error value: ${String(error)}`);
  return new GraphQLError(originalError.message, { originalError });
}

/** What an error may say in `extensions.http`. */
interface ErrorHead {
  readonly status?: number;
  readonly headers?: ReadonlyMap<string, string | undefined>;
}

/** As Apollo Server takes it: anything else is the application's, and for the client. */
const isErrorHead = (given: unknown): given is ErrorHead =>
  typeof given === 'object' &&
  given !== null &&
  (!('status' in given) || typeof given.status === 'number') &&
  (!('headers' in given) || given.headers instanceof Map);
