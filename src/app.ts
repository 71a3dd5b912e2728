import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import {
  createPublicUrl,
  explainConfiguration,
  hashConcurrency,
  makeAdministrator,
  readSecrets,
  toPolicy,
} from './app-configuration.js';
import type { Config } from './config.js';
import { createAccessTokens } from './domain/access-token.js';
import { createAuthenticate } from './domain/authentication.js';
import type { Clock } from './domain/clock.js';
import { createConfirmations, type Confirmations } from './domain/confirmations.js';
import type { DomainEvent } from './domain/events.js';
import { createPasswords } from './domain/password.js';
import { createRefreshTokens } from './domain/refresh-token.js';
import { deriveSecretKeys } from './domain/secrets.js';
import { createSessionService } from './domain/session-service.js';
import { createSetUpCodes } from './domain/set-up-code.js';
import { openSigningKeys } from './domain/signing-key-service.js';
import type { Stores } from './domain/stores.js';
import { createUserService } from './domain/user-service.js';
import { createSchema } from './graphql/schema.js';
import { createGraphQLServer } from './graphql/server.js';
import { createCookies } from './http/cookies.js';
import { createServer, drainServer } from './http/server.js';
import { openStores } from './stores/open.js';

/** A server with everything that it stands on. */
export interface App {
  /** Binds, and says where: `http://localhost:4000/graphql`. */
  listen(): Promise<string>;
  /** What makes the first administrator; `null` where there is one. */
  readonly setUpCode: string | null;
  /** Stops accepting, finishes what runs (10 s at most), flushes confirmations, closes the store. */
  close(): Promise<void>;
}

export interface AppOptions {
  readonly log: Logger;
  /** All times come from it. For tests. */
  readonly clock?: Clock | undefined;
}

const CONFIRMATION_INTERVAL_MS = 1_000;
/** Waiting hashes hold a request each, no memory to speak of: this many are some seconds of work for one core. */
const HASH_QUEUE_LENGTH = 512;

/**
 * Puts a server together: the one place where adapters meet services.
 *
 * @throws ConfigurationError where configuration and store do not go together
 * @throws AuthError `SERVICE_UNAVAILABLE` where the store cannot be reached
 */
export async function createApp(config: Config, { log, clock }: AppOptions): Promise<App> {
  const secrets = await explainConfiguration(() => readSecrets(config));
  const stores = await explainConfiguration(() => openStores(config.storeUrl, { clock }));
  try {
    return await composeApp(config, { stores, secrets, log });
  } catch (error) {
    await stores.close();
    throw error;
  }
}

async function composeApp(
  config: Config,
  { stores, secrets, log }: { stores: Stores; secrets: readonly string[]; log: Logger },
): Promise<App> {
  const policy = toPolicy(config);
  const keys = deriveSecretKeys(secrets);
  const publicUrl = createPublicUrl(config);
  const emit = createEmit(log);
  const passwords = await createPasswords({ concurrency: hashConcurrency(config), queueLength: HASH_QUEUE_LENGTH });
  const signingKeys = await explainConfiguration(() =>
    openSigningKeys({ store: stores.signingKeys, keys, algorithm: config.signingAlgorithm }),
  );
  const accessTokens = createAccessTokens({
    signingKeys,
    issuer: publicUrl.current,
    audience: () => config.audience ?? publicUrl.current(),
    ttlSeconds: config.accessTokenTtlSeconds,
    roles: policy.roles,
    clock: stores.clock,
  });
  const refreshTokens = createRefreshTokens(keys);
  const confirmations = createConfirmations(stores.sessions);
  const setUpCodes = createSetUpCodes(stores);
  const sessions = createSessionService({ stores, passwords, accessTokens, refreshTokens, policy, emit });
  const users = createUserService({ stores, passwords, setUpCodes, policy, emit });
  await makeAdministrator(config, stores, passwords);

  const schema = createSchema(policy.roles);
  const graphql = createGraphQLServer({ schema, introspection: config.introspection, log });
  await graphql.start();
  const server = await createServer({
    graphql,
    surroundings: { auth: { sessions, users }, clock: stores.clock, roles: policy.roles },
    cookies: createCookies({
      isSecure: config.publicUrl?.protocol === 'https:',
      sameSite: config.cookieSameSite,
      domain: config.cookieDomain,
    }),
    authenticate: createAuthenticate(accessTokens, confirmations),
    isAllowedOrigin: (origin) => origin === publicUrl.current() || config.allowedOrigins.includes(origin),
    clock: stores.clock,
    logger: log,
    trustProxy: config.trustProxy,
    publicJwks: signingKeys.publicJwks,
    ping: stores.ping,
  });
  const stopFlushing = flushPeriodically(confirmations, log);

  return {
    setUpCode: await setUpCodes.issue(),
    async listen() {
      await server.listen({ host: config.host, port: config.port });
      const { port } = server.server.address() as AddressInfo;
      publicUrl.bound(port);
      return `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}/graphql`;
    },
    async close() {
      await drainServer(server);
      await graphql.stop();
      await stopFlushing();
      await stores.close();
    },
  };
}

function createEmit(log: Logger): (event: DomainEvent) => void {
  return (event) => {
    const isRoutine = event.type === 'session.refreshed' && event.verdict === 'rotated';
    const isAlarm = event.type === 'session.theft' || event.type === 'session.ahead-of-store';
    log[isAlarm ? 'error' : isRoutine ? 'debug' : 'info']({ event }, event.type);
  };
}

/** Writes confirmations once a second. What this returns stops it, after a last time. */
function flushPeriodically(confirmations: Confirmations, log: Logger): () => Promise<void> {
  let isFlushing = false;
  const flush = async (): Promise<void> => {
    isFlushing = true;
    try {
      await confirmations.flush();
    } catch (error) {
      log.warn({ err: error }, 'confirmations wait for the store');
    }
    isFlushing = false;
  };
  const timer = setInterval(() => {
    if (!isFlushing) void flush();
  }, CONFIRMATION_INTERVAL_MS).unref();
  return async () => {
    clearInterval(timer);
    await flush();
  };
}
