import { setTimeout } from 'node:timers/promises';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import { auditTtlMs, explainConfiguration, readSecrets } from './app-configuration.js';
import { composeDomain, type DomainHooks } from './app-domain.js';
import { openOutbox } from './app-mail.js';
import { eachSecond, repeat } from './app-repetition.js';
import { loadTrustedDocuments } from './app-trusted-documents.js';
import type { Config } from './config.js';
import { AuthError } from './domain/errors.js';
import type { MailLinks } from './domain/mail.js';
import { systemNodeClock, type Clock, type NodeClock } from './domain/clock.js';
import type { Revocations } from './domain/revocation-service.js';
import type { Stores } from './domain/stores.js';
import type { AddToContext, Auth } from './graphql/context.js';
import { DEFAULT_LIMITS, type Limits } from './graphql/limits.js';
import { createSchema, namedRoles, type SchemaOptions } from './graphql/schema.js';
import { createGraphQLServer } from './graphql/server.js';
import type { TrustedDocuments } from './graphql/trusted-documents.js';
import { CONNECTION_LIMITS, type ConnectionLimits } from './http/connection-limits.js';
import { createCookies } from './http/cookies.js';
import { createHandling } from './http/handler.js';
import { addressesOf, createListening } from './http/listening.js';
import { createMailLinks } from './http/mail-pages.js';
import { createRequestHandler, type RequestHandler } from './http/request-handler.js';
import { createServer } from './http/server.js';
import { createSessionReader } from './http/session-reader.js';
import type { SessionServer } from './http/session-servers.js';
import { openStores } from './stores/open.js';
import { createTracing } from './tracing/tracing.js';

/** What a server that crashed kept from the audit log stands there so soon, at the latest, while another runs. */
const RECOVERY_INTERVAL_MS = 10_000;
/** How long a server that stops waits for what runs: requests, then mails and the application's listeners. */
const DRAIN_MS = 10_000;
/** Of these, what is left to the latter at the least. */
const LAST_MS = 2_000;

/** A server with everything that it stands on. */
export interface App {
  /** Binds, and says where: `http://localhost:4000/graphql`. */
  listen(): Promise<string>;
  /** What makes the first administrator; `null` where there is one. */
  readonly setUpCode: string | null;
  /** Serves within another server. */
  readonly handler: RequestHandler;
  readonly auth: Auth;
  /** Who speaks by requests that are not its own. */
  readonly sessions: SessionServer;
  /**
   * Is not ready from now on, serves for `SHUTDOWN_DELAY_SECONDS`, then stops accepting, finishes what runs (10 s at most),
   * flushes confirmations, closes the store.
   */
  close(): Promise<void>;
}

/** What an application brings to the server. */
export interface Application extends DomainHooks, Partial<Pick<SchemaOptions, 'typeDefs' | 'resolvers' | 'coverage'>> {
  readonly addToContext?: AddToContext | undefined;
  /** In place of {@link DEFAULT_LIMITS}, each of its own. */
  readonly limits?: Partial<Limits> | undefined;
}

export interface AppOptions {
  readonly log: Logger;
  /** Left out: our own schema, with a rule on every root field, and nothing else. */
  readonly application?: Application | undefined;
  /** All times come from it. For tests. */
  readonly clock?: Clock | undefined;
  /** How long ago something was, on this node. For tests. */
  readonly nodeClock?: NodeClock | undefined;
  /** In place of {@link CONNECTION_LIMITS} and `KEEP_ALIVE_SECONDS`, each of its own. For tests. */
  readonly connectionLimits?: Partial<ConnectionLimits> | undefined;
}

/**
 * Puts a server together: the one place where adapters meet services.
 *
 * @throws ConfigurationError where configuration and store do not go together; TypeError for a schema that cannot be
 *   guarded, before anything is opened
 * @throws AuthError `SERVICE_UNAVAILABLE` where the store cannot be reached
 */
export async function createApp(config: Config, options: AppOptions): Promise<App> {
  const { log, clock, nodeClock = systemNodeClock, application = {} } = options;
  const { typeDefs, resolvers, coverage = 'required' } = application;
  const schema = createSchema({ roles: config.roles, typeDefs, resolvers, coverage });
  const limits = { ...DEFAULT_LIMITS, ...application.limits };
  const trustedDocuments = loadTrustedDocuments(config, { schema, limits });
  const secrets = await explainConfiguration(() => readSecrets(config));
  const stores = await explainConfiguration(() =>
    openStores(config.storeUrl, { clock, auditTtlMs: auditTtlMs(config) }),
  );
  try {
    const given = { log, nodeClock, application, connectionLimits: options.connectionLimits };
    return await composeApp(config, { ...given, stores, secrets, schema, limits, trustedDocuments });
  } catch (error) {
    await stores.close();
    throw error;
  }
}

interface Opened {
  readonly stores: Stores;
  readonly secrets: readonly string[];
  readonly log: Logger;
  readonly nodeClock: NodeClock;
  readonly schema: GraphQLSchema;
  readonly limits: Limits;
  readonly trustedDocuments: TrustedDocuments | null;
  readonly application: Application;
  readonly connectionLimits: Partial<ConnectionLimits> | undefined;
}

async function composeApp(config: Config, options: Opened): Promise<App> {
  const { stores, secrets, log, nodeClock, schema, limits, trustedDocuments, application } = options;
  const { typeDefs, addToContext } = application;
  const roles = namedRoles({ roles: config.roles, typeDefs });
  const outbox = openOutbox(config, log);
  const linksOf = (publicUrl: () => string): MailLinks => createMailLinks(publicUrl, config.mail);
  // Loaded where they are wanted, and no start pays for them otherwise.
  const metrics = config.metrics ? (await import('./metrics/metrics.js')).createMetrics() : null;
  const tracing = createTracing();
  const surrounding = { log, nodeClock, postMail: outbox.post, linksOf, metrics, tracing };
  const domain = await composeDomain(config, { stores, secrets, roles, hooks: application, ...surrounding });
  const { auth, authenticate, confirmations, events, publicUrl, revocations } = domain;
  const { clock } = stores;

  const introspection = config.introspection && trustedDocuments === null;
  const observer = metrics?.operationsStep;
  const graphql = createGraphQLServer({ schema, introspection, limits, log, observer });
  await graphql.apollo.start();
  const transport = {
    cookies: createCookies({
      isSecure: config.publicUrl?.protocol === 'https:',
      sameSite: config.cookieSameSite,
      domain: config.cookieDomain,
    }),
    authenticate,
    isAllowedOrigin: (origin: string) => origin === publicUrl.current() || config.allowedOrigins.includes(origin),
    clock,
  };
  const server = await createServer({
    graphql,
    surroundings: { auth, clock, roles, addToContext },
    trustedDocuments,
    bodyLimitBytes: limits.bodyBytes,
    ...transport,
    cookieDomain: config.cookieDomain,
    logger: log,
    tracer: tracing?.tracer,
    trustProxy: config.trustProxy,
    publicJwks: auth.signingKeys.publicJwks,
    renderMetrics: metrics?.render,
    explorer: introspection,
    ping: stores.ping,
    isFeedFresh: revocations.isFresh,
    isAuditLogTaking: stores.isAuditLogTaking,
    isStopping: () => isStopping,
  });
  let isStopping = false;
  const { fastify, paths } = server;
  const keepAliveMs = config.keepAliveSeconds * 1000;
  const listening = createListening({
    serve: server.serve,
    limits: { ...CONNECTION_LIMITS, keepAliveMs, ...options.connectionLimits },
    log,
  });
  const reader = createSessionReader({ ...transport, parseCookies: (header) => fastify.parseCookie(header) });
  const served = { reader, roles };
  const handling = createHandling(server, served);
  await waitForFeed(revocations, log);
  const setUpCode = await domain.setUpCodes.issue();

  // Last, since nothing that fails above would stop them.
  const flushing = eachSecond(confirmations.flush, (error) => {
    log.warn({ err: error }, 'confirmations wait for the store');
  });
  const keepingUp = eachSecond(auth.signingKeys.keepUp, (error) => {
    log.warn({ err: error }, 'the signing keys wait for the store');
  });

  const recovering = repeat(RECOVERY_INTERVAL_MS, stores.auditEntries.recover, (error) => {
    if (error instanceof AuthError) log.warn({ err: error }, 'entries of the audit log wait for the store');
    else log.error({ err: error }, 'the audit log refuses entries: they wait, and this server is not ready until then');
  });
  await recovering.runOnceMore();

  return {
    setUpCode,
    handler: createRequestHandler({ paths, listener: handling.listener, sessions: served }),
    auth,
    sessions: served,
    async listen() {
      const port = await listening.listen(await addressesOf(config.host), config.port);
      publicUrl.bound(port);
      return `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}/graphql`;
    },
    async close() {
      isStopping = true;
      listening.turnAway();
      await setTimeout(config.shutdownDelaySeconds * 1000);
      const end = performance.now() + DRAIN_MS;
      await Promise.all([handling.drain(DRAIN_MS), listening.drain(DRAIN_MS)]);
      await Promise.all([fastify.close(), graphql.apollo.stop()]);
      await Promise.all([flushing.stop(), keepingUp.stop(), recovering.stop()]);
      await flushing.runOnceMore();
      const leftMs = Math.max(LAST_MS, end - performance.now());
      await Promise.all([events.settle(leftMs), outbox.drain(leftMs)]);
      await revocations.close();
      await stores.close();
    },
  };
}

/** Until the feed is there, each verification asks the store: a server that cannot wait for it starts all the same. */
async function waitForFeed(revocations: Revocations, log: Logger): Promise<void> {
  try {
    await revocations.catchUp();
  } catch (error) {
    log.warn({ err: error }, 'the revocation feed is not fresh yet: access tokens are checked in the store');
  }
}
