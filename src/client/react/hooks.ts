import type { Role } from '../../register.js';
import type { AuthClient, SignedOut } from '../types.js';
import { useAuth } from './auth-provider.js';
import type { KnownSession } from './session-store.js';

/** The client, for `signIn`, `signOut` and the rest. */
export const useAuthClient = (): AuthClient => useAuth('useAuthClient').client;

/**
 * Who is signed in; `null` for nobody, and while it is not known yet: under `<RequireAuth>` it is known. The same object
 * until something changes.
 */
export const useSession = (): KnownSession | null => useAuth('useSession').session;

/** Why the last session ended, such as a ban with its public reason; `null` while there is one, and where there never was. */
export const useSignedOut = (): SignedOut | null => useAuth('useSignedOut').signedOut;

/** Whether the user holds one of these roles; what that allows, the server decides. */
export function useHasRole(...anyOf: readonly Role[]): boolean {
  const { session } = useAuth('useHasRole');
  return anyOf.some((role) => session?.roles.includes(role));
}

/** Whether the user's roles allowed one of these acts when the session was refreshed last. */
export function useHasPermission(...anyOf: readonly string[]): boolean {
  const { session } = useAuth('useHasPermission');
  return anyOf.some((permission) => session?.permissions.includes(permission));
}
