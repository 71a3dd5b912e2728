import { AsyncResource } from 'node:async_hooks';
import type { IncomingMessage, OutgoingHttpHeaders, RequestListener, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { GraphQLContext } from '../graphql/context.js';
import type { PreparedOperation } from '../graphql/prepared-operations.js';
import { createContext } from '../graphql/request-context.js';
import type { AddressOf } from './client-address.js';
import type { ContentTypes } from './content-types.js';
import { corsHeaders, varyByOrigin } from './cors.js';
import type { RequestCookies } from './credential.js';
import { hideError } from './error-body.js';
import { clientOf, type GraphQLRouteOptions } from './graphql-route.js';
import { noteHandedOver, type HandedOver } from './handed-over.js';
import { noteOrigin, type WriteRequestLine } from './request-log.js';
import { readTransport, sendsForeignCookies, type TokenRequest } from './transport.js';
import { trustBody } from './trusted-request.js';
import { isUsual } from './usual-request.js';

export interface PreparedRouteOptions extends GraphQLRouteOptions {
  readonly contentTypes: ContentTypes;
  readonly addressOf: AddressOf;
  readonly cookieFormat: Pick<FastifyInstance, 'parseCookie' | 'serializeCookie'>;
  readonly bodyLimitBytes: number;
  /** Whether headers of a proxy count. */
  readonly isBehindProxy: boolean;
  readonly writeRequestLine: WriteRequestLine;
  readonly logger: FastifyBaseLogger;
}

/** What Fastify refuses in a body, however it is spelled, so that it cannot reach a prototype. */
const SUSPICIOUS = /__proto__|constructor|\\u/;
const NO_COOKIES: RequestCookies = {};
const NO_HEADERS: ReadonlyMap<string, string> = new Map();

/**
 * Answers operations that were run before, and leaves every other request, and whatever is unusual about one, to
 * `otherwise`: with its body beside it where that has been read. What is answered here and there is the same, but for the
 * time it takes.
 */
export function createPreparedRoute(options: PreparedRouteOptions, otherwise: RequestListener): RequestListener {
  const { graphql, surroundings, clock, contentTypes, addressOf, cookieFormat, logger } = options;

  async function answer(exchange: Exchange, parts: readonly Buffer[]): Promise<void> {
    const { request, sent, ipAddress, setCookies } = exchange;
    const arrivedAt = clock.now();
    const [only] = parts;
    const body = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
    const contentType = contentTypes.of(request.headers.accept);
    const asked = contentType === undefined ? null : readAsked(options, body);
    if (contentType === undefined || asked === null) {
      handOver(exchange, { body });
      return;
    }
    exchange.contentType = contentType;
    let context: GraphQLContext;
    try {
      const transport = await readTransport(options, sent, (name, value, attributes) =>
        setCookies.set(name, cookieFormat.serializeCookie(name, value, attributes)),
      );
      const client = clientOf(request.headers, ipAddress);
      context = await createContext(surroundings, { request, ...transport, arrivedAt, client });
    } catch (error) {
      handOver(exchange, { body, fault: { error } });
      return;
    }
    const { variables, operation } = asked;
    send(exchange, await graphql.prepared.run(operation, { context, variables }));
  }

  function send(exchange: Exchange, { status, headers, body }: Sent): void {
    const { request, response, contentType, setCookies } = exchange;
    // Another server before us may have an answer of its own: to what takes too long.
    if (!response.headersSent) {
      const head: OutgoingHttpHeaders = { vary: varyByOrigin(response.getHeader('vary')), 'content-type': contentType };
      const { origin } = request.headers;
      if (origin !== undefined && options.isAllowedOrigin(origin)) Object.assign(head, corsHeaders(origin));
      for (const [name, value] of headers) head[name] = value;
      head['cache-control'] = 'no-store';
      head['content-length'] = Buffer.byteLength(body);
      if (setCookies.size > 0 || headers.has('set-cookie')) {
        // It may have set some, too.
        const earlier = [response.getHeader('set-cookie') ?? [], headers.get('set-cookie') ?? []];
        head['set-cookie'] = [...earlier, ...setCookies.values()].flat().map(String);
      }
      if (status < 200 || status === 204) {
        delete head['content-type'];
        delete head['content-length'];
      }
      response.writeHead(status, head);
      response.end(body);
    }
    end(exchange);
  }

  function fail(exchange: Exchange, error: unknown): void {
    const { response } = exchange;
    const body = JSON.stringify(hideError(error, logger));
    try {
      // That of what could not be sent.
      response.statusMessage = '';
      send(exchange, { status: 500, headers: NO_HEADERS, body });
    } catch {
      response.destroy();
      end(exchange);
    }
  }

  function end(exchange: Exchange): void {
    exchange.isRunning = false;
    // The client is gone.
    if (exchange.response.closed) options.writeRequestLine(exchange.request, exchange.response);
  }

  /** From then on it is running elsewhere. */
  function handOver({ request, response, setCookies }: Exchange, handedOver: HandedOver): void {
    noteHandedOver(request, handedOver);
    if (setCookies.size > 0) {
      const earlier = [response.getHeader('set-cookie') ?? []].flat().map(String);
      response.setHeader('set-cookie', [...earlier, ...setCookies.values()]);
    }
    otherwise(request, response);
  }

  return (request, response) => {
    const sent = isUsual(request, options) ? readSent(request) : null;
    // Refused before the body is read.
    if (sent === null || sendsForeignCookies(options, sent)) {
      otherwise(request, response);
      return;
    }
    const ipAddress = addressOf(request);
    noteOrigin(request, ipAddress);
    const exchange: Exchange = {
      request,
      response,
      sent,
      ipAddress,
      setCookies: new Map<string, string>(),
      contentType: 'application/json; charset=utf-8',
      isRunning: false,
    };
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    // What calls back is the connection, which knows nothing of the caller's AsyncLocalStorage.
    const caller = new AsyncResource('latchkey');
    request.once('end', () => {
      // Another server before us has answered already, or nobody is there any more.
      if (response.writableEnded || response.closed) return;
      exchange.isRunning = true;
      caller.runInAsyncScope(answer, undefined, exchange, parts).catch((error: unknown) => fail(exchange, error));
    });
    response.once('close', () => {
      if (!exchange.isRunning) options.writeRequestLine(request, response);
    });
  };

  function readSent({ headers }: IncomingMessage): TokenRequest {
    const { cookie } = headers;
    return { headers, cookies: cookie === undefined ? NO_COOKIES : cookieFormat.parseCookie(cookie) };
  }
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly sent: TokenRequest;
  readonly ipAddress: string;
  /** Lines of `Set-Cookie`, by the name of the cookie. */
  readonly setCookies: Map<string, string>;
  contentType: string;
  /** From when all of it has come until it is answered. */
  isRunning: boolean;
}

interface Sent {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
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
