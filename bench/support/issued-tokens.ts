import { createAccessTokens } from '../../src/domain/access-token.js';
import type { UserId } from '../../src/domain/ids.js';
import { deriveSecretKeys } from '../../src/domain/secrets.js';
import { activeKey } from '../../src/domain/signing-key-state.js';
import { openSigningKey } from '../../src/domain/signing-key.js';
import type { Stores } from '../../src/domain/stores.js';
import { openStores } from '../../src/stores/open.js';
import type { FilledStore } from './filled-store.js';

/** A session, and an access token of it. */
export interface SignedIn {
  readonly userId: UserId;
  readonly accessToken: string;
}

export interface IssueOptions {
  readonly issuer: string;
  readonly ttlSeconds: number;
}

const BATCH = 100;

/** An access token for each session of the filled users, signed as a server that has begun on this store signs them. */
export async function issueAccessTokens(store: FilledStore, options: IssueOptions): Promise<SignedIn[]> {
  const stores = await openStores(store.url);
  try {
    const accessTokens = await openAccessTokens(stores, store, options);
    const issued: SignedIn[] = [];
    for (let from = 0; from < store.users; from += BATCH) {
      const ids = Array.from({ length: Math.min(BATCH, store.users - from) }, (_, index) => store.userId(from + index));
      const users = new Map((await stores.users.listById(ids)).map((user) => [user.id, user]));
      for (const session of await stores.sessions.listOpenByUser(ids)) {
        const user = users.get(session.userId);
        if (user === undefined) throw new Error('A session is of nobody.');
        const { token } = await accessTokens.issue(session, user, stores.clock.now());
        issued.push({ userId: user.id, accessToken: token });
      }
    }
    return issued;
  } finally {
    await stores.close();
  }
}

async function openAccessTokens(
  { signingKeys, clock }: Stores,
  { environment }: FilledStore,
  { issuer, ttlSeconds }: IssueOptions,
): Promise<ReturnType<typeof createAccessTokens>> {
  const row = activeKey(await signingKeys.list(), clock.now());
  const key = row && (await openSigningKey(row, deriveSecretKeys([environment.LATCHKEY_SECRET])));
  if (key === null) throw new Error('No key signs.');
  const found = { key, isRevoked: false };
  return createAccessTokens({
    freshen: async () => undefined,
    signingKeys: { active: () => key, find: () => found, lookUp: async () => found, onRevoked: () => undefined },
    ...{ issuer: () => issuer, audience: () => issuer, ttlSeconds, roles: [], clock },
  });
}
