import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuthError } from '../domain/errors.js';
import type { Credential, Principal } from '../domain/principal.js';
import type { Role } from '../domain/user.js';
import { retryAfterOf, statusOf } from '../graphql/errors.js';
import { errorBody } from './error-body.js';
import { findServer, type SessionServer } from './session-servers.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is speaking, on routes with `requireSession` of Latchkey. */
    principal?: Principal;
  }
}

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- where Express looks for what middleware adds
  namespace Express {
    interface Request {
      /** Who is speaking, on routes with `requireSession` of Latchkey. */
      principal?: Principal;
    }
  }
}

/** Whom a route is for. */
export interface RequireSessionOptions {
  /** The roles of which one is enough; left out, any signed-in user. */
  readonly anyOf?: readonly Role[] | undefined;
  /** Left out: the one whose `handler` the request came through. */
  readonly server?: object | undefined;
}

/** Express's and Node's request, or Fastify's. */
export type RoutedRequest = (IncomingMessage & { principal?: Principal }) | FastifyRequest;
/** Express's and Node's response, or Fastify's reply. */
export type RoutedResponse = ServerResponse | FastifyReply;
/** Express middleware, and a `preHandler` (or `onRequest`) of Fastify. */
export type RouteGuard = (request: RoutedRequest, response: RoutedResponse, next: (error?: Error) => void) => void;

/**
 * Lets through whom `/graphql` would take for a signed-in user with one of these roles, by the same transports and the
 * same rule on cookies (whatever the method), and sets `request.principal`; refuses anyone else with the same codes
 * and HTTP statuses. Refreshes nothing.
 *
 * @example
 * ```ts
 * import express from 'express';
 * import { createAuthServer, requireSession } from 'latchkey';
 *
 * const server = await createAuthServer();
 * const app = express().use(server.handler);
 * app.get('/drafts.csv', requireSession({ anyOf: ['ADMIN'] }), (request, response) => {
 *   response.send(`Drafts of ${request.principal?.userId}`);
 * });
 * ```
 * @param options whom to let through; left out, any signed-in user
 * @returns middleware of Express, and a `preHandler` of Fastify
 * @throws TypeError where `anyOf` is no list of roles; at the first request where no server is to be found, or it
 *   does not know one of these roles
 */
export function requireSession({ anyOf, server }: RequireSessionOptions = {}): RouteGuard {
  assertRoles(anyOf);
  return (request, response, next) => {
    const admit = async (): Promise<void> => {
      const found = findServer(server, request, 'requireSession');
      request.principal = await judge(found, anyOf, request);
    };
    admit().then(
      () => next(),
      (error: unknown) => {
        if (error instanceof AuthError) refuse(response, error);
        else next(error instanceof Error ? error : new Error('requireSession failed', { cause: error }));
      },
    );
  };
}

async function judge(
  { reader, roles }: SessionServer,
  anyOf: readonly Role[] | undefined,
  request: RoutedRequest,
): Promise<Principal> {
  const unknown = anyOf?.filter((role) => !roles.includes(role)) ?? [];
  if (unknown.length > 0) throw new TypeError(`requireSession: anyOf: there is no role ${unknown.join(', ')}`);
  const principal = principalOf(await reader.readJudged(request));
  const isAllowed = anyOf === undefined || anyOf.some((role) => principal.roles.includes(role));
  if (!isAllowed) throw new AuthError('FORBIDDEN');
  return principal;
}

function principalOf(credential: Credential): Principal {
  if (credential.kind === 'principal') return credential.principal;
  throw new AuthError(credential.kind === 'unusable' ? credential.code : 'UNAUTHENTICATED');
}

function assertRoles(anyOf: readonly Role[] | undefined): void {
  // Nobody holds one of no roles: whoever wrote that meant something else.
  const isList = Array.isArray(anyOf) && anyOf.length > 0 && anyOf.every((role) => typeof role === 'string');
  if (anyOf !== undefined && !isList) throw new TypeError('requireSession: anyOf: has to be a list of roles');
}

/** By Fastify's own way where it is there: what its hooks add to an answer, such as CORS headers, is added to this one. */
function refuse(response: RoutedResponse, error: AuthError): void {
  const { code, message, extensions } = error;
  const retryAfter = retryAfterOf(error);
  const status = statusOf(code) ?? 500;
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
  };
  const body = JSON.stringify(errorBody(code, message, extensions));
  if ('raw' in response) void response.code(status).headers(headers).send(body);
  else response.writeHead(status, headers).end(body);
}
