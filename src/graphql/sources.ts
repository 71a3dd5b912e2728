import type { AuditEntry } from '../domain/audit-entry.js';
import type { AuditPage } from '../domain/audit-entry-service.js';
import type { SessionId, UserId } from '../domain/ids.js';
import type { Permission } from '../domain/role-permission.js';
import type { Session } from '../domain/session.js';
import type { SigningKeyInfo } from '../domain/signing-key-view.js';
import type { Ban, Role, User } from '../domain/user.js';
import type { UserFilter } from '../domain/user-store.js';

/** What an application gives for a `User` of ours, and gets in resolvers of fields that it adds to one. */
export interface UserReference {
  /** Ours, or the application's own. */
  readonly id: string;
}

/** What an application gives for a `Session` of ours, and gets in resolvers of fields that it adds to one. */
export interface SessionReference {
  /** Not a secret. */
  readonly id: string;
  /** Whose session it is. */
  readonly userId: string;
}

/** What resolvers of `User` get: the id, and of the viewer what the principal tells. The rest is loaded. */
export interface UserSource {
  readonly id: UserId;
  /** There is no such user any more, and that is no fault of who asks: the rest is null. */
  readonly isGone?: true;
  readonly roles?: readonly Role[];
  readonly permissions?: readonly Permission[];
}

/** What resolvers of `Session` get: the row, or what the access token tells of it. */
export type SessionSource = Session | { readonly id: SessionId; readonly userId: UserId };

/** What resolvers of `Ban` get. */
export type BanSource = Ban;

/** What resolvers of `SigningKey` get. */
export type SigningKeySource = SigningKeyInfo;

/** What resolvers of `UserConnection` get: the page, and what it was cut from. */
export interface UserConnectionSource {
  readonly users: readonly User[];
  readonly filter: UserFilter;
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/** What resolvers of `AuditEntry` get. */
export type AuditEntrySource = AuditEntry;

/** What resolvers of `AuditEntryConnection` get. */
export interface AuditEntryConnectionSource extends AuditPage {
  readonly hasPreviousPage: boolean;
}
