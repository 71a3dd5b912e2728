import type { SessionId, UserId } from './ids.js';
import type { Role } from './user.js';

/** Who a verified access token speaks for. Known without a read. */
export interface Principal {
  readonly userId: UserId;
  readonly sessionId: SessionId;
  /** Those that this server knows. */
  readonly roles: readonly Role[];
  /** The names of all acts that these roles allow, such as `post:write`. */
  readonly permissions: readonly string[];
  /** The last proof of the password, to the second. */
  readonly authenticatedAt: Date;
  /** What the application added to the access token. */
  readonly claims: Readonly<Record<string, unknown>>;
}

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

/** Why a credential is not usable; `SERVICE_UNAVAILABLE`: nobody can tell at the moment. */
export type UnusableCode = 'UNAUTHENTICATED' | 'TOKEN_EXPIRED' | 'SESSION_EXPIRED' | 'SERVICE_UNAVAILABLE';
