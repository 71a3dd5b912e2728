import { use, type ReactNode } from 'react';
import type { Role } from '../../register.js';
import { useAuth } from './auth-provider.js';

export interface RequireAuthProps {
  /** For nobody, such as a page to sign in at. Default: nothing. */
  readonly fallback?: ReactNode;
  readonly children?: ReactNode;
}

export interface RequireRoleProps {
  /** The roles of which one is enough. */
  readonly anyOf: readonly Role[];
  /** For who is signed in and holds none of them. Default: nothing. */
  readonly fallback?: ReactNode;
  /** For nobody. Default: the fallback. */
  readonly signedOut?: ReactNode;
  readonly children?: ReactNode;
}

/**
 * What is under it is for signed-in users. Suspends while it is not known whether there is one. It keeps nobody from the
 * code of the page, which the browser has: what is secret, the server has to keep.
 */
export function RequireAuth({ fallback = null, children }: RequireAuthProps): ReactNode {
  const { session, known } = useAuth('RequireAuth');
  use(known);
  return session === null ? fallback : children;
}

/** What is under it is for who holds one of these roles; else as {@link RequireAuth}. */
export function RequireRole({ anyOf, fallback = null, signedOut = fallback, children }: RequireRoleProps): ReactNode {
  const { session, known } = useAuth('RequireRole');
  use(known);
  if (session === null) return signedOut;
  return anyOf.some((role) => session.roles.includes(role)) ? children : fallback;
}
