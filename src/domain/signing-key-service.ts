import { systemNodeClock, type Clock, type NodeClock } from './clock.js';
import { AuthError } from './errors.js';
import type { EmitEvent } from './events.js';
import type { SecretKeys } from './secrets.js';
import { createSigningKeyLookUp } from './signing-key-lookup.js';
import { createSigningKeyMemory, UnreadableSigningKeyError, type SigningKeyMemory } from './signing-key-memory.js';
import { reencryptSigningKeys } from './signing-key-reencryption.js';
import { createSigningKeyRotation, type RotationOptions } from './signing-key-rotation.js';
import { activeKey } from './signing-key-state.js';
import type { SigningKeyStore } from './signing-key-store.js';
import { createSigningKeyUpkeep, type SigningKeyPolicy, type SigningKeyUpkeep } from './signing-key-upkeep.js';
import {
  createSigningKeyView,
  type PublishedKeys,
  type SigningKeyInfo,
  type VerifyingKey,
} from './signing-key-view.js';
import type { SigningKey } from './signing-key.js';

/** The key pairs of a store, held in memory. */
export interface SigningKeys {
  /** The one that signs at this moment. @throws AuthError `SERVICE_UNAVAILABLE` where all are revoked */
  active(): SigningKey;
  /** The one that a token names, from memory; `null` where it is not known here, or past its use. */
  find(kid: string): VerifyingKey | null;
  /**
   * As `find`; a name that is not known costs a read, at most one a second for all callers together, whose turn each
   * of them waits for.
   *
   * @throws AuthError `SERVICE_UNAVAILABLE`
   */
  lookUp(kid: string): Promise<VerifyingKey | null>;
  /** Public halves of those that may verify now or soon. */
  publicJwks(): PublishedKeys;
  /** Reads the keys again. @throws AuthError `SERVICE_UNAVAILABLE` */
  reload(): Promise<void>;
  /** Does what the clock asks for: publishes the next key, deletes those past their use. No read while it is nothing. */
  keepUp(): Promise<void>;
  /** Every key of the store, as it is now, by age. @throws AuthError `SERVICE_UNAVAILABLE` */
  list(): Promise<readonly SigningKeyInfo[]>;
  /**
   * Lets the published next key sign at once, and publishes another; with `revokeCurrent`, revokes every key so far
   * and puts new ones in their place. Of several at the same moment one wins. Answers what signs now.
   *
   * @throws AuthError `SERVICE_UNAVAILABLE`: perhaps half done, never without a key that signs; repeat it
   */
  rotate(options: RotationOptions): Promise<SigningKeyInfo>;
  /**
   * Encrypts every key under the first secret. Answers how many were not.
   *
   * @throws UnreadableSigningKeyError where one cannot be read, with all others done
   */
  reencrypt(): Promise<number>;
  /** Calls this whenever a key turned out to be revoked. It must not throw. */
  onRevoked(listener: () => void): void;
}

export interface SigningKeyOptions extends SigningKeyPolicy {
  readonly store: SigningKeyStore;
  /** The first encrypts, all decrypt. */
  readonly keys: readonly [SecretKeys, ...SecretKeys[]];
  readonly clock: Clock;
  readonly emit: EmitEvent;
  /** Told once of each key that cannot be read and turns up in the store while this runs. */
  readonly onUnreadable: (kid: string) => void;
  /** How long ago something was, on this node; the clocks of this process by default. */
  readonly nodeClock?: NodeClock | undefined;
  /** Lets so many milliseconds pass; a timer by default. */
  readonly wait?: ((ms: number) => Promise<void>) | undefined;
}

/**
 * Reads the store's signing keys; makes the first where there is none, and the next. Of several servers that start at
 * once, one makes each and all use it. Where the algorithm was changed, publishes a next key of the new one.
 *
 * @throws UnreadableSigningKeyError where `LATCHKEY_SECRET` is not the one that encrypted them; nothing is written then
 */
export async function openSigningKeys(options: SigningKeyOptions): Promise<SigningKeys> {
  const { signingKeys, memory, upkeep } = await open(options);
  await upkeep.ensureActive();
  // Another server, with another secret, may have been quicker.
  assertReadable(memory);
  await upkeep.keepUp();
  await upkeep.adoptAlgorithm();
  return signingKeys;
}

/**
 * Reads the store's signing keys, and makes none.
 *
 * @throws UnreadableSigningKeyError where `LATCHKEY_SECRET` is not the one that encrypted them
 */
export const readSigningKeys = async (options: SigningKeyOptions): Promise<SigningKeys> =>
  (await open(options)).signingKeys;

interface Opened {
  readonly signingKeys: SigningKeys;
  readonly memory: SigningKeyMemory;
  readonly upkeep: SigningKeyUpkeep;
}

async function open(options: SigningKeyOptions): Promise<Opened> {
  const { store, keys, nodeClock = systemNodeClock, wait = waitByTimer } = options;
  const memory = createSigningKeyMemory(options);
  await memory.load();
  assertReadable(memory);

  const upkeep = createSigningKeyUpkeep({ ...options, memory });
  const rotate = createSigningKeyRotation({ ...options, memory, upkeep });
  const view = createSigningKeyView({ ...options, memory });
  const signingKeys: SigningKeys = {
    active() {
      const active = activeKey(memory.keys(), memory.now());
      if (active !== null) return active.key;
      throw new AuthError('SERVICE_UNAVAILABLE', { cause: new Error('Every signing key is revoked.') });
    },
    find: view.find,
    lookUp: createSigningKeyLookUp({ find: view.find, load: memory.load, nodeClock, wait }),
    publicJwks: view.published,
    reload: memory.load,
    keepUp: upkeep.keepUp,
    async list() {
      await memory.load();
      return memory.keys().map(view.info);
    },
    rotate: async (how) => view.info(await rotate(how)),
    async reencrypt() {
      const changed = await reencryptSigningKeys(store, keys);
      await memory.load();
      return changed;
    },
    onRevoked: memory.onRevoked,
  };
  return { signingKeys, memory, upkeep };
}

function assertReadable(memory: SigningKeyMemory): void {
  const unreadable = memory.unreadable();
  if (unreadable.length > 0) throw new UnreadableSigningKeyError(unreadable);
}

const waitByTimer = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
