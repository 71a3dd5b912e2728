/** The signing keys of one server, as tests open them; several on one database are several servers. */
import type { DomainEvent } from '../../src/domain/events.js';
import { deriveSecretKeys } from '../../src/domain/secrets.js';
import { openSigningKeys, type SigningKeyOptions, type SigningKeys } from '../../src/domain/signing-key-service.js';
import type { SigningKeyInfo } from '../../src/domain/signing-key-view.js';
import type { SigningKeyPolicy } from '../../src/domain/signing-key-upkeep.js';
import type { Stores } from '../../src/domain/stores.js';

export const SECRET_KEYS = deriveSecretKeys(['the secret of the tests, long enough']);
export const OTHER_SECRET_KEYS = deriveSecretKeys(['another secret of the tests, as long']);

export const SECOND_MS = 1_000;
export const DAY_MS = 86_400_000;
export const TTL_MS = 30 * DAY_MS;
/** Of access tokens that live for 600 s. */
export const RETENTION_MS = 660_000;
/** For how long others keep the published keys. */
export const CACHE_MS = 300_000;

export const POLICY: SigningKeyPolicy = { algorithm: 'EdDSA', ttlSeconds: TTL_MS / 1000, retentionMs: RETENTION_MS };

/** The signing keys of one server, and what it told. */
export interface KeyNode {
  readonly keys: SigningKeys;
  readonly events: DomainEvent[];
  /** The `kid` of keys that turned up and could not be read. */
  readonly unreadable: string[];
}

/** What one server opens its keys with, and where it tells. */
export function keyOptions(stores: Stores, changes: Partial<SigningKeyOptions> = {}) {
  const events: DomainEvent[] = [];
  const unreadable: string[] = [];
  const options: SigningKeyOptions = {
    ...POLICY,
    ...{ store: stores.signingKeys, clock: stores.clock, keys: SECRET_KEYS },
    emit: (event) => void events.push(event),
    onUnreadable: (kid) => void unreadable.push(kid),
    ...changes,
  };
  return { options, events, unreadable };
}

export async function openKeyNode(stores: Stores, changes: Partial<SigningKeyOptions> = {}): Promise<KeyNode> {
  const { options, events, unreadable } = keyOptions(stores, changes);
  return { keys: await openSigningKeys(options), events, unreadable };
}

/** The state of each key, by age. */
export const statesOf = async ({ keys }: Pick<KeyNode, 'keys'>): Promise<string[]> =>
  (await keys.list()).map(({ state }) => state);

/** The key in this state, of which there must be one. */
export async function keyIn(state: SigningKeyInfo['state'], { keys }: Pick<KeyNode, 'keys'>): Promise<SigningKeyInfo> {
  const [key, ...others] = (await keys.list()).filter((each) => each.state === state);
  if (key === undefined || others.length > 0) throw new Error(`There are ${others.length} keys or none in ${state}.`);
  return key;
}

/** The `kid` of each published key. */
export const publishedBy = ({ keys }: Pick<KeyNode, 'keys'>): unknown[] => keys.publicJwks().keys.map(({ kid }) => kid);
