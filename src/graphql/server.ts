import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import type { GraphQLSchema } from 'graphql';
import type { GraphQLContext } from './context.js';
import { accessPlugin } from './directives/apollo-plugin.js';
import { createFormatError, type ErrorLog } from './errors.js';
import { operationPlugin } from './operation-plugin.js';
import { statusPlugin } from './status-plugin.js';

/**
 * Far more than any sensible document has. Beyond it, a megabyte of aliases keeps the process busy for seconds, and
 * fragments in a chain overflow the stack of the validation.
 */
const MOST_TOKENS = 10_000;

export interface GraphQLServerOptions {
  readonly schema: GraphQLSchema;
  /** With it goes Sandbox. */
  readonly introspection: boolean;
  readonly log: ErrorLog;
}

/** Runs operations, however they arrive. */
export type GraphQLServer = ApolloServer<GraphQLContext>;

/** Makes the GraphQL server, not started. */
export function createGraphQLServer({ schema, introspection, log }: GraphQLServerOptions): GraphQLServer {
  return new ApolloServer<GraphQLContext>({
    schema,
    introspection,
    persistedQueries: false,
    parseOptions: { maxLexicalTokens: MOST_TOKENS },
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
      accessPlugin(),
      operationPlugin,
      statusPlugin,
    ],
  });
}
