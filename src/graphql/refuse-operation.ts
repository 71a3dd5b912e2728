import { getOperationAST, GraphQLError, type DocumentNode, type GraphQLSchema } from 'graphql';
import { AuthError } from '../domain/errors.js';
import type { GuardContext } from './directives/guard-context.js';
import { refuseOperation as refuse } from './directives/judge-operation.js';

/** An operation that is about to be executed. */
export interface OperationToJudge {
  /** The one that `authDirectives` returned. */
  readonly schema: GraphQLSchema;
  /** Parsed and valid. */
  readonly document: DocumentNode;
  /** Needed where the document holds several. */
  readonly operationName?: string | null | undefined;
  /** As the client sent them. */
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
  /** As the resolvers will get it: with a `principal`, or `null` for nobody. */
  readonly context: GuardContext;
}

/**
 * The error to answer in place of executing, or `null`: a mutation or subscription of which any selected field is
 * refused. To be asked behind validation and before execution, with any server that has no plugin of ours.
 *
 * @returns an error with a code of ours, and with the path of the first field that is refused
 */
export function refuseOperation(asked: OperationToJudge): GraphQLError | null {
  const { schema, document, operationName, variables, context } = asked;
  const operation = getOperationAST(document, operationName);
  // Without an operation there is nothing that the executor would run.
  if (operation == null) return null;
  const refusal = refuse({ schema, document, operation, variables: variables ?? {}, context });
  return refusal && unmask(refusal);
}

/** What Envelop's hooks are given of an operation. */
interface Hooked {
  readonly args: {
    readonly schema: GraphQLSchema;
    readonly document: DocumentNode;
    readonly operationName?: string | null;
    readonly variableValues?: Readonly<Record<string, unknown>> | null;
    readonly contextValue?: unknown;
  };
  readonly setResultAndStopExecution: (result: Answered) => void;
}

interface Answered {
  readonly errors?: readonly GraphQLError[];
}

interface Done {
  readonly result: unknown;
  readonly setResult: (result: never) => void;
}

/**
 * A plugin for GraphQL Yoga and Envelop: judges mutations and subscriptions whole, before anything runs, and keeps the
 * codes of what the guards refuse from being masked.
 *
 * @returns the plugin, for the list `plugins` of the server
 * @see https://the-guild.dev/graphql/yoga-server/docs/features/envelop-plugins
 */
export const useAuthDirectives = () => ({
  onExecute(hooked: Hooked) {
    judge(hooked);
    return { onExecuteDone: unmaskResult };
  },
  onSubscribe(hooked: Hooked) {
    judge(hooked);
    return { onSubscribeResult: () => ({ onNext: unmaskResult }) };
  },
});

function judge({ args, setResultAndStopExecution }: Hooked): void {
  const { schema, document, operationName, variableValues, contextValue } = args;
  const context = contextValue as GuardContext;
  const error = refuseOperation({ schema, document, operationName, variables: variableValues, context });
  if (error !== null) setResultAndStopExecution({ errors: [error] });
}

function unmaskResult({ result, setResult }: Done): void {
  const { errors } = result as Answered;
  if (errors !== undefined) setResult({ ...(result as Answered), errors: errors.map(unmask) } as never);
}

/** Servers hide what was thrown by something other than GraphQL: a refusal of ours is for the client to read. */
function unmask(error: GraphQLError): GraphQLError {
  if (!(error.originalError instanceof AuthError)) return error;
  const { message, nodes, path, extensions } = error;
  return new GraphQLError(message, { nodes: nodes ?? null, path: path ?? null, extensions });
}
