/**
 * React on `latchkey/client`: the entry point `latchkey/client/react`.
 *
 * @packageDocumentation
 */
export { AuthProvider, type AuthProviderProps } from './auth-provider.js';
export { RequireAuth, RequireRole, type RequireAuthProps, type RequireRoleProps } from './guards.js';
export { useAuthClient, useHasPermission, useHasRole, useSession, useSignedOut } from './hooks.js';
export { readReturnTo, requireAuth, type AuthLoader, type RequireAuthOptions } from './require-auth.js';
export type { KnownSession } from './session-store.js';
