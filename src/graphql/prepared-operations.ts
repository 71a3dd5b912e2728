import {
  execute,
  getOperationAST,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { GraphQLContext } from './context.js';
import { createKeptDocuments } from './kept-documents.js';
import type { OperationAnswer, OperationStep, ResolvedRun } from './operation-step.js';
import { formatErrors, withCode, type FormatError } from './prepared-errors.js';

/** An operation whose document was parsed and found valid before. */
export interface PreparedOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

/** What an operation came to, ready to be sent. */
export interface PreparedAnswer {
  readonly status: number;
  /** Their names in small letters. */
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
  readonly formatError: FormatError;
}

export function createPreparedOperations({
  schema,
  steps,
  formatError,
}: PreparedOperationsOptions): PreparedOperations {
  const documents = createKeptDocuments();

  async function answerOf(run: ResolvedRun, http: OperationAnswer['http']): Promise<OperationAnswer['result']> {
    const refused = (error: unknown): OperationAnswer['result'] => ({
      errors: formatErrors([error], formatError, http),
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
      try {
        for (const step of steps) step.begin?.(run);
        const result = await answerOf(run, http);
        for (const step of steps) step.answer?.(run, { result, http });
        return { status: http.status ?? 200, headers, body: toBody(result) };
      } catch (error) {
        // What no JSON can hold, for example. Nothing is left of the answer.
        const nothing = new Map<string, string>();
        const errors = formatErrors([error], formatError, { headers: nothing });
        return { status: 500, headers: nothing, body: toBody({ errors }) };
      }
    },
  };
}

function toBody(result: OperationAnswer['result']): string {
  const { errors, data, extensions } = result as ExecutionResult;
  return `${JSON.stringify({ errors, data, extensions })}\n`;
}
