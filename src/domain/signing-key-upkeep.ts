import type { AuditNote } from './audit-entry.js';
import type { Clock } from './clock.js';
import { AuthError } from './errors.js';
import type { EmitEvent } from './events.js';
import type { SecretKeys } from './secrets.js';
import type { HeldSigningKey, SigningKeyMemory } from './signing-key-memory.js';
import { activeKey, judgeSigningKey, nextKey } from './signing-key-state.js';
import type { SigningKeyStore, SigningStart } from './signing-key-store.js';
import { generateSigningKey, type SigningAlgorithm } from './signing-key.js';

/** Each miss means that another server added a key first; so many in a row is a fault, not a race. */
const MAX_ATTEMPTS = 20;
/** The longest that others may keep the published keys. */
const LONGEST_CACHE_SECONDS = 300;

/** What the operator decided about signing keys. */
export interface SigningKeyPolicy {
  /** Of keys that have to be made. */
  readonly algorithm: SigningAlgorithm;
  /** How long one signs: 2,592,000 by default. */
  readonly ttlSeconds: number;
  /** For how long a token that a key signed may be alive: the lifetime of an access token and a minute more. */
  readonly retentionMs: number;
}

/**
 * For how long others may keep the published keys. A key is published at least so long before it signs, which must fit
 * into the life of the one before it.
 */
export const cacheSeconds = ({ ttlSeconds }: Pick<SigningKeyPolicy, 'ttlSeconds'>): number =>
  Math.min(LONGEST_CACHE_SECONDS, Math.max(1, Math.floor(ttlSeconds / 2)));

export interface SigningKeyUpkeepOptions extends SigningKeyPolicy {
  readonly store: SigningKeyStore;
  readonly keys: readonly [SecretKeys, ...SecretKeys[]];
  readonly memory: SigningKeyMemory;
  readonly clock: Clock;
  readonly emit: EmitEvent;
}

/**
 * Makes and deletes keys. Each of these may run on any number of servers at once, and stop anywhere. `by`: who asks for
 * it, for the audit log; left out: the clock.
 */
export interface SigningKeyUpkeep {
  /** Makes a key unless this finds one, and answers the `kid` of the one that was made; `null` where one was there. */
  makeUnless(isThere: () => boolean, start: SigningStart, by?: AuditNote): Promise<string | null>;
  /** Makes the first key, where there is none that is good. Answers whether it was this server. */
  ensureActive(by?: AuditNote): Promise<boolean>;
  /** Publishes the next key, where there is none: whoever does so tells of the rotation that used up the last. */
  ensureNext(by?: AuditNote): Promise<void>;
  /** Where the last key is not of the algorithm configured, publishes one that takes over in its place. */
  adoptAlgorithm(): Promise<void>;
  /** All that the clock asks for; without a read while it asks for nothing. */
  keepUp(): Promise<void>;
}

export function createSigningKeyUpkeep(options: SigningKeyUpkeepOptions): SigningKeyUpkeep {
  const { store, keys, memory, clock, emit, algorithm, ttlSeconds, retentionMs } = options;
  const leadMs = cacheSeconds(options) * 1000;
  const active = (): HeldSigningKey | null => activeKey(memory.keys(), memory.now());
  const next = (): HeldSigningKey | null => nextKey(memory.keys(), memory.now());

  async function makeUnless(isThere: () => boolean, start: SigningStart, by?: AuditNote): Promise<string | null> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      if (isThere()) return null;
      const key = await generateSigningKey(memory.lastSequence() + 1, algorithm, keys[0]);
      const isMade = await store.create(key, start, by);
      await memory.load();
      if (isMade) return key.kid;
    }
    throw new AuthError('SERVICE_UNAVAILABLE', { cause: new Error('Others keep adding signing keys.') });
  }

  const ensureActive = async (by?: AuditNote): Promise<boolean> =>
    (await makeUnless(() => active() !== null, { delayMs: 0, notBefore: null }, by)) !== null;

  async function ensureNext(by?: AuditNote): Promise<void> {
    const current = active();
    if (current === null) return;
    const notBefore = new Date(current.activeFrom.getTime() + ttlSeconds * 1000);
    const made = await makeUnless(() => next() !== null, { delayMs: leadMs, notBefore }, by);
    // The first key took over from none.
    if (made !== null && current.sequence > 1)
      emit({ type: 'key.rotated', kid: current.kid, by: null, revokedKids: [] });
  }

  async function adoptAlgorithm(): Promise<void> {
    const published = next();
    const isAdopted = (): boolean =>
      memory.keys().findLast(({ revokedAt }) => revokedAt === null)?.algorithm === algorithm;
    if (published !== null) await makeUnless(isAdopted, { delayMs: leadMs, notBefore: published.activeFrom });
  }

  /** The keys that nobody needs any more. The last stays: its sequence number must not be given again. */
  function pastUse(): (readonly [HeldSigningKey, Date])[] {
    const now = clock.now();
    return memory.keys().flatMap((key) => {
      const { neededUntil } = judgeSigningKey(key, memory.keys(), { now, retentionMs });
      const isPast = neededUntil !== null && neededUntil <= now && key.sequence < memory.lastSequence();
      return isPast ? [[key, neededUntil]] : [];
    });
  }

  async function deletePastUse(): Promise<void> {
    const past = pastUse();
    if (past.length === 0) return;
    for (const [key, neededUntil] of past) await store.delete(key, neededUntil);
    await memory.load();
  }

  return {
    makeUnless,
    ensureActive,
    ensureNext,
    adoptAlgorithm,
    async keepUp() {
      if (next() !== null && pastUse().length === 0) return;
      // Another server may have seen to it.
      await memory.load();
      await ensureActive();
      await ensureNext();
      await deletePastUse();
    },
  };
}
