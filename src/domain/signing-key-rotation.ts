import { noteOf, type AuditNote, type ClientAddress } from './audit-entry.js';
import type { EmitEvent } from './events.js';
import type { SessionId, UserId } from './ids.js';
import { AuthError } from './errors.js';
import type { HeldSigningKey, SigningKeyMemory } from './signing-key-memory.js';
import { activeKey, nextKey } from './signing-key-state.js';
import type { SigningKeyStore } from './signing-key-store.js';
import type { SigningKeyUpkeep } from './signing-key-upkeep.js';

export interface RotationOptions {
  /** For a key that leaked: whatever any key so far has signed is refused at once, and clients refresh. */
  readonly revokeCurrent: boolean;
  /** Who asked for it; `null`: somebody at the command line. */
  readonly by: UserId | null;
  /** For the audit log: in which session, and from where. */
  readonly sessionId?: SessionId | undefined;
  readonly client?: ClientAddress | undefined;
}

export interface SigningKeyRotationOptions {
  readonly store: SigningKeyStore;
  readonly memory: SigningKeyMemory;
  readonly upkeep: SigningKeyUpkeep;
  readonly emit: EmitEvent;
  /** How long a key signs. */
  readonly ttlSeconds: number;
}

/** Changes keys before their time, and answers the one that signs now. */
export type RotateSigningKey = (options: RotationOptions) => Promise<HeldSigningKey>;

export function createSigningKeyRotation(options: SigningKeyRotationOptions): RotateSigningKey {
  const { store, memory, upkeep, emit } = options;
  const afterNext = { delayMs: options.ttlSeconds * 1000, notBefore: null };

  /** The next key signs at once. Whoever comes second finds it done, and what signs then is answered. */
  async function advance(note: AuditNote): Promise<void> {
    if (await upkeep.ensureActive(note)) return upkeep.ensureNext(note);
    await upkeep.ensureNext(note);
    const next = nextKey(memory.keys(), memory.now());
    if (next === null) return;
    // Before the change, so that no server can take it for one by the clock, and none is ever without a next.
    await upkeep.makeUnless(() => goodBeyond(next.sequence).length > 0, afterNext, note);
    const isOurs = await store.activate(next.sequence, note);
    await memory.load();
    const begun = memory.find(next.kid);
    if (begun?.revokedAt === null) memory.notePast(begun.activeFrom);
    if (isOurs) emit({ type: 'key.rotated', kid: next.kid, by: note.actorId, revokedKids: [] });
  }

  /** New keys come first, so that a crash in between leaves a server that can sign; then every older one goes. */
  async function replaceAll(note: AuditNote): Promise<void> {
    await memory.load();
    const last = memory.lastSequence();
    const revoked = memory.keys().filter(({ revokedAt }) => revokedAt === null);
    const successor = (): HeldSigningKey | null => begunBeyond(last);
    const made = await upkeep.makeUnless(() => successor() !== null, { delayMs: 0, notBefore: null }, note);
    const { sequence } = successor() ?? refuse();
    await upkeep.makeUnless(() => goodBeyond(sequence).length > 0, afterNext, note);
    await store.revokeUpTo(last, note);
    await memory.load();
    if (made === null) return;
    // The one that was made here: another server may have replaced it by now.
    const revokedKids = revoked.map(({ kid }) => kid);
    emit({ type: 'key.rotated', kid: made, by: note.actorId, revokedKids });
  }

  const goodBeyond = (sequence: number): readonly HeldSigningKey[] =>
    memory.keys().filter((key) => key.revokedAt === null && key.sequence > sequence);

  function begunBeyond(sequence: number): HeldSigningKey | null {
    const now = memory.now();
    return goodBeyond(sequence).findLast(({ activeFrom }) => activeFrom <= now) ?? null;
  }

  return async ({ revokeCurrent, by, ...from }) => {
    const note = noteOf({ userId: by, ...from });
    await (revokeCurrent ? replaceAll(note) : advance(note));
    return activeKey(memory.keys(), memory.now()) ?? refuse();
  };
}

/** Somebody else revoked what was just made. */
function refuse(): never {
  throw new AuthError('SERVICE_UNAVAILABLE', { cause: new Error('Every signing key is revoked.') });
}
