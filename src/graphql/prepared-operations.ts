import {
  execute,
  getOperationAST,
  GraphQLError,
  Kind,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { GraphQLContext } from './context.js';
import type { OperationAnswer, OperationStep, ResolvedRun } from './operation-step.js';

/** An operation whose document was parsed and found valid before. */
export interface PreparedOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

/** What an operation came to, ready to be sent. */
export interface PreparedAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  /** JSON. */
  readonly body: string;
}

/**
 * Operations that Apollo Server has read and validated: from then on they are run by graphql-js alone, which takes half
 * of the time. Whoever asks, each goes through every step, and is answered as by Apollo Server, byte by byte.
 */
export interface PreparedOperations {
  /** Notes what is valid. */
  readonly step: OperationStep<object>;
  /** `null`: Apollo Server is to run it. */
  find(text: string, operationName: string | null | undefined): PreparedOperation | null;
  run(operation: PreparedOperation, asked: AskedOperation): Promise<PreparedAnswer>;
}

export interface AskedOperation {
  readonly context: GraphQLContext;
  /** As the client sent them. */
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface PreparedOperationsOptions {
  readonly schema: GraphQLSchema;
  /** Those that Apollo Server takes. */
  readonly steps: readonly OperationStep[];
  readonly formatError: (formatted: GraphQLFormattedError, error: unknown) => GraphQLFormattedError;
}

/**
 * Half a kilobyte each, and so 50 MB: an application's own few hundred documents have 100 or so. Whoever sends a new
 * document each time pushes the others out, who are then slower.
 */
const MOST_TOKENS = 100_000;

export function createPreparedOperations({
  schema,
  steps,
  formatError,
}: PreparedOperationsOptions): PreparedOperations {
  const documents = new LRUCache<string, DocumentNode>({
    maxSize: MOST_TOKENS,
    sizeCalculation: countTokens,
  });

  async function answerOf(run: ResolvedRun, http: OperationAnswer['http']): Promise<OperationAnswer['result']> {
    const refused = (error: unknown): OperationAnswer['result'] => ({
      errors: formatErrors([toGraphQLError(error)], formatError, http),
    });
    try {
      for (const step of steps) step.judge?.(run);
    } catch (error) {
      return refused(error);
    }
    const { document, operation } = run.resolved;
    let result: ExecutionResult;
    try {
      result = await execute({
        ...{ schema, document, contextValue: run.context, variableValues: run.variables },
        operationName: operation.name?.value,
      });
    } catch (error) {
      return refused(error);
    }
    if (result.errors === undefined) return result as OperationAnswer['result'];
    return { ...result, errors: formatErrors(result.errors.map(withCode), formatError, http) };
  }

  return {
    step: {
      judge({ resolved: { document } }) {
        const text = document.loc?.source.body;
        if (text !== undefined) documents.set(text, document);
      },
    },

    find(text, operationName) {
      const document = documents.get(text);
      if (document === undefined) return null;
      const operation = getOperationAST(document, operationName);
      return operation ? { document, operation } : null;
    },

    async run(resolved, { context, variables }) {
      const run: ResolvedRun = { schema, context, beganAtMs: performance.now(), variables, resolved };
      const headers = new Map<string, string>();
      const http: OperationAnswer['http'] = { headers };
      for (const step of steps) step.begin?.(run);
      const result = await answerOf(run, http);
      for (const step of steps) step.answer?.(run, { result, http });
      const { errors, data, extensions } = result as ExecutionResult;
      return { status: http.status ?? 200, headers, body: `${JSON.stringify({ errors, data, extensions })}\n` };
    },
  };
}

function countTokens({ loc }: DocumentNode): number {
  let count = 1;
  for (let token = loc?.startToken; token?.next != null; token = token.next) count += 1;
  return count;
}

const toGraphQLError = (error: unknown): GraphQLError => {
  if (error instanceof GraphQLError) return error;
  const originalError = error instanceof Error ? error : new GraphQLError(`Unexpected error value: ${String(error)}`);
  return new GraphQLError(originalError.message, { originalError });
};

/** The code that Apollo Server gives what graphql-js says of variables. */
function withCode(error: GraphQLError): GraphQLError {
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

/** What an error may say in `extensions.http`. */
interface ErrorHead {
  readonly status?: number;
  readonly headers?: ReadonlyMap<string, string>;
}

/** As Apollo Server takes it: anything else is the application's, and for the client. */
const isErrorHead = (given: unknown): given is ErrorHead =>
  typeof given === 'object' &&
  given !== null &&
  (!('status' in given) || typeof given.status === 'number') &&
  (!('headers' in given) || given.headers instanceof Map);

/** Errors as clients see them. What they say of status and headers moves to `http`. */
const formatErrors = (
  errors: readonly GraphQLError[],
  formatError: PreparedOperationsOptions['formatError'],
  http: OperationAnswer['http'],
): GraphQLFormattedError[] =>
  errors.map((error) => {
    const { code = 'INTERNAL_SERVER_ERROR', ...others } = error.extensions;
    const { http: head, ...extensions } = others as { readonly http?: unknown };
    if (!isErrorHead(head)) return formatError({ ...error.toJSON(), extensions: { ...others, code } }, error);
    if (head.status !== undefined) http.status = head.status;
    for (const [name, value] of head.headers ?? []) http.headers.set(name, value);
    return formatError({ ...error.toJSON(), extensions: { ...extensions, code } }, error);
  });
