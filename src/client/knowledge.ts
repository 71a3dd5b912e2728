import type { Clock } from './clock.js';
import { NOTHING, readRecord, writeRecord, type Known } from './record.js';
import type { AuthEvent, ClientSession, TokenStorage } from './types.js';

/** What is known of the session, kept in step with its record and with other tabs. */
export interface Knowledge {
  /** As of what was heard last. */
  current(): Known;
  /** When that was, on the monotonic clock. */
  heardAtMs(): number;
  /** Looks at the record, for what is known then; at once, where its storage answers at once. */
  look(): Promise<Known> | Known;
  /** Takes what another tab told. */
  hear(text: string): void;
  /**
   * Makes a change of what was known as `base`. False, with nothing done, where something newer became known since: the
   * answer that brought the change comes late.
   */
  change(base: Known, change: Partial<Known>): Promise<boolean>;
  subscribe(listener: (event: AuthEvent) => void): () => void;
}

export interface KnowledgeOptions {
  /** Of the record; where it fails, what is known lives in memory. */
  readonly storage: TokenStorage;
  readonly clock: Clock;
  /** Tells other tabs. */
  readonly tell: (text: string) => void;
  /** Hears of each change, before the listeners. */
  readonly onChange: () => void;
}

export function createKnowledge({ storage, clock, tell, onChange }: KnowledgeOptions): Knowledge {
  const listeners = new Set<(event: AuthEvent) => void>();
  let known = NOTHING;
  let seen: string | null = null;
  let heardAtMs = -Infinity;

  function learn(next: Known): void {
    if (next.version <= known.version) return;
    const events = eventsBetween(known, next);
    known = next;
    heardAtMs = clock().monotonicMs;
    // Later: it may be learned in the middle of a render. And one by one: who throws keeps none of the others from hearing.
    queueMicrotask(onChange);
    for (const event of events) {
      for (const listener of listeners) queueMicrotask(() => listeners.has(listener) && listener(event));
    }
  }

  /** A record that is gone says nothing: the session may well be there. */
  function hear(text: string | null): void {
    if (text === null || text === seen) return;
    seen = text;
    const record = readRecord(text, clock());
    if (record !== null) learn(record);
  }

  return {
    current: () => known,
    heardAtMs: () => heardAtMs,
    hear,
    look() {
      try {
        const text = storage.get();
        if (text && typeof text === 'object') return text.then(hear, () => undefined).then(() => known);
        hear(text);
      } catch {
        // Known is what memory holds.
      }
      return known;
    },
    async change(base, change) {
      await this.look();
      if (known.version !== base.version) return false;
      const now = clock();
      // Past the clock, so that tabs which live on after storage was cleared take what a new one writes.
      const next = { ...known, ...change, version: Math.max(known.version + 1, now.wallMs) };
      const text = writeRecord(next);
      // Before it is used: else a crash between would leave a refresh token behind whose successor was used.
      // What cannot be replaced is removed: an old refresh token, presented later, would look like theft. Else memory is all there is.
      const write = async (): Promise<void> => storage.set(text);
      await write()
        .catch(() => storage.remove())
        .catch(() => undefined);
      learn(next);
      tell(text);
      return true;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function eventsBetween(before: Known, { session, signedOut }: Known): AuthEvent[] {
  if (session === null) {
    return before.session === null || signedOut === null ? [] : [{ type: 'signed-out', ...signedOut }];
  }
  if (before.session?.sessionId !== session.sessionId) return [{ type: 'signed-in', session }];
  const hasOtherRights = rightsOf(before.session) !== rightsOf(session);
  return [{ type: 'refreshed', session }, ...(hasOtherRights ? [{ type: 'roles-changed', session } as const] : [])];
}

const rightsOf = ({ roles, permissions }: ClientSession): string => JSON.stringify([roles, permissions]);
