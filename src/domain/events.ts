import type { SessionId, UserId } from './ids.js';
import type { Permission } from './role-permission.js';
import type { ClientInfo, EndReason } from './session.js';
import type { Role } from './user.js';

/** Something that happened and is durable. Never holds a token, a password or a hash. `by` is `null` at the command line. */
export type DomainEvent =
  | { readonly type: 'user.created'; readonly userId: UserId; readonly roles: readonly Role[] }
  | { readonly type: 'user.banned'; readonly userId: UserId; readonly by: UserId | null; readonly until: Date | null }
  | { readonly type: 'user.unbanned'; readonly userId: UserId; readonly by: UserId | null }
  | {
      /** By the user, with the password of before. */
      readonly type: 'password.changed';
      readonly userId: UserId;
      readonly sessionId: SessionId;
      readonly client: ClientInfo;
    }
  /** By who holds the token of a mail. */
  | { readonly type: 'password.reset'; readonly userId: UserId; readonly client: ClientInfo }
  | { readonly type: 'user.deleted'; readonly userId: UserId; readonly by: UserId | null }
  | {
      readonly type: 'roles.changed';
      readonly userId: UserId;
      readonly by: UserId | null;
      readonly roles: readonly Role[];
    }
  | {
      /** What a role allows; nobody's roles changed by it. */
      readonly type: 'permissions.changed';
      readonly role: Role;
      readonly by: UserId | null;
      readonly permissions: readonly Permission[];
    }
  | {
      readonly type: 'session.created';
      readonly userId: UserId;
      readonly sessionId: SessionId;
      /** Whether the user has signed in before, and never on this device as far as it tells. */
      readonly isNewDevice: boolean;
      readonly client: ClientInfo;
    }
  | {
      readonly type: 'session.refreshed';
      readonly userId: UserId;
      readonly sessionId: SessionId;
      readonly generation: number;
      /** Why the refresh token was exchanged: see `RefreshVerdict`. All but `rotated` are worth a look. */
      readonly verdict: 'rotated' | 'still-current' | 'same-successor' | 'answer-lost';
      readonly client: ClientInfo;
    }
  /** The password was proved anew in a session that goes on. */
  | {
      readonly type: 'session.reauthenticated';
      readonly userId: UserId;
      readonly sessionId: SessionId;
      readonly client: ClientInfo;
    }
  | {
      readonly type: 'session.ended';
      readonly userId: UserId;
      readonly sessionId: SessionId;
      readonly reason: EndReason;
    }
  | {
      readonly type: 'session.theft';
      readonly userId: UserId;
      readonly sessionId: SessionId;
      readonly client: ClientInfo;
    }
  /** A refresh token newer than its row: the store was restored from a backup. */
  | { readonly type: 'session.ahead-of-store'; readonly userId: UserId; readonly sessionId: SessionId }
  | {
      readonly type: 'key.rotated';
      /** The key that signs now. */
      readonly kid: string;
      /** `null`: the clock, or somebody at the command line. */
      readonly by: UserId | null;
      readonly revokedKids: readonly string[];
    };

/** Takes note of an event. Must not throw. */
export type EmitEvent = (event: DomainEvent) => void;
