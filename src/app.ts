import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import {
  createPublicUrl,
  explainConfiguration,
  hashConcurrency,
  makeAdministrator,
  readSecrets,
  toPolicy,
  toSigningKeyPolicy,
} from './app-configuration.js';
import { createEmit, createFeedReport, createUnreadableKeyReport } from './app-log.js';
import { eachSecond } from './app-repetition.js';
import type { Config } from './config.js';
import { createAccessTokens } from './domain/access-token.js';
import { createAuthenticate } from './domain/authentication.js';
import { systemNodeClock, type Clock, type NodeClock } from './domain/clock.js';
import { createConfirmations } from './domain/confirmations.js';
import { createPasswords } from './domain/password.js';
import { createRefreshTokens } from './domain/refresh-token.js';
import { deriveSecretKeys } from './domain/secrets.js';
import { openRolePermissions } from './domain/role-permission-service.js';
import { createSessionService } from './domain/session-service.js';
import { createSetUpCodes } from './domain/set-up-code.js';
import { createRevocationIndex } from './domain/revocation-index.js';
import { noteRevocations } from './domain/revocation-noting.js';
import { followRevocations, type Revocations } from './domain/revocation-service.js';
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
  /** How long ago something was, on this node. For tests. */
  readonly nodeClock?: NodeClock | undefined;
}

/** Waiting hashes hold a request each, no memory to speak of: this many are some seconds of work for one core. */
const HASH_QUEUE_LENGTH = 512;

/**
 * Puts a server together: the one place where adapters meet services.
 *
 * @throws ConfigurationError where configuration and store do not go together
 * @throws AuthError `SERVICE_UNAVAILABLE` where the store cannot be reached
 */
export async function createApp(config: Config, { log, clock, nodeClock }: AppOptions): Promise<App> {
  const secrets = await explainConfiguration(() => readSecrets(config));
  const stores = await explainConfiguration(() => openStores(config.storeUrl, { clock }));
  try {
    return await composeApp(config, { opened: stores, secrets, log, nodeClock: nodeClock ?? systemNodeClock });
  } catch (error) {
    await stores.close();
    throw error;
  }
}

interface Opened {
  readonly opened: Stores;
  readonly secrets: readonly string[];
  readonly log: Logger;
  readonly nodeClock: NodeClock;
}

async function composeApp(config: Config, { opened, secrets, log, nodeClock }: Opened): Promise<App> {
  const policy = toPolicy(config);
  const index = createRevocationIndex({ retentionMs: policy.retentionMs });
  const stores = noteRevocations(opened, (revocations) => index.add(revocations, opened.clock.now()));
  const keys = deriveSecretKeys(secrets);
  const publicUrl = createPublicUrl(config);
  const emit = createEmit(log);
  const passwords = await createPasswords({ concurrency: hashConcurrency(config), queueLength: HASH_QUEUE_LENGTH });
  const signingKeys = await explainConfiguration(() =>
    openSigningKeys({
      ...toSigningKeyPolicy(config),
      ...{ store: stores.signingKeys, keys, clock: stores.clock, nodeClock, emit },
      onUnreadable: createUnreadableKeyReport(log),
    }),
  );
  const rolePermissions = await openRolePermissions({ store: stores.rolePermissions, roles: policy.roles, emit });
  const permissionsOf = rolePermissions.of;
  const refreshTokens = createRefreshTokens(keys);
  const revocations = followRevocations({
    store: stores.revocations,
    index,
    retentionMs: policy.retentionMs,
    reloadKeys: signingKeys.reload,
    reloadPermissions: rolePermissions.reload,
    clock: stores.clock,
    nodeClock,
    report: createFeedReport(log),
  });
  const accessTokens = createAccessTokens({
    signingKeys,
    freshen: revocations.freshen,
    issuer: publicUrl.current,
    audience: () => config.audience ?? publicUrl.current(),
    ttlSeconds: config.accessTokenTtlSeconds,
    roles: policy.roles,
    clock: stores.clock,
  });
  const confirmations = createConfirmations(stores.sessions);
  const setUpCodes = createSetUpCodes(stores);
  const sessions = createSessionService({
    ...{ stores, passwords, accessTokens, refreshTokens, permissionsOf, policy, emit },
  });
  const users = createUserService({ stores, passwords, setUpCodes, policy, emit });
  await makeAdministrator(config, stores, passwords);

  const schema = createSchema(policy.roles);
  const graphql = createGraphQLServer({ schema, introspection: config.introspection, log });
  await graphql.start();
  const server = await createServer({
    graphql,
    surroundings: { auth: { sessions, users, rolePermissions, signingKeys }, clock: stores.clock, roles: policy.roles },
    cookies: createCookies({
      isSecure: config.publicUrl?.protocol === 'https:',
      sameSite: config.cookieSameSite,
      domain: config.cookieDomain,
    }),
    authenticate: createAuthenticate({ accessTokens, revocations, confirmations, permissionsOf }),
    isAllowedOrigin: (origin) => origin === publicUrl.current() || config.allowedOrigins.includes(origin),
    clock: stores.clock,
    logger: log,
    trustProxy: config.trustProxy,
    publicJwks: signingKeys.publicJwks,
    ping: stores.ping,
    isFeedFresh: revocations.isFresh,
  });
  await waitForFeed(revocations, log);
  const setUpCode = await setUpCodes.issue();

  // Last, since nothing that fails above would stop them.
  const flushing = eachSecond(confirmations.flush, (error) => {
    log.warn({ err: error }, 'confirmations wait for the store');
  });
  const keepingUp = eachSecond(signingKeys.keepUp, (error) => {
    log.warn({ err: error }, 'the signing keys wait for the store');
  });

  return {
    setUpCode,
    async listen() {
      await server.listen({ host: config.host, port: config.port });
      const { port } = server.server.address() as AddressInfo;
      publicUrl.bound(port);
      return `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}/graphql`;
    },
    async close() {
      await drainServer(server);
      await graphql.stop();
      await Promise.all([flushing.stop(), keepingUp.stop()]);
      await flushing.runOnceMore();
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
