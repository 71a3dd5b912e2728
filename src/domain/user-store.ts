import type { AuditNote } from './audit-entry.js';
import type { SecretHash, UserId } from './ids.js';
import type { Ban, MailTokenRow, Role, User } from './user.js';

/** Of one user at once. More would be a way to fill the database. */
export const MOST_MAIL_TOKENS = 5;

export interface NewUser {
  readonly id: UserId;
  readonly email: string;
  readonly emailKey: string;
  /** Whether the operator vouches for the address. */
  readonly emailVerified: boolean;
  readonly passwordHash: string;
  readonly roles: readonly Role[];
}

/** A user as they were somewhere else. */
export interface ImportedUser extends NewUser {
  readonly ban: Ban | null;
  /** After the beginning of 1970; `null`: now, by the store's clock. */
  readonly createdAt: Date | null;
  readonly lastSignInAt: Date | null;
}

/** Who has the id or the address of somebody else. */
export type UserInTheWay = Pick<User, 'id' | 'emailKey'>;

export interface UserFilter {
  /** Part of the address, compared as {@link User.emailKey} is. */
  readonly emailContains?: string | undefined;
  readonly role?: Role | undefined;
  /** Whether a ban holds now, by the store's clock. */
  readonly banned?: boolean | undefined;
  /** Exclusive. */
  readonly createdAfter?: Date | undefined;
  /** Exclusive. */
  readonly createdBefore?: Date | undefined;
}

/** Where a page starts: behind this user, in the order of `createdAt`, then `id`, both ascending. */
export interface UserCursor {
  readonly createdAt: Date;
  readonly id: UserId;
}

/** What a guarded change says: the row after it; nobody there; or a guard that refused, with nothing changed. */
export type UserChange =
  | { readonly kind: 'changed'; readonly user: User }
  /** It was so already: nothing was written, `ver` is as it was. */
  | { readonly kind: 'unchanged'; readonly user: User }
  | { readonly kind: 'not-found' }
  /** The user holds the role that the guard spares. */
  | { readonly kind: 'spared' }
  /** It would have left the store without an administrator who is not banned. */
  | { readonly kind: 'last-administrator' };

/** Checked in the same statement as the change. */
export interface UserGuard {
  /** Users who hold this role are left alone (`spared`). */
  readonly sparing: Role | null;
}

/**
 * Users, as the domain asks a database for them. Every method is atomic and durable once its promise resolves
 * (MongoDB: a majority has it; SQLite: on disk), times are the store's clock, and what a decision hangs on is read
 * where no failover can undo it. Any method rejects with `SERVICE_UNAVAILABLE` while the database is away.
 *
 * What changes a user adds to the audit log, see `AuditEntryStore`: `by` says who does it, and from where; left out: the
 * server itself.
 */
export interface UserStore {
  /** Adds a user with `ver` from the store's clock and `floor` 0, or beyond those of one deleted under this id. `null`, and nothing written, where the `emailKey` is taken. */
  create(user: NewUser, by?: AuditNote): Promise<User | null>;
  /**
   * Adds each of these users, some hundreds at most, whose id and address are both free, as `create` does; a crash may
   * leave some of them there. Answers in their order: `null` for one who was added, else who is in the way, by the id
   * before by the address. `verChangedAt` of one whose id nobody had before is the beginning of 1970: there is nothing
   * about them that a running server would have to load. The audit log hears of the roles and the ban that they come
   * with. The kinds of their hashes are listed before any of them is there.
   */
  importMany(users: readonly ImportedUser[]): Promise<(UserInTheWay | null)[]>;
  /** The kinds of password hashes, see `hashKind`, that imports have brought; for good. */
  listHashKinds(): Promise<string[]>;
  findById(id: UserId): Promise<User | null>;
  findByEmailKey(emailKey: string): Promise<User | null>;
  /** In any order; those that are not there are left out. One statement. */
  listById(ids: readonly UserId[]): Promise<User[]>;
  /** At most `limit` users behind `after`, ordered by `createdAt`, then `id`. */
  list(filter: UserFilter, limit: number, after: UserCursor | null): Promise<User[]>;
  count(filter: UserFilter): Promise<number>;
  /** Whether an administrator exists who is not banned. */
  hasAdministrator(): Promise<boolean>;

  /** `lastSignInAt` := now: a sign-in, of which the session of `by` came. Nothing where the user is gone. Raises no `ver`. */
  recordSignIn(id: UserId, by?: AuditNote): Promise<void>;
  /** Replaces the hash where it still is `from` (so that a changed password is never undone); raises no `ver`. */
  replacePasswordHash(id: UserId, from: string, to: string): Promise<void>;

  /**
   * Keeps the secret of a mail for `ttlMs`, with at most {@link MOST_MAIL_TOKENS} of one user, the youngest. Nothing
   * where the user is gone, or has it already. Raises no `ver`.
   */
  addMailToken(id: UserId, token: Pick<MailTokenRow, 'purpose' | 'hash'>, ttlMs: number, by?: AuditNote): Promise<void>;
  /**
   * `emailVerified` := true, where the user holds this token of that purpose; no such token is good any more then.
   * Whether it was done. Raises no `ver`.
   */
  verifyEmail(id: UserId, hash: SecretHash, by?: AuditNote): Promise<boolean>;
  /**
   * Puts a new hash in the place of the password's, raises `ver`, `floor` := the new `ver`; no token for a reset is good
   * any more. `unchanged` where the premise fails: hash and `floor` are what they were when the password was checked.
   */
  changePassword(
    id: UserId,
    premise: Pick<User, 'passwordHash' | 'floor'>,
    to: string,
    by?: AuditNote,
  ): Promise<UserChange>;
  /**
   * As `changePassword`, on another premise: the user holds this token for it, which shows that their mail arrives:
   * `emailVerified` := true. Of two resets with one token, one is carried out.
   */
  resetPassword(id: UserId, hash: SecretHash, to: string, by?: AuditNote): Promise<UserChange>;

  /**
   * Sets the ban (or replaces one), raises `ver`, `floor` := the new `ver`. Never bans the last administrator who is
   * not banned: where two would ban each other at once, at most one succeeds.
   */
  ban(id: UserId, ban: Omit<Ban, 'at'>, guard: UserGuard, by?: AuditNote): Promise<UserChange>;
  /** Lifts the ban and raises `ver`; `floor` stays, and with it every session that the ban ended stays ended. */
  unban(id: UserId, guard: UserGuard, by?: AuditNote): Promise<UserChange>;
  /** Adds the role and raises `ver`; `unchanged` where it is held already. */
  grantRole(id: UserId, role: Role, by?: AuditNote): Promise<UserChange>;
  /** Takes the role and raises `ver`; `unchanged` where it is not held; never takes `ADMIN` from the last one. */
  withdrawRole(id: UserId, role: Role, by?: AuditNote): Promise<UserChange>;
  /** Raises `ver`, `floor` := the new `ver`: every session there is, is over. */
  raiseFloor(id: UserId, guard: UserGuard, by?: AuditNote): Promise<UserChange>;
  /**
   * Erases all that tells who the user was; from then on nobody has this id or this address. That every session is over
   * is remembered for `retentionMs`, with the id alone, as after `raiseFloor`: no token outlives it, and no account
   * made under the same id later takes one over. Never deletes the last administrator. Answers the user as last seen,
   * with the `ver` and `floor` of the end.
   */
  delete(id: UserId, guard: UserGuard, retentionMs: number, by?: AuditNote): Promise<UserChange>;
}
