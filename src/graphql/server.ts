import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import type { GraphQLSchema } from 'graphql';
import type { GraphQLContext } from './context.js';
import { costPlugin } from './cost-plugin.js';
import { accessPlugin } from './directives/apollo-plugin.js';
import { createFormatError, type ErrorLog } from './errors.js';
import { limitRules } from './limit-rules.js';
import type { Limits } from './limits.js';
import { operationPlugin } from './operation-plugin.js';
import { refusalLogPlugin } from './refusal-log-plugin.js';
import { requestNotesPlugin, type RequestNotebook } from './request-notes.js';
import { statusPlugin } from './status-plugin.js';

export interface GraphQLServerOptions {
  readonly schema: GraphQLSchema;
  /** With it go Sandbox, and what validation errors tell of the schema. */
  readonly introspection: boolean;
  readonly limits: Limits;
  readonly log: ErrorLog;
  /** Takes what the log of requests says of each. */
  readonly notebook: RequestNotebook;
  /** Watches operations, and changes nothing about them. */
  readonly observer?: ApolloServerPlugin<GraphQLContext> | undefined;
}

/** Runs operations, however they arrive. */
export type GraphQLServer = ApolloServer<GraphQLContext>;

/** Makes the GraphQL server, not started. */
export function createGraphQLServer(options: GraphQLServerOptions): GraphQLServer {
  const { schema, introspection, limits, log, notebook, observer } = options;
  return new ApolloServer<GraphQLContext>({
    schema,
    introspection,
    persistedQueries: false,
    parseOptions: { maxLexicalTokens: limits.tokens },
    validationRules: limitRules(limits),
    hideSchemaDetailsFromClientErrors: !introspection,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    formatError: createFormatError(log),
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
      costPlugin(limits.cost),
      accessPlugin(),
      operationPlugin,
      statusPlugin,
      refusalLogPlugin(log),
      requestNotesPlugin(notebook),
      // Behind what decides on the answer.
      ...(observer === undefined ? [] : [observer]),
    ],
  });
}
