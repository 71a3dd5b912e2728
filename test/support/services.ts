import { createAccessTokens, type AccessTokens } from '../../src/domain/access-token.js';
import { createAuthenticate, type Authenticate } from '../../src/domain/authentication.js';
import { createConfirmations, type Confirmations } from '../../src/domain/confirmations.js';
import type { DomainEvent } from '../../src/domain/events.js';
import { createPasswords, type Passwords } from '../../src/domain/password.js';
import type { Policy } from '../../src/domain/policy.js';
import { createRefreshTokens, type RefreshTokens } from '../../src/domain/refresh-token.js';
import { deriveSecretKeys } from '../../src/domain/secrets.js';
import { createSessionService, type SessionService } from '../../src/domain/session-service.js';
import { createSetUpCodes, type SetUpCodes } from '../../src/domain/set-up-code.js';
import { openSigningKeys } from '../../src/domain/signing-key-service.js';
import type { Stores } from '../../src/domain/stores.js';
import { createUserService, type UserService } from '../../src/domain/user-service.js';

export const SECRET = 'a-secret-of-the-tests-that-is-at-least-32-bytes-long';

export const POLICY: Policy = {
  idleTtlMs: 30 * 24 * 3600_000,
  ttlMs: 180 * 24 * 3600_000,
  graceMs: 10_000,
  retentionMs: 660_000,
  maxSessionsPerUser: 100,
  signUp: 'open',
  roles: ['ADMIN', 'MODERATOR', 'EDITOR'],
};

/** Hashing is dear, and making a hasher hashes: nodes of one suite share it, however often they restart. */
const sharedPasswords = await createPasswords({ concurrency: 2, queueLength: 1_000 });

/** The domain's services on a store, as one server has them. */
export interface Node {
  readonly stores: Stores;
  readonly sessions: SessionService;
  readonly users: UserService;
  readonly setUpCodes: SetUpCodes;
  readonly accessTokens: AccessTokens;
  readonly refreshTokens: RefreshTokens;
  readonly confirmations: Confirmations;
  readonly authenticate: Authenticate;
  /** What happened, in order. */
  readonly events: DomainEvent[];
}

/** Puts a node together on a store; several on one database are several servers, and a new one is a restart. */
export async function createNode(
  stores: Stores,
  { policy = {}, secrets = [SECRET], accessTokenTtlSeconds = 600, passwords = sharedPasswords }: NodeOptions = {},
): Promise<Node> {
  const events: DomainEvent[] = [];
  const emit = (event: DomainEvent): void => void events.push(event);
  const keys = deriveSecretKeys(secrets);
  const full = { ...POLICY, ...policy };
  const signingKeys = await openSigningKeys({ store: stores.signingKeys, keys, algorithm: 'EdDSA' });
  const accessTokens = createAccessTokens({
    signingKeys,
    issuer: () => 'http://localhost:4000',
    audience: () => 'http://localhost:4000',
    ttlSeconds: accessTokenTtlSeconds,
    roles: full.roles,
    clock: stores.clock,
  });
  const refreshTokens = createRefreshTokens(keys);
  const confirmations = createConfirmations(stores.sessions);
  const setUpCodes = createSetUpCodes(stores);
  return {
    stores,
    setUpCodes,
    accessTokens,
    refreshTokens,
    confirmations,
    events,
    sessions: createSessionService({ stores, passwords, accessTokens, refreshTokens, policy: full, emit }),
    users: createUserService({ stores, passwords, setUpCodes, policy: full, emit }),
    authenticate: createAuthenticate(accessTokens, confirmations),
  };
}

export interface NodeOptions {
  readonly policy?: Partial<Policy>;
  readonly secrets?: readonly string[];
  readonly accessTokenTtlSeconds?: number;
  readonly passwords?: Passwords;
}
