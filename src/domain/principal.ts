import type { SessionId, UserId } from './ids.js';
import type { Permission, PermissionsOf } from './role-permission.js';
import type { Role } from './user.js';

/** Who a verified access token speaks for. Known without a read. */
export interface Principal {
  /** What `sub` of the access token says: ours, or the application's own id. */
  readonly userId: UserId;
  /** What `sid` of the access token says. */
  readonly sessionId: SessionId;
  /** Those that this server knows. */
  readonly roles: readonly Role[];
  /** What those roles allowed when the request came: each permission once, sorted. */
  readonly permissions: readonly Permission[];
  /** The last proof of the password, to the second. */
  readonly authenticatedAt: Date;
  /** What the application added to the access token. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** What the access token itself tells: all but what the roles allow, which may change while it lives. */
export type TokenPrincipal = Omit<Principal, 'permissions'>;

/**
 * Adds what the roles allow at this moment. Frozen, since it is for the application too, but for the date, which is one
 * of its own: the next request is judged by another.
 */
export const toPrincipal = (told: TokenPrincipal, permissionsOf: PermissionsOf): Principal =>
  Object.freeze({
    permissions: permissionsOf(told.roles),
    ...told,
    authenticatedAt: new Date(told.authenticatedAt),
  });

/** What a request brought to speak for somebody. */
export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'principal'; readonly principal: Principal }
  /** Presented and not usable: never taken for anonymous. `sessionId` where the token is ours, and merely over. */
  | {
      readonly kind: 'unusable';
      readonly code: UnusableCode;
      readonly sessionId: SessionId | null;
    };

/** The credential of this principal: frozen, so that who has judged it once need not do so again. */
export const credentialOfPrincipal = (principal: Principal): Credential =>
  Object.freeze({ kind: 'principal', principal });

/** Why a credential is not usable; `SERVICE_UNAVAILABLE`: nobody can tell at the moment. */
export type UnusableCode = 'UNAUTHENTICATED' | 'TOKEN_EXPIRED' | 'SESSION_EXPIRED' | 'SERVICE_UNAVAILABLE';
