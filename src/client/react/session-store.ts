import { pause } from '../clock.js';
import type { AuthClientError } from '../errors.js';
import type { AuthClient, ClientSession, SignedOut } from '../types.js';

/** Who is signed in, as a server that renders knows it too: there, `expiresAt` is left out. */
export type KnownSession = Omit<ClientSession, 'expiresAt'> & Partial<Pick<ClientSession, 'expiresAt'>>;

/** What React renders by. The same object until something changes. */
export interface SessionSnapshot {
  readonly session: ClientSession | null;
  readonly signedOut: SignedOut | null;
  /** Whether it is known that nobody is signed in, where nobody is. */
  readonly isReady: boolean;
  /** Grows whenever another user takes the place of one who was known. */
  readonly generation: number;
}

/** A client as a store for `useSyncExternalStore`. */
export interface SessionStore {
  subscribe(listener: () => void): () => void;
  current(): SessionSnapshot;
  /** Who was shown before anything was known here: whoever else is known then has taken their place. */
  seed(userId: string | null): void;
  /** The same promise each time, so that React can wait for it; rejects where no waiting helps. */
  readonly ready: Promise<void>;
}

const RETRY_MS = 1_000;
/** The refusals that another try may get past. */
const PASSING = ['NETWORK_ERROR', 'SERVICE_UNAVAILABLE', 'RATE_LIMITED', 'INTERNAL_SERVER_ERROR'];

const stores = new WeakMap<AuthClient, SessionStore>();

/** The one store of this client. */
export function sessionStoreOf(client: AuthClient): SessionStore {
  const found = stores.get(client);
  if (found !== undefined) return found;
  const store = createSessionStore(client);
  stores.set(client, store);
  return store;
}

function createSessionStore(client: AuthClient): SessionStore {
  const listeners = new Set<() => void>();
  let snapshot: SessionSnapshot = { session: null, signedOut: null, isReady: false, generation: 0 };
  let lastUserId: string | null = null;
  let stop: (() => void) | undefined;

  /** Looks at the client; true, where anything is other than before. */
  function look(isReady: boolean): boolean {
    const session = client.session();
    const signedOut = client.signedOut();
    const { generation } = snapshot;
    const isOther = session !== null && lastUserId !== null && session.userId !== lastUserId;
    const next = { session, signedOut, isReady, generation: isOther ? generation + 1 : generation };
    if (session !== null) lastUserId = session.userId;
    const names = ['session', 'signedOut', 'isReady', 'generation'] as const;
    if (names.every((name) => next[name] === snapshot[name])) return false;
    snapshot = next;
    return true;
  }

  function update(isReady: boolean): void {
    if (look(isReady)) listeners.forEach((listener) => listener());
  }

  /**
   * Asks until it is answered: a network that fails does not say that nobody is signed in. The client waits in between.
   * What no waiting helps, and a client that was closed, is for an error boundary.
   */
  async function becomeReady(): Promise<void> {
    try {
      await client.ready();
    } catch (error) {
      if (!PASSING.includes((error as Partial<AuthClientError>).code ?? '')) throw error;
      await pause(RETRY_MS);
      return becomeReady();
    }
    update(true);
  }

  const ready = becomeReady();
  // Who waits for it hears of it; where nobody does, nothing is wrong.
  ready.catch(() => undefined);
  return {
    ready,
    seed(userId) {
      lastUserId ??= userId;
    },
    current() {
      // While nobody listens, nothing else would tell. While somebody does, what is rendered waits for the event, as the
      // caches of others do: the client itself may know of a sign-in earlier.
      if (stop === undefined) look(snapshot.isReady);
      return snapshot;
    },
    subscribe(listener) {
      listeners.add(listener);
      // A moment later than the event: whoever else hears of it, such as a cache that has to be cleared, goes first.
      stop ??= client.subscribe(() => queueMicrotask(() => update(snapshot.isReady)));
      look(snapshot.isReady);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        stop?.();
        stop = undefined;
      };
    },
  };
}
