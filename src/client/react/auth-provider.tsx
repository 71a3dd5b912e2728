import { createContext, Fragment, use, useMemo, useSyncExternalStore, type ReactNode } from 'react';
import type { AuthClient, SignedOut } from '../types.js';
import { sessionStoreOf, type KnownSession, type SessionSnapshot } from './session-store.js';

/** Whose session it is, and what it is told to. */
export interface AuthProviderProps {
  /** One a page; another one is another session. */
  readonly client: AuthClient;
  /**
   * Who was signed in when the server rendered this page, as `getServerSession` of `latchkey` says; shown there, while
   * the page is hydrated, and until the client knows. Left out where nothing is rendered on a server.
   */
  readonly serverSession?: KnownSession | null | undefined;
  /** What is told. */
  readonly children?: ReactNode;
}

/** What is under an {@link AuthProvider}. */
interface Auth {
  readonly client: AuthClient;
  readonly session: KnownSession | null;
  readonly signedOut: SignedOut | null;
  /** To be waited for: it may not be known yet that nobody is signed in. */
  readonly known: Promise<void>;
}

/** Is not waited for: React sees that it is settled. A component that has waited by `use` has to go on calling it. */
const KNOWN = Object.assign(Promise.resolve(), { status: 'fulfilled', value: undefined });

const AuthContext = createContext<Auth | null>(null);

/**
 * Tells everything under it who is signed in, in whichever tab that changes. Where another user signs in over one who
 * was known or rendered, everything under it is mounted anew: no state of the one is seen by the other.
 *
 * @param props whose session it is
 */
export function AuthProvider({ client, serverSession, children }: AuthProviderProps): ReactNode {
  const store = sessionStoreOf(client);
  store.seed(serverSession?.userId ?? null);
  const snapshot = useSyncExternalStore<SessionSnapshot | null>(store.subscribe, store.current, onServer);
  const auth = useMemo((): Auth => {
    const session = snapshot?.session ?? null;
    const isKnown = session !== null || snapshot?.isReady === true;
    return {
      client,
      session: isKnown ? session : (serverSession ?? null),
      signedOut: snapshot?.signedOut ?? null,
      known: isKnown || serverSession !== undefined ? KNOWN : store.ready,
    };
  }, [client, store, snapshot, serverSession]);
  return (
    <AuthContext value={auth}>
      <Fragment key={snapshot?.generation ?? 0}>{children}</Fragment>
    </AuthContext>
  );
}

/** On a server, and while its page is hydrated, the client knows nobody yet. */
const onServer = (): null => null;

/** @throws TypeError outside of an {@link AuthProvider} */
export function useAuth(caller: string): Auth {
  const auth = use(AuthContext);
  if (auth === null) throw new TypeError(`${caller}: there is no <AuthProvider> around it`);
  return auth;
}
