import { use, type ReactNode } from 'react';
import type { Role } from '../../register.js';
import { useAuth } from './auth-provider.js';

/** What is shown to whom. */
export interface RequireAuthProps {
  /** For nobody, such as a page to sign in at. Default: nothing. */
  readonly fallback?: ReactNode;
  /** For those who are let through. */
  readonly children?: ReactNode;
}

/** What is shown to whom. */
export interface RequireRoleProps {
  /** The roles of which one is enough. */
  readonly anyOf: readonly Role[];
  /** For who is signed in and holds none of them. Default: nothing. */
  readonly fallback?: ReactNode;
  /** For nobody. Default: the fallback. */
  readonly signedOut?: ReactNode;
  /** For those who are let through. */
  readonly children?: ReactNode;
}

/**
 * What is under it is for signed-in users. Suspends while it is not known whether there is one. It keeps nobody from the
 * code of the page, which the browser has: what is secret, the server has to keep.
 *
 * @param props what is shown to whom
 */
export function RequireAuth({ fallback = null, children }: RequireAuthProps): ReactNode {
  const { session, known } = useAuth('RequireAuth');
  use(known);
  return session === null ? fallback : children;
}

/**
 * What is under it is for who holds one of these roles; else as `RequireAuth`.
 *
 * @param props what is shown to whom
 */
export function RequireRole({ anyOf, fallback = null, signedOut = fallback, children }: RequireRoleProps): ReactNode {
  const { session, known } = useAuth('RequireRole');
  use(known);
  if (session === null) return signedOut;
  return anyOf.some((role) => session.roles.includes(role)) ? children : fallback;
}
