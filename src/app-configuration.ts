import { availableParallelism } from 'node:os';
import { ConfigurationError, isStrongSecret, type Config } from './config.js';
import { AuthError } from './domain/errors.js';
import {
  checkFirstAdministrator,
  ensureAdministrator,
  type FirstAdministratorOptions,
} from './domain/first-administrator.js';
import type { Policy } from './domain/policy.js';
import { UnreadableSigningKeyError } from './domain/signing-key-memory.js';
import type { SigningKeyPolicy } from './domain/signing-key-upkeep.js';
import { ADMIN, MODERATOR, toRole, type Role } from './domain/user.js';
import { databasePath } from './stores/sqlite/path.js';
import { readOrCreateSecret, secretPath } from './stores/sqlite/secret-file.js';

/** A request that was under way when its session ended may still give out an access token. */
const STALL_MS = 60_000;

/** The secrets: those of the environment, else the one beside the SQLite file, which is made where it is missing. */
export const readSecrets = (config: Config): readonly string[] =>
  config.secrets.length > 0 ? config.secrets : [secretBeside(config.storeUrl)];

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

/**
 * What the operator decided, in the domain's units.
 *
 * @param roles every role of the schema; left out: ours and those that the operator names
 */
export function toPolicy(
  config: Config,
  roles: readonly Role[] = [ADMIN, MODERATOR, ...config.roles.map(toRole)],
): Policy {
  return {
    idleTtlMs: config.sessionIdleTtlSeconds * 1000,
    ttlMs: config.sessionTtlSeconds * 1000,
    graceMs: config.refreshGraceSeconds * 1000,
    retentionMs: config.accessTokenTtlSeconds * 1000 + STALL_MS,
    maxSessionsPerUser: config.maxSessionsPerUser,
    signUp: config.signUp,
    emailVerification: config.emailVerification,
    roles,
  };
}

/** How long entries of the audit log are kept, in milliseconds. */
export const auditTtlMs = ({ auditTtlSeconds }: Config): number => auditTtlSeconds * 1000;

/** What the operator decided about signing keys. */
export const toSigningKeyPolicy = (config: Config): SigningKeyPolicy => ({
  algorithm: config.signingAlgorithm,
  ttlSeconds: config.signingKeyTtlSeconds,
  retentionMs: toPolicy(config).retentionMs,
});

/** The public URL, which without `PUBLIC_URL` is known once the port is bound. */
export function createPublicUrl(config: Config): { current: () => string; bound: (port: number) => void } {
  let origin = config.publicUrl?.origin ?? `http://localhost:${config.port}`;
  return {
    current: () => origin,
    bound(port) {
      if (config.publicUrl === null) origin = `http://localhost:${port}`;
    },
  };
}

/** How many hashes run at once: as many as there are cores, and a thread of libuv's pool is left to all else. */
export const hashConcurrency = ({ threadPoolSize }: Config): number =>
  Math.max(1, Math.min(availableParallelism(), threadPoolSize - 1));

/** Says of what fails because the configuration does not go together with what it meets, that it is its fault. */
export async function explainConfiguration<Result>(open: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await open();
  } catch (error) {
    // A TypeError names the option that it is about, as those of the stores name STORE_URL.
    const isConfiguration = error instanceof UnreadableSigningKeyError || error instanceof TypeError;
    throw isConfiguration ? new ConfigurationError([error.message]) : error;
  }
}

/**
 * Makes the administrator that the environment names, where no administrator exists.
 *
 * @throws ConfigurationError where that account cannot be
 */
export const makeAdministrator = async (
  { administrator }: Pick<Config, 'administrator'>,
  options: FirstAdministratorOptions,
): Promise<void> => {
  if (administrator !== null) await explainAdministrator(() => ensureAdministrator(options, administrator));
};

/**
 * Whether {@link makeAdministrator} could make a new account, where there is neither an administrator nor the account.
 *
 * @throws ConfigurationError where it could not
 */
export const checkAdministrator = async ({ administrator }: Pick<Config, 'administrator'>): Promise<void> => {
  if (administrator !== null) await explainAdministrator(() => checkFirstAdministrator(administrator));
};

async function explainAdministrator(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof AuthError) || error.code === 'SERVICE_UNAVAILABLE') throw error;
    throw new ConfigurationError([
      error.code === 'INVALID_CREDENTIALS'
        ? 'ADMIN_EMAIL: there is an account with this address and another password; sign in with that one, or name another'
        : `${error.extensions.field ?? 'ADMIN_EMAIL'}: ${error.message}`,
    ]);
  }
}
