import type { Logger } from 'pino';
import { auditTtlMs, explainConfiguration, readSecrets, toPolicy, toSigningKeyPolicy } from './app-configuration.js';
import { createEmit, createUnreadableKeyReport } from './app-log.js';
import { openOutbox } from './app-mail.js';
import type { Config } from './config.js';
import { AuthError } from './domain/errors.js';
import type { EmitEvent } from './domain/events.js';
import { createNotices } from './domain/notices.js';
import { createPasswords } from './domain/password.js';
import { deriveSecretKeys } from './domain/secrets.js';
import { readSigningKeys, type SigningKeys } from './domain/signing-key-service.js';
import type { Stores } from './domain/stores.js';
import type { Role } from './domain/user.js';
import { createUserAdministration, type UserAdministration } from './domain/user-administration.js';
import { openMigrating, type Migrating } from './stores/migrate.js';
import { openStores } from './stores/open.js';
import { findMissingStore } from './stores/presence.js';

/** How a command meets a store. */
export interface StoreUse {
  /** Whether it makes one where there is none: a command that only reads or changes would begin an empty one elsewhere. */
  readonly makesStore: boolean;
}

/**
 * Opens the store for one command, beside the servers that run on it, and closes it again.
 *
 * @throws ConfigurationError where `STORE_URL` names nothing that can be opened
 * @throws AuthError `SERVICE_UNAVAILABLE` where the store cannot be reached, or there is none and none is to be made
 */
async function withStores<Result>(config: Config, act: (stores: Stores) => Promise<Result>): Promise<Result> {
  const stores = await explainConfiguration(() => openStores(config.storeUrl, { auditTtlMs: auditTtlMs(config) }));
  try {
    return await act(stores);
  } finally {
    await stores.close();
  }
}

/** @throws AuthError `SERVICE_UNAVAILABLE` where there is none, and this command makes none */
async function assertStore({ storeUrl }: Config, { makesStore }: StoreUse): Promise<void> {
  const place = makesStore ? null : await explainConfiguration(() => findMissingStore(storeUrl));
  if (place === null) return;
  throw new AuthError('SERVICE_UNAVAILABLE', {
    cause: new Error(`there is none at ${place}: set STORE_URL, or run this in the folder of the server`),
  });
}

/**
 * Looks at the store's version, or brings it up to date, beside the servers that run on it.
 *
 * @throws ConfigurationError where `STORE_URL` names nothing that can be opened, or what a newer Latchkey made
 * @throws AuthError `SERVICE_UNAVAILABLE` where the store cannot be reached
 */
export const withMigrating = <Result>(
  { storeUrl }: Config,
  act: (migrating: Migrating) => Promise<Result>,
): Promise<Result> => explainConfiguration(async () => act(await openMigrating(storeUrl)));

/** What a command is run with. */
export interface CommandOptions extends StoreUse {
  readonly config: Config;
  readonly log: Logger;
}

/** What commands on users and sessions are given. */
export interface Administering {
  readonly stores: Stores;
  readonly administration: UserAdministration;
  readonly roles: readonly Role[];
}

/**
 * The same, for one command on users or sessions: under the guards of the servers, with the mails that they would send.
 *
 * @throws ConfigurationError, AuthError as {@link withStores} does
 */
export async function withAdministration<Result>(
  { config, log, ...use }: CommandOptions,
  act: (administering: Administering) => Promise<Result>,
): Promise<Result> {
  await assertStore(config, use);
  return withStores(config, async (stores) => {
    const outbox = openOutbox(config, log);
    const report = createEmit(log);
    const notify = createNotices({ stores, postMail: outbox.post });
    const emit: EmitEvent = (event) => {
      report(event);
      notify(event);
    };
    const policy = toPolicy(config);
    const passwords = createPasswords({ concurrency: 1, queueLength: 1 });
    const administration = createUserAdministration({ stores, passwords, policy, emit });
    try {
      return await act({ stores, administration, roles: policy.roles });
    } finally {
      await outbox.drain(MAIL_PATIENCE_MS);
    }
  });
}

/** As long as a server that stops waits for its mails. */
const MAIL_PATIENCE_MS = 10_000;

/**
 * Opens the store for one command on its signing keys, beside the servers that run on it, and closes it again. Starts no
 * server, and makes no key, set-up code or administrator.
 *
 * @throws ConfigurationError where configuration and store do not go together; nothing is changed then
 * @throws AuthError `SERVICE_UNAVAILABLE` where the store cannot be reached
 */
export async function withSigningKeys<Result>(
  { config, log, ...use }: CommandOptions,
  act: (signingKeys: SigningKeys) => Promise<Result>,
): Promise<Result> {
  // Before a secret is made beside it.
  await assertStore(config, use);
  const secrets = await explainConfiguration(() => readSecrets(config));
  return withStores(config, async (stores) => {
    const signingKeys = await explainConfiguration(() =>
      readSigningKeys({
        ...toSigningKeyPolicy(config),
        ...{ store: stores.signingKeys, keys: deriveSecretKeys(secrets), clock: stores.clock },
        emit: createEmit(log),
        onUnreadable: createUnreadableKeyReport(log),
      }),
    );
    return act(signingKeys);
  });
}
