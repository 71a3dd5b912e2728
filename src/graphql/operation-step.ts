import type { ApolloServerPlugin } from '@apollo/server';
import {
  GraphQLError,
  type DocumentNode,
  type FormattedExecutionResult,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import type { GraphQLContext } from './context.js';
import { toLegible } from './legible-error.js';

/** An operation on its way to its answer. */
export interface OperationRun<Context = GraphQLContext> {
  readonly schema: GraphQLSchema;
  /** The one that resolvers get. */
  readonly context: Context;
  /** By `performance.now()`. */
  readonly beganAtMs: number;
  /** As the client sent them. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** `null` until it is known, and where the document could not be read or has no such operation. */
  readonly resolved: { readonly document: DocumentNode; readonly operation: OperationDefinitionNode } | null;
}

/** One whose document is valid. */
export type ResolvedRun<Context = GraphQLContext> = OperationRun<Context> & {
  readonly resolved: NonNullable<OperationRun['resolved']>;
};

/** What is about to be sent. Steps may change it. */
export interface OperationAnswer {
  readonly result: {
    data?: FormattedExecutionResult['data'];
    readonly errors?: readonly GraphQLFormattedError[] | undefined;
  };
  readonly http: {
    status?: number | undefined;
    readonly headers: { set(name: string, value: string): unknown };
  };
}

/**
 * Something that is done with every operation beside executing it. None waits for anything: a step is asked for each
 * request, whoever runs the operation.
 */
export interface OperationStep<Context = GraphQLContext> {
  /** Throws where the schema cannot be served. */
  start?(schema: GraphQLSchema): void;
  /** Before anything is known of the operation. */
  begin?(run: OperationRun<Context>): void;
  /** Behind validation and before anything runs. Throws what refuses the operation. */
  judge?(run: ResolvedRun<Context>): void;
  /** Before the answer is sent, that of a refusal too. */
  answer?(run: OperationRun<Context>, answer: OperationAnswer): void;
}

/** Takes the steps, in their order, with the operations that Apollo Server runs. */
export const stepsPlugin = <Context extends object>(
  steps: readonly OperationStep<Context>[],
): ApolloServerPlugin<Context> => ({
  async serverWillStart({ schema }) {
    for (const step of steps) step.start?.(schema);
  },
  async requestDidStart({ schema, contextValue: context, request: { variables = {} } }) {
    const begun: OperationRun<Context> = { schema, context, beganAtMs: performance.now(), variables, resolved: null };
    for (const step of steps) step.begin?.(begun);
    let run = begun;
    return {
      async didResolveOperation({ document, operation }) {
        // Without an operation there is nothing that the executor would run.
        if (operation === undefined) return;
        const resolved = { ...begun, resolved: { document, operation } };
        run = resolved;
        for (const step of steps) step.judge?.(resolved);
      },
      // In its place: what is left there, Apollo Server reads next, and has no id for what it cannot read.
      async didEncounterErrors({ errors }) {
        for (const [index, error] of errors.entries()) {
          if (error instanceof GraphQLError) (errors as GraphQLError[])[index] = toLegible(error);
        }
      },
      async willSendResponse({ response: { body, http } }) {
        if (body.kind === 'single') for (const step of steps) step.answer?.(run, { result: body.singleResult, http });
      },
    };
  },
});
