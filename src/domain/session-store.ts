import type { AuditNote } from './audit-entry.js';
import type { SecretHash, SessionId, UserId } from './ids.js';
import type { User } from './user.js';
import type { ClientInfo, EndReason, OwnerAt, Session, SessionAt, TransportKind } from './session.js';

export interface NewSession extends ClientInfo {
  readonly id: SessionId;
  readonly userId: UserId;
  readonly signInEmail: string | null;
  readonly ver: number;
  readonly hash: SecretHash;
  readonly nonce: string;
  readonly transport: TransportKind;
}

/** How long things last, in milliseconds. */
export interface SessionLifetimes {
  /** Since the last sign-in or refresh. */
  readonly idleTtlMs: number;
  /** Since sign-in, whatever happens. */
  readonly ttlMs: number;
  /** How long the previous refresh token yields the same successor; 0: not at all. */
  readonly graceMs: number;
  /** How long an ended row is kept, to say why: the lifetime of an access token and a minute more for stalls. */
  readonly retentionMs: number;
}

/** A refresh token that is presented, and what it shall become where it is the current one. */
export interface Presentation {
  readonly sessionId: SessionId;
  readonly hash: SecretHash;
  readonly generation: number;
  /** When the request arrived, by the store's clock. */
  readonly arrivedAt: Date;
  readonly successorHash: SecretHash;
  readonly nonce: string;
}

/** A fresh proof of the password for a session, and the refresh token that it shall have from then on. */
export interface Reauthentication {
  readonly sessionId: SessionId;
  /** Whose session it is, as they were read before the password was checked. */
  readonly user: Pick<User, 'id' | 'ver' | 'floor'>;
  /** Of a secret that was drawn, not derived. */
  readonly hash: SecretHash;
  readonly nonce: string;
}

/** A row, and the store's clock in the very statement that read or wrote it. */
export type Stamped = SessionAt;

/** The row of a token that was presented. */
export interface Presented extends Stamped {
  /** Its user, where the store read both in one transaction: nobody came in between. `null`: to be read, behind it. */
  readonly owner: OwnerAt | null;
}

/** The state that a verdict was reached on; a write that carries it misses where that has changed. */
export type Premise = Pick<Session, 'id' | 'generation' | 'nonce' | 'answeredAt' | 'confirmedGeneration'>;

/** A pair of this generation is known to have reached its client. */
export interface Confirmation {
  readonly sessionId: SessionId;
  readonly generation: number;
}

/**
 * Sessions, as the domain asks a database for them. Every method is atomic and durable once its promise resolves
 * (MongoDB: a majority has it, also where nothing was changed; SQLite: on disk), and times are the store's clock.
 * Any method rejects with `SERVICE_UNAVAILABLE` while the database is away.
 *
 * A row is *open* while it is not ended and within both of its lifetimes. (Whether its session is live hangs on its
 * user too: that is the domain's to judge.) Rows are deleted by the store once they can answer nobody: `retentionMs`
 * after they ended, and within the hour from `retentionMs` after they expired.
 *
 * A proof of the password and an end add to the audit log, see `AuditEntryStore`: `by` says who asked for it, and from
 * where; left out: the server itself. An end that only follows from a change of the user (a ban, a password, a
 * deletion) adds nothing: the entry of that change tells.
 */
export interface SessionStore {
  /**
   * Adds a session of generation 0: `createdAt`, `authenticatedAt`, `lastSeenAt` and `answeredAt` are now, nothing is
   * confirmed (`confirmedGeneration` 0), `cut` 0, no previous token.
   */
  create(session: NewSession, lifetimes: SessionLifetimes): Promise<Stamped>;

  /**
   * Presents a refresh token: one statement that acts and answers, and the only read that a refresh is judged by.
   * Where the row is open and `hash` is its current one,
   * - and that one was given by a refresh (there is a previous) within grace of `arrivedAt` (see `isWithinGrace`):
   *   `confirmedGeneration` := max(itself, generation);
   * - else it rotates: `generation` + 1, `previousHash` := `hash`, `hash` := `successorHash`, `nonce` := the fresh
   *   one, `confirmedGeneration` := max(itself, generation), `answeredAt` := `lastSeenAt` := now,
   *   `idleExpiresAt` := now + idle lifetime.
   * Anything else changes nothing. Answers the row after it, with its user where one transaction reads both; `null` where
   * there is none.
   */
  present(presentation: Presentation, lifetimes: SessionLifetimes): Promise<Presented | null>;

  /**
   * `answeredAt` := now, where the premise still holds and the row is open. `null` where it missed. Answers to the same
   * token, given at the same time, are no miss: `answeredAt` may have moved on since the premise, up to 60 s behind
   * `arrivedAt` (`LONGEST_STALL_MS`), for the arrival is then within grace all the same.
   */
  markAnswered(premise: Premise, arrivedAt: Date): Promise<Stamped | null>;

  /**
   * Puts a new successor of the previous token in the place of one that got lost: `generation` + 1, `hash` and `nonce`
   * as given, `previousHash` as it was, `answeredAt` := `lastSeenAt` := now, idle lifetime extended; where the premise
   * still holds and the row is open. `null` where it missed.
   */
  displace(
    premise: Premise,
    successor: Pick<Session, 'hash' | 'nonce'>,
    lifetimes: SessionLifetimes,
  ): Promise<Stamped | null>;

  /**
   * Takes a fresh proof of the password: where the row is this user's, open, and of a `ver` that is not below the
   * user's `floor` (else a session that a revocation has ended, and nobody has marked yet, would rise again with the
   * new `ver`): `hash` and `nonce` as given, no previous token, `generation` + 1, `cut` := the new generation,
   * `ver` := max(itself, the user's), `authenticatedAt` := `answeredAt` := `lastSeenAt` := now, idle lifetime extended.
   * Anything else changes nothing. Answers the row after it, with the given `nonce` where it was done; `null` where the
   * user has no such session.
   */
  reauthenticate(
    reauthentication: Reauthentication,
    lifetimes: SessionLifetimes,
    by?: AuditNote,
  ): Promise<Stamped | null>;

  /** Ends the row as `end` does, where the premise still holds. Whether it did. */
  endWhere(premise: Premise, reason: EndReason, lifetimes: SessionLifetimes, by?: AuditNote): Promise<boolean>;

  /** Ends the session, by id and never by hash, if it is not ended yet: the row as this left it; else `null`. */
  end(id: SessionId, reason: EndReason, lifetimes: SessionLifetimes, by?: AuditNote): Promise<Session | null>;

  /** Ends the user's open sessions of a `ver` below `floor`, for what the user's own entry tells. The ids of those that were open before; repeatable. */
  endBelow(userId: UserId, floor: number, reason: EndReason, lifetimes: SessionLifetimes): Promise<SessionId[]>;

  /** Ends those of the user's open sessions that `ids` names. The ids of those that were open before. */
  endListed(
    userId: UserId,
    ids: readonly SessionId[],
    reason: EndReason,
    lifetimes: SessionLifetimes,
    by?: AuditNote,
  ): Promise<SessionId[]>;

  /** `confirmedGeneration` := max(itself, generation), on open rows only, never creating one. One round trip. */
  confirm(confirmations: readonly Confirmation[]): Promise<void>;

  /** Whatever its state. */
  findById(id: SessionId): Promise<Session | null>;
  /** Every open session of these users, newest `lastSeenAt` first (then by id). One statement. */
  listOpenByUser(userIds: readonly UserId[]): Promise<Session[]>;
  /** The ids of the user's open sessions behind the first `kept`, in that order. */
  listSurplus(userId: UserId, kept: number): Promise<SessionId[]>;
}
