import type { SessionId, UserId } from './ids.js';

/**
 * What makes unexpired access tokens worthless, or worth less than they say: a fact that the store has acknowledged,
 * as every node has to know it.
 */
export type Revocation =
  | { readonly kind: 'session-ended'; readonly sessionId: SessionId; readonly at: Date }
  /** What the user may do changed. A deleted user is one whose `ver` and `floor` are past those of every token. */
  | {
      readonly kind: 'user-changed';
      readonly userId: UserId;
      readonly ver: number;
      /** `null`: as it was before the change, and not known here. */
      readonly floor: number | null;
      readonly at: Date;
    };

/** What of a verified access token its revocation hangs on. */
export interface RevocableToken {
  readonly sessionId: SessionId;
  readonly userId: UserId;
  /** The user's `ver` when the token was signed. */
  readonly ver: number;
}

/** Why a token is refused that its signature and its time would let pass. */
export type RevocationCode = 'SESSION_EXPIRED' | 'TOKEN_EXPIRED';
