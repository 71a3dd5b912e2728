import type { Logger } from 'pino';
import { createApp, type App } from './app.js';
import { assertOptions, readOptionsConfig, toAddClaims, type AuthServerOptions } from './auth-server-options.js';
import type { Clock } from './domain/clock.js';
import type { Auth } from './graphql/context.js';
import type { RequestHandler } from './http/request-handler.js';
import { rememberServer } from './http/session-servers.js';
import { createLog } from './log.js';

/** A session server within an application. */
export interface AuthServer {
  /** Binds `HOST` and `PORT`, and says where: `http://localhost:4000/graphql`. Not needed where `handler` serves. */
  listen(): Promise<{ readonly url: string }>;
  /** Serves `/graphql`, `/.well-known/jwks.json`, `/healthz` and `/readyz` within another server. */
  readonly handler: RequestHandler;
  /** The domain's services: `users`, `sessions`, `rolePermissions`, `signingKeys`. */
  readonly auth: Auth;
  /** What makes the first administrator; `null` where there is one. Printed on standard error too, if logs are. */
  readonly setUpCode: string | null;
  /**
   * After `SHUTDOWN_DELAY_SECONDS`, for which it serves on with `/readyz` at 503: refuses what comes, finishes what runs
   * (10 s at most), closes the store. Repeatable.
   */
  close(): Promise<void>;
}

/** What tests put in the place of the environment's. */
export interface AuthServerSurroundings {
  readonly log?: Logger;
  readonly clock?: Clock;
}

/**
 * Makes a session server of our schema and the application's. Opens the store; listens only when it is told to.
 *
 * @example
 * ```ts
 * import { createAuthServer } from 'latchkey';
 *
 * const server = await createAuthServer({
 *   typeDefs: 'extend type Query { hello: String @auth }',
 *   resolvers: { Query: { hello: (_source, _arguments, { principal }) => `Hello, ${principal?.userId}` } },
 * });
 * const { url } = await server.listen();
 * ```
 * @param options what the application brings; left out, it is configured by the environment alone
 * @returns the server, which its maker closes
 * @throws TypeError that names each option, environment variable or coordinate of the schema which is not right
 * @throws AuthError `SERVICE_UNAVAILABLE` where the store cannot be reached
 */
export async function createAuthServer<Added extends object = object>(
  options: AuthServerOptions<Added> = {},
): Promise<AuthServer> {
  return startAuthServer(options);
}

/** {@link createAuthServer}, on a test's clock and log. */
export async function startAuthServer<Added extends object = object>(
  options: AuthServerOptions<Added>,
  surroundings: AuthServerSurroundings = {},
): Promise<AuthServer> {
  assertOptions(options);
  const config = readOptionsConfig(options);
  const { typeDefs, resolvers, context, onEvent, authenticate, coverage = 'optional', limits } = options;
  const { log = createLog(config), clock } = surroundings;
  const app = await createApp(config, {
    ...{ log, clock },
    application: {
      ...{ typeDefs, resolvers, onEvent, authenticate, coverage, limits },
      addToContext: context,
      addClaims: toAddClaims(options.claims),
    },
  });
  if (app.setUpCode !== null && config.logLevel !== 'silent') {
    process.stderr.write(`latchkey set-up code: ${app.setUpCode}\n`);
  }
  return toAuthServer(app);
}

function toAuthServer(app: App): AuthServer {
  let closing: Promise<void> | undefined;
  const server: AuthServer = {
    listen: async () => ({ url: await app.listen() }),
    handler: app.handler,
    auth: app.auth,
    setUpCode: app.setUpCode,
    close: () => (closing ??= app.close()),
  };
  rememberServer(server, app.sessions);
  return Object.freeze(server);
}
