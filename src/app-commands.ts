import type { Logger } from 'pino';
import { auditTtlMs, explainConfiguration, readSecrets, toPolicy, toSigningKeyPolicy } from './app-configuration.js';
import { createEmit, createUnreadableKeyReport } from './app-log.js';
import { openOutbox } from './app-mail.js';
import type { Config } from './config.js';
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

/**
 * Opens the store for one command, beside the servers that run on it, and closes it again.
 *
 * @throws ConfigurationError where `STORE_URL` names nothing that can be opened
 * @throws AuthError `SERVICE_UNAVAILABLE` where the store cannot be reached
 */
export async function withStores<Result>(config: Config, act: (stores: Stores) => Promise<Result>): Promise<Result> {
  const stores = await explainConfiguration(() => openStores(config.storeUrl, { auditTtlMs: auditTtlMs(config) }));
  try {
    return await act(stores);
  } finally {
    await stores.close();
  }
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
export const withAdministration = <Result>(
  config: Config,
  log: Logger,
  act: (administering: Administering) => Promise<Result>,
): Promise<Result> =>
  withStores(config, async (stores) => {
    const outbox = openOutbox(config, log);
    const report = createEmit(log);
    const notify = createNotices({ stores, postMail: outbox.post });
    const emit: EmitEvent = (event) => {
      report(event);
      notify(event);
    };
    const policy = toPolicy(config);
    const passwords = await createPasswords({ concurrency: 1, queueLength: 1 });
    const administration = createUserAdministration({ stores, passwords, policy, emit });
    try {
      return await act({ stores, administration, roles: policy.roles });
    } finally {
      await outbox.drain(MAIL_PATIENCE_MS);
    }
  });

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
  config: Config,
  log: Logger,
  act: (signingKeys: SigningKeys) => Promise<Result>,
): Promise<Result> {
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
