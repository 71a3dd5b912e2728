import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import type { Logger } from 'pino';
import { ConfigurationError, isStrongSecret, type Config } from './config.js';
import { createAccessTokens } from './domain/access-token.js';
import { createAuthenticate } from './domain/authentication.js';
import type { Clock } from './domain/clock.js';
import { createConfirmations, type Confirmations } from './domain/confirmations.js';
import { AuthError } from './domain/errors.js';
import type { DomainEvent } from './domain/events.js';
import { ensureAdministrator } from './domain/first-administrator.js';
import { createPasswords, type Passwords } from './domain/password.js';
import type { Policy } from './domain/policy.js';
import { createRefreshTokens } from './domain/refresh-token.js';
import { deriveSecretKeys } from './domain/secrets.js';
import { createSessionService } from './domain/session-service.js';
import { createSetUpCodes } from './domain/set-up-code.js';
import { openSigningKeys, UnreadableSigningKeyError } from './domain/signing-key-service.js';
import type { Stores } from './domain/stores.js';
import { ADMIN, MODERATOR } from './domain/user.js';
import { createUserService } from './domain/user-service.js';
import { createSchema } from './graphql/schema.js';
import { createGraphQLServer } from './graphql/server.js';
import { createCookies } from './http/cookies.js';
import { createServer, drainServer } from './http/server.js';
import { readOrCreateSecret, secretPath } from './stores/sqlite/secret-file.js';
import { openStores } from './stores/open.js';
import { databasePath } from './stores/sqlite/path.js';

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

/** A request that was under way when its session ended may still give out an access token. */
const STALL_MS = 60_000;
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
  const secrets =
    config.secrets.length > 0 ? config.secrets : [await explainConfiguration(() => secretBeside(config.storeUrl))];
  const stores = await explainConfiguration(() => openStores(config.storeUrl, { clock }));
  try {
    return await composeApp(config, { stores, secrets, log });
  } catch (error) {
    await stores.close();
    throw error;
  }
}

/** Held to the same strength as `LATCHKEY_SECRET`: a file that was cut short would leave all keys to be guessed. */
function secretBeside(storeUrl: string): string {
  const path = secretPath(databasePath(storeUrl));
  const secret = readSecret(path);
  if (isStrongSecret(secret)) return secret;
  throw new TypeError(
    `LATCHKEY_SECRET: is not set, and the file ${path} holds less than 32 random bytes: put back the secret that the database was made with, or remove the file where the database is new`,
  );
}

function readSecret(path: string): string {
  try {
    return readOrCreateSecret(path);
  } catch (error) {
    throw new AuthError('SERVICE_UNAVAILABLE', { cause: error });
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

function toPolicy(config: Config): Policy {
  return {
    idleTtlMs: config.sessionIdleTtlSeconds * 1000,
    ttlMs: config.sessionTtlSeconds * 1000,
    graceMs: config.refreshGraceSeconds * 1000,
    retentionMs: config.accessTokenTtlSeconds * 1000 + STALL_MS,
    maxSessionsPerUser: config.maxSessionsPerUser,
    signUp: config.signUp,
    roles: [ADMIN, MODERATOR, ...config.roles],
  };
}

/** The public URL, which without `PUBLIC_URL` is known once the port is bound. */
function createPublicUrl(config: Config): { current: () => string; bound: (port: number) => void } {
  let origin = config.publicUrl?.origin ?? `http://localhost:${config.port}`;
  return {
    current: () => origin,
    bound(port) {
      if (config.publicUrl === null) origin = `http://localhost:${port}`;
    },
  };
}

/**
 * How many hashes run at once: a core is left to everything else, and a thread of libuv's pool to signatures. With all
 * cores hashing, requests that need no hash had a fourth of their throughput during a flood of sign-ins.
 */
const hashConcurrency = ({ threadPoolSize }: Config): number =>
  Math.max(1, Math.min(availableParallelism(), threadPoolSize) - 1);

async function explainConfiguration<Result>(open: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await open();
  } catch (error) {
    // A TypeError names the option that it is about, as those of the stores name STORE_URL.
    const isConfiguration = error instanceof UnreadableSigningKeyError || error instanceof TypeError;
    throw isConfiguration ? new ConfigurationError([error.message]) : error;
  }
}

async function makeAdministrator({ administrator }: Config, stores: Stores, passwords: Passwords): Promise<void> {
  if (administrator === null) return;
  try {
    await ensureAdministrator({ stores, passwords }, administrator);
  } catch (error) {
    if (!(error instanceof AuthError) || error.code === 'SERVICE_UNAVAILABLE') throw error;
    throw new ConfigurationError([
      error.code === 'INVALID_CREDENTIALS'
        ? 'ADMIN_EMAIL: there is an account with this address and another password; sign in with that one, or name another'
        : `${error.extensions.field ?? 'ADMIN_EMAIL'}: ${error.message}`,
    ]);
  }
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
  const flush = async (): Promise<void> => {
    try {
      await confirmations.flush();
    } catch (error) {
      log.warn({ err: error }, 'confirmations wait for the store');
    }
  };
  const timer = setInterval(() => void flush(), CONFIRMATION_INTERVAL_MS).unref();
  return async () => {
    clearInterval(timer);
    await flush();
  };
}
