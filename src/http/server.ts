import type { Tracer } from '@opentelemetry/api';
import fastifyCookie from '@fastify/cookie';
import fastifyCors from '@fastify/cors';
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
} from 'fastify';
import type { RequestListener } from 'node:http';
import { AuthError } from '../domain/errors.js';
import type { PublishedKeys } from '../domain/signing-key-view.js';
import { retryAfterOf, statusOf } from '../graphql/errors.js';
import { createAddressOf, toTrustFunction, type TrustProxy } from './client-address.js';
import { createContentTypes } from './content-types.js';
import { corsOptions } from './cors.js';
import { errorBody, hideError } from './error-body.js';
import { addExplorer } from './explorer.js';
import { addGraphQLRoute, type GraphQLRouteOptions } from './graphql-route.js';
import { addHealthRoutes, type HealthOptions } from './health.js';
import { addJwksRoute } from './jwks.js';
import { addMailPages } from './mail-pages.js';
import { addMetricsRoute, type RenderMetrics } from './metrics.js';
import { replayBody } from './parsed-body.js';
import { createPreparedRoute } from './prepared-route.js';
import { addRefreshPage, type RefreshPageOptions } from './refresh-page.js';
import { addRequestLog, createRequestId, createWriteRequestLine } from './request-log.js';
import { addRequestTraces } from './request-traces.js';

export interface ServerOptions extends GraphQLRouteOptions, HealthOptions, RefreshPageOptions {
  readonly logger: FastifyBaseLogger;
  /** Left out: nobody collects traces. */
  readonly tracer?: Tracer | undefined;
  readonly trustProxy: TrustProxy;
  readonly publicJwks: () => PublishedKeys;
  /** Left out: there is no `/metrics`. */
  readonly renderMetrics?: RenderMetrics | undefined;
  /** Whether there is `/explorer`. */
  readonly explorer: boolean;
  /** Longest request body. */
  readonly bodyLimitBytes: number;
}

/** What answers requests, ready to be handed them: it does not listen itself. */
export interface HttpServer {
  readonly fastify: FastifyInstance;
  /** Takes requests: those for operations that were run before, and by Fastify all others. */
  readonly serve: RequestListener;
  /** What it serves, as Fastify spells it; without what answers any path. */
  readonly paths: readonly string[];
}

/** No route of ours has a JSON Schema: no start has to load what compiles them. */
function noSchemas(): never {
  throw new TypeError('Routes have no JSON Schema here.');
}

/** Makes the HTTP server. */
export async function createServer(options: ServerOptions): Promise<HttpServer> {
  const { isAllowedOrigin, logger, tracer, trustProxy, bodyLimitBytes } = options;
  const server = Fastify({
    loggerInstance: logger,
    // One line when it is answered, in place of Fastify's two.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: createRequestId(trustProxy !== false),
    trustProxy: trustProxy === false ? false : toTrustFunction(trustProxy),
    bodyLimit: bodyLimitBytes,
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    // A URL that is none never reaches the error handler below.
    frameworkErrors: (error, _request, reply: FastifyReply) =>
      void reply.code(400).send(errorBody('BAD_REQUEST', error.message)),
  });

  server.setErrorHandler((error: FastifyError | AuthError, request, reply) => {
    void reply.header('cache-control', 'no-store');
    if (error instanceof AuthError) {
      const { code, message, extensions } = error;
      const retryAfter = retryAfterOf(error);
      if (retryAfter !== undefined) void reply.header('retry-after', retryAfter);
      return reply.code(statusOf(code) ?? 500).send(errorBody(code, message, extensions));
    }
    // What Fastify refuses by itself: broken JSON, too large, of a wrong type.
    const { statusCode = 500 } = error;
    if (statusCode < 500) return reply.code(statusCode).send(errorBody('BAD_REQUEST', error.message));
    return reply.code(500).send(hideError(error, request.log));
  });
  server.setNotFoundHandler((_request, reply) =>
    reply.code(404).header('cache-control', 'no-store').send(errorBody('NOT_FOUND', 'There is nothing here.')),
  );

  if (tracer !== undefined) addRequestTraces(server, tracer);
  // What stands in them is ours alone: looking for what must not be logged takes most of the time of a line.
  const lines = logger.child({}, { redact: [] });
  addRequestLog(server, lines);
  const paths = new Set<string>();
  server.addHook('onRoute', ({ url }) => void paths.add(url));
  // Where another server got the request first, it may have set cookies and read the body.
  server.addHook('onRequest', async (_request, reply) => {
    const earlier = reply.raw.getHeader('set-cookie');
    if (earlier !== undefined) void reply.header('set-cookie', earlier);
  });
  server.addHook('preParsing', async (request, _reply, payload) => replayBody(request.raw, payload));
  await server.register(fastifyCookie);
  await server.register(fastifyCors, corsOptions(isAllowedOrigin));
  const contentTypes = createContentTypes();
  addGraphQLRoute(server, options, contentTypes);
  addJwksRoute(server, options.publicJwks);
  addHealthRoutes(server, options);
  addMailPages(server);
  if (options.renderMetrics !== undefined) addMetricsRoute(server, options.renderMetrics);
  addRefreshPage(server, options);
  if (options.explorer) addExplorer(server);
  await server.ready();
  const addressOf = createAddressOf(trustProxy);
  const isBehindProxy = trustProxy !== false;
  const writeRequestLine = createWriteRequestLine(lines, isBehindProxy);
  const prepared = createPreparedRoute(
    { ...options, contentTypes, addressOf, isBehindProxy, writeRequestLine, cookieFormat: server },
    server.routing,
  );
  return {
    fastify: server,
    // Who collects traces is told of every step.
    serve: tracer === undefined ? prepared : server.routing,
    paths: [...paths].filter((path) => path !== '*'),
  };
}
