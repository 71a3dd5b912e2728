import type { IncomingMessage, OutgoingHttpHeaders, RequestListener, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { GraphQLContext } from '../graphql/context.js';
import type { PreparedOperation } from '../graphql/prepared-operations.js';
import { createContext } from '../graphql/request-context.js';
import type { AddressOf } from './client-address.js';
import type { ContentTypes } from './content-types.js';
import type { RequestCookies } from './credential.js';
import { hideError } from './error-body.js';
import { clientOf, GRAPHQL_PATH, type GraphQLRouteOptions } from './graphql-route.js';
import type { WriteRequestLine } from './request-log.js';
import { corsHeaders } from './cors.js';
import { readTransport, sendsForeignCookies, type TokenRequest } from './transport.js';
import { trustBody } from './trusted-request.js';

export interface PreparedRouteOptions extends GraphQLRouteOptions {
  readonly contentTypes: ContentTypes;
  readonly addressOf: AddressOf;
  readonly cookieFormat: Pick<FastifyInstance, 'parseCookie' | 'serializeCookie'>;
  readonly bodyLimitBytes: number;
  readonly writeRequestLine: WriteRequestLine;
  readonly logger: FastifyBaseLogger;
}

const JSON_TYPE = /^application\/json(?:; ?charset=utf-8)?$/i;
const HOST = /^[\w.-]+(?::\d{1,5})?$|^\[[\da-f:.]+\](?::\d{1,5})?$/i;
/** What Fastify refuses in a body, however it is spelled, so that it cannot reach a prototype. */
const SUSPICIOUS = /__proto__|constructor|\\u/;
const NO_COOKIES: RequestCookies = {};
const NOTHING = Buffer.alloc(0);

/**
 * Answers operations that were run before, and leaves every other request, and whatever is unusual about one, to
 * `otherwise`: with its body beside it where that has been read. What is answered here and there is the same, but for the
 * time it takes.
 */
export function createPreparedRoute(options: PreparedRouteOptions, otherwise: RequestListener): RequestListener {
  const { graphql, surroundings, clock, contentTypes, addressOf, cookieFormat, logger } = options;

  async function answer(exchange: Exchange, bytes: Buffer): Promise<void> {
    const { request, response, beganAtMs } = exchange;
    const arrivedAt = clock.now();
    const contentType = contentTypes.of(request.headers.accept);
    const asked = contentType === undefined ? null : readAsked(options, bytes);
    const { cookie } = request.headers;
    const sent: TokenRequest = {
      headers: request.headers,
      cookies: cookie === undefined ? NO_COOKIES : cookieFormat.parseCookie(cookie),
    };
    if (contentType === undefined || asked === null || sendsForeignCookies(options, sent)) {
      handOver(request, response, bytes);
      return;
    }
    const ipAddress = addressOf(request);
    let setCookies: Map<string, string> | undefined;
    let context: GraphQLContext;
    try {
      const transport = await readTransport(options, sent, (name, value, attributes) =>
        (setCookies ??= new Map<string, string>()).set(name, cookieFormat.serializeCookie(name, value, attributes)),
      );
      const client = clientOf(request.headers, ipAddress);
      context = await createContext(surroundings, { request, ...transport, arrivedAt, client });
    } catch {
      handOver(request, response, bytes);
      return;
    }
    // Also where the client is gone before it has its answer.
    response.once('close', () => options.writeRequestLine(request, response, { beganAtMs, ipAddress }));
    const { variables, operation } = asked;
    const { status, headers, body } = await graphql.prepared.run(operation, { context, variables });
    const more: OutgoingHttpHeaders = Object.fromEntries(headers);
    // Where another server got the request first, it may have set cookies.
    if (setCookies !== undefined) {
      const earlier = response.getHeader('set-cookie') ?? [];
      more['set-cookie'] = [earlier, [...setCookies.values()]].flat().map(String);
    }
    send(exchange, { status, contentType, body, more });
  }

  function send({ request: { headers }, response }: Exchange, { status, contentType, body, more }: Sent): void {
    const head: OutgoingHttpHeaders = {
      vary: 'Origin',
      'cache-control': 'no-store',
      'content-type': contentType,
      'content-length': Buffer.byteLength(body),
    };
    const { origin } = headers;
    if (origin !== undefined && options.isAllowedOrigin(origin)) Object.assign(head, corsHeaders(origin));
    response.writeHead(status, Object.assign(head, more));
    response.end(body);
  }

  function handOver(request: IncomingMessage, response: ServerResponse, bytes: Buffer): void {
    otherwise(Object.assign(request, { body: bytes }), response);
  }

  return (request, response) => {
    if (!isUsual(request, options.bodyLimitBytes)) {
      otherwise(request, response);
      return;
    }
    const exchange: Exchange = { request, response, beganAtMs: performance.now() };
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.once('end', () => {
      const [only = NOTHING] = parts;
      answer(exchange, parts.length > 1 ? Buffer.concat(parts) : only).catch((error: unknown) => {
        const body = JSON.stringify(hideError(error, logger));
        send(exchange, { status: 500, contentType: 'application/json; charset=utf-8', body });
      });
    });
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** By `performance.now()`. */
  readonly beganAtMs: number;
}

interface Sent {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly more?: OutgoingHttpHeaders;
}

/** An operation in JSON, all of whose length is known. */
function isUsual(request: IncomingMessage, mostBytes: number): boolean {
  const { method, url, headers } = request;
  const { host = '', 'content-type': type = '', 'content-length': length } = headers;
  return (
    url === GRAPHQL_PATH &&
    method === 'POST' &&
    !request.readableDidRead &&
    !request.readableEnded &&
    Number(length) > 0 &&
    Number(length) <= mostBytes &&
    headers['content-encoding'] === undefined &&
    JSON_TYPE.test(type) &&
    HOST.test(host)
  );
}

interface Asked {
  readonly operation: PreparedOperation;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** `null`: anything but a well-formed request for an operation that was run before. */
function readAsked({ graphql, trustedDocuments }: GraphQLRouteOptions, bytes: Buffer): Asked | null {
  const text = bytes.toString('utf8');
  if (SUSPICIOUS.test(text)) return null;
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return null;
  }
  const body = trustedDocuments === null ? given : trustBody(trustedDocuments, given)?.body;
  if (!isRecord(body)) return null;
  const { query, operationName = null, variables = null, extensions = null } = body;
  if (typeof query !== 'string' || (operationName !== null && typeof operationName !== 'string')) return null;
  if (variables !== null && !isRecord(variables)) return null;
  if (extensions !== null && (!isRecord(extensions) || extensions['persistedQuery'] !== undefined)) return null;
  const operation = graphql.prepared.find(query, operationName);
  return operation && { operation, variables: variables ?? {} };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
