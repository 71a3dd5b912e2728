import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import type { GraphQLSchema } from 'graphql';
import type { GraphQLContext } from './context.js';
import { createFormatError, type ErrorLog } from './errors.js';
import { createDocumentStore } from './kept-documents.js';
import { limitRules } from './limit-rules.js';
import type { Limits } from './limits.js';
import { stepsPlugin, type OperationStep } from './operation-step.js';
import { createPreparedOperations, type PreparedOperations } from './prepared-operations.js';
import { accessStep } from './steps/access.js';
import { costStep } from './steps/cost.js';
import { credentialsStep } from './steps/credentials.js';
import { refusalLogStep } from './steps/refusal-log.js';
import { requestNotesStep } from './steps/request-notes.js';
import { statusStep } from './steps/status.js';

export interface GraphQLServerOptions {
  readonly schema: GraphQLSchema;
  /** With it go Sandbox, and what validation errors tell of the schema. */
  readonly introspection: boolean;
  readonly limits: Limits;
  readonly log: ErrorLog;
  /** Watches operations, and changes nothing about them. */
  readonly observer?: OperationStep | undefined;
}

/** Runs operations, however they arrive. */
export interface GraphQLServer {
  /** Not started. */
  readonly apollo: ApolloServer<GraphQLContext>;
  /** Those that Apollo Server has run before. */
  readonly prepared: PreparedOperations;
}

/** Makes the GraphQL server. */
export function createGraphQLServer(options: GraphQLServerOptions): GraphQLServer {
  const { schema, introspection, limits, log, observer } = options;
  const formatError = createFormatError(log);
  const steps: readonly OperationStep[] = [
    costStep(limits.cost),
    accessStep,
    credentialsStep,
    statusStep,
    refusalLogStep(log),
    requestNotesStep,
    // Behind what decides on the answer.
    ...(observer === undefined ? [] : [observer]),
  ];
  const prepared = createPreparedOperations({ schema, steps, formatError });
  const apollo = new ApolloServer<GraphQLContext>({
    schema,
    introspection,
    persistedQueries: false,
    documentStore: createDocumentStore(),
    parseOptions: { maxLexicalTokens: limits.tokens },
    validationRules: limitRules(limits),
    hideSchemaDetailsFromClientErrors: !introspection,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    formatError,
    plugins: [
      // Our answers are nobody's to cache, and on long lists its bookkeeping costs half of the time.
      ApolloServerPluginCacheControlDisabled(),
      introspection
        ? ApolloServerPluginLandingPageLocalDefault({
            embed: { runTelemetry: false, initialState: { pollForSchemaUpdates: false } },
            includeCookies: true,
            footer: false,
          })
        : ApolloServerPluginLandingPageDisabled(),
      stepsPlugin([prepared.step, ...steps]),
    ],
  });
  return { apollo, prepared };
}
