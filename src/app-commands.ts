import type { Logger } from 'pino';
import { auditTtlMs, explainConfiguration, readSecrets, toSigningKeyPolicy } from './app-configuration.js';
import { createEmit, createUnreadableKeyReport } from './app-log.js';
import type { Config } from './config.js';
import { deriveSecretKeys } from './domain/secrets.js';
import { readSigningKeys, type SigningKeys } from './domain/signing-key-service.js';
import type { Stores } from './domain/stores.js';
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
