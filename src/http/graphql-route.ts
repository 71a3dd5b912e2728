import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AuthError } from '../domain/errors.js';
import type { ClientInfo } from '../domain/session.js';
import type { Surroundings } from '../graphql/context.js';
import { createContext } from '../graphql/request-context.js';
import type { GraphQLServer } from '../graphql/server.js';
import type { TrustedDocuments } from '../graphql/trusted-documents.js';
import type { ContentTypes } from './content-types.js';
import { errorBody } from './error-body.js';
import { handedOverOf } from './handed-over.js';
import { readTransport, sendsForeignCookies, type TransportOptions } from './transport.js';
import { replaceByTrusted } from './trusted-request.js';

export interface GraphQLRouteOptions extends TransportOptions {
  readonly graphql: GraphQLServer;
  readonly surroundings: Surroundings;
  /** The only documents that are run; `null`: any. */
  readonly trustedDocuments: TrustedDocuments | null;
}

/** Where operations are asked for. */
export const GRAPHQL_PATH = '/graphql';
const LONGEST_USER_AGENT = 512;

/** Who asks, as far as a request tells. */
export const clientOf = (
  headers: IncomingHttpHeaders,
  ipAddress: string | undefined,
): Omit<ClientInfo, 'deviceName'> => ({
  userAgent: headers['user-agent']?.slice(0, LONGEST_USER_AGENT) ?? null,
  // None is known on a socket of the file system.
  ipAddress: ipAddress === undefined || ipAddress === '' ? null : ipAddress,
});

/** Adds `/graphql`: CSRF before the body is read, then Apollo. What Apollo answers by, `contentTypes` learns. */
export function addGraphQLRoute(
  server: FastifyInstance,
  options: GraphQLRouteOptions,
  contentTypes: ContentTypes,
): void {
  const { graphql, surroundings, trustedDocuments, clock } = options;
  const arrivals = new WeakMap<FastifyRequest, Date>();

  const handler = fastifyApolloHandler(graphql.apollo, {
    context: async (request, reply) => {
      const { fault } = handedOverOf(request.raw) ?? {};
      if (fault !== undefined) throw fault.error;
      return createContext(surroundings, {
        request: request.raw,
        ...(await readTransport(options, request, (...cookie) => reply.setCookie(...cookie))),
        arrivedAt: arrivals.get(request) ?? clock.now(),
        client: clientOf(request.headers, request.ip),
      });
    },
  });

  server.route({
    method: ['GET', 'POST'],
    url: GRAPHQL_PATH,
    async onRequest(request, reply) {
      void reply.header('cache-control', 'no-store');
      refuseMalformedHost(request);
      // Cookies that a browser sent along with an operation must come from a page that may send them.
      if (!isPage(request) && sendsForeignCookies(options, request)) throw new AuthError('CSRF_BLOCKED');
    },
    // A request has arrived when all of it has: a token that comes in a body held back is not within grace.
    async preValidation(request) {
      arrivals.set(request, clock.now());
    },
    // Before Apollo parses anything: what a validation error says would tell of the schema.
    async preHandler(request, reply) {
      if (trustedDocuments === null || replaceByTrusted(trustedDocuments, request)) return;
      return reply.code(400).send(errorBody('PERSISTED_QUERY_NOT_FOUND', 'This server runs no such document.'));
    },
    handler: async (request, reply) => {
      const answer = await handler.call(server, request, reply);
      const isGood = request.method === 'POST' && reply.statusCode === 200;
      if (isGood) contentTypes.learn(request.headers.accept, reply.getHeader('content-type'));
      // Ours, whatever Apollo's plugins think of caching.
      void reply.header('cache-control', 'no-store');
      return answer;
    },
  });

  server.route({
    method: ['PUT', 'PATCH', 'DELETE'],
    url: GRAPHQL_PATH,
    handler: async (_request: FastifyRequest, reply: FastifyReply) =>
      reply
        .code(405)
        .headers({ allow: 'GET, POST', 'cache-control': 'no-store' })
        .send(errorBody('BAD_REQUEST', 'GraphQL takes GET and POST.')),
  });
}

/** A link may lead here from anywhere: without a document there is nothing to run. */
const isPage = ({ method, query }: FastifyRequest): boolean =>
  method === 'GET' &&
  !Object.keys(query as Record<string, unknown>).some((name) => /^(query|documentId|extensions)$/.test(name));

/** The integration builds a URL of it. */
function refuseMalformedHost(request: FastifyRequest): void {
  if (!URL.canParse(request.url, `${request.protocol}://${request.hostname}/`)) {
    throw new AuthError('BAD_USER_INPUT', { message: 'The Host header is not valid.' });
  }
}
