import { createAccessTokens } from '../../src/domain/access-token.js';
import { createAuthenticate, type Authenticate } from '../../src/domain/authentication.js';
import { createConfirmations, type Confirmations } from '../../src/domain/confirmations.js';
import type { DomainEvent } from '../../src/domain/events.js';
import { createPasswords, type Passwords } from '../../src/domain/password.js';
import type { Policy } from '../../src/domain/policy.js';
import { createRefreshTokens } from '../../src/domain/refresh-token.js';
import { deriveSecretKeys } from '../../src/domain/secrets.js';
import { createSessionService, type SessionService } from '../../src/domain/session-service.js';
import { createSetUpCodes } from '../../src/domain/set-up-code.js';
import { openSigningKeys } from '../../src/domain/signing-key-service.js';
import type { Stores } from '../../src/domain/stores.js';
import { createUserService, type UserService } from '../../src/domain/user-service.js';
import { SECRET } from './services.js';

const URL = 'http://localhost:4000';
const ACCESS_TOKEN_TTL_SECONDS = 600;

/** What a server keeps in memory about sessions, and its services: lost and made anew by a restart. */
export interface SessionNode {
  readonly stores: Stores;
  readonly sessions: SessionService;
  readonly users: UserService;
  readonly confirmations: Confirmations;
  readonly authenticate: Authenticate;
  readonly events: readonly DomainEvent[];
}

/** Hashing is dear, and no part of what is tested with thousands of restarts: nodes share one hasher. */
export const sharedPasswords = (): Promise<Passwords> => createPasswords({ concurrency: 2, queueLength: 1_000 });

/** One server, as `createNode` makes it, but for the hasher that it is given. */
export async function createSessionNode(
  stores: Stores,
  { policy, passwords }: { readonly policy: Policy; readonly passwords: Passwords },
): Promise<SessionNode> {
  const events: DomainEvent[] = [];
  const emit = (event: DomainEvent): void => void events.push(event);
  const keys = deriveSecretKeys([SECRET]);
  const signingKeys = await openSigningKeys({ store: stores.signingKeys, keys, algorithm: 'EdDSA' });
  const accessTokens = createAccessTokens({
    ...{ signingKeys, issuer: () => URL, audience: () => URL, clock: stores.clock },
    ...{ ttlSeconds: ACCESS_TOKEN_TTL_SECONDS, roles: policy.roles },
  });
  const refreshTokens = createRefreshTokens(keys);
  const confirmations = createConfirmations(stores.sessions);
  const setUpCodes = createSetUpCodes(stores);
  return {
    ...{ stores, confirmations, events },
    sessions: createSessionService({ stores, passwords, accessTokens, refreshTokens, policy, emit }),
    users: createUserService({ stores, passwords, setUpCodes, policy, emit }),
    authenticate: createAuthenticate(accessTokens, confirmations),
  };
}
