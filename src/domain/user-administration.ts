import { noteOf, type Actor } from './audit-entry.js';
import { emailKey, parseEmail } from './email.js';
import { AuthError, badUserInput } from './errors.js';
import type { EmitEvent } from './events.js';
import { createUserId, type SessionId, type UserId } from './ids.js';
import { checkNewPassword, type Passwords } from './password.js';
import type { Policy } from './policy.js';
import type { EndReason } from './session.js';
import type { Stores } from './stores.js';
import { ADMIN, knownRoles, UNKNOWN_PASSWORD, type Role, type User } from './user.js';
import type { UserChange, UserGuard } from './user-store.js';

export interface UserAdministrationOptions {
  readonly stores: Pick<Stores, 'users' | 'sessions' | 'clock'>;
  readonly passwords: Pick<Passwords, 'hash'>;
  readonly policy: Policy;
  readonly emit: EmitEvent;
}

export interface NewAccount {
  readonly email: string;
  /** `null`: none, until a reset sets one. */
  readonly password: string | null;
  readonly emailVerified: boolean;
  readonly roles: readonly Role[];
}

export interface BanInput {
  readonly userId: UserId;
  readonly reason: string | null;
  readonly publicReason: string | null;
  /** `null`: for good. */
  readonly until: Date | null;
}

/** A user as a change left them, and the sessions that ended with it. */
export interface RevokedUser {
  readonly user: User;
  readonly revokedSessionIds: readonly SessionId[];
}

const LONGEST_REASON = 2_000;

/**
 * What is done to accounts by others, and to one's own for good. Who may call it is the directives' business; the guards
 * beyond that are here.
 */
export interface UserAdministration {
  /** Makes an account. @throws AuthError `BAD_USER_INPUT`, `WEAK_PASSWORD`, `EMAIL_TAKEN` */
  create(actor: Actor, account: NewAccount): Promise<User>;
  /** Bans; every session is over with it. @throws AuthError `NOT_FOUND`, `FORBIDDEN`, `BAD_USER_INPUT` */
  ban(actor: Actor, input: BanInput): Promise<RevokedUser>;
  /** Lifts the ban. @throws AuthError `NOT_FOUND`, `FORBIDDEN` */
  unban(actor: Actor, id: UserId): Promise<User>;
  /** Ends every session. @throws AuthError `NOT_FOUND`, `FORBIDDEN` */
  revokeSessions(actor: Actor, id: UserId): Promise<RevokedUser>;
  /** Ends one session, whosever it is; whether it was open. @throws AuthError `NOT_FOUND`, `FORBIDDEN` */
  revokeSession(actor: Actor, id: SessionId): Promise<boolean>;
  /**
   * Deletes the account: nothing that tells who it was stays, the address is free again, every session is over.
   *
   * @throws AuthError `NOT_FOUND`; `FORBIDDEN` for the last administrator's, or an administrator's by anybody else
   */
  delete(actor: Actor, id: UserId): Promise<RevokedUser>;
  /** Gives a role. @throws AuthError `NOT_FOUND` */
  grantRole(actor: Actor, id: UserId, role: Role): Promise<User>;
  /** Takes a role. @throws AuthError `NOT_FOUND`; `FORBIDDEN` for the last administrator's */
  withdrawRole(actor: Actor, id: UserId, role: Role): Promise<User>;
}

export function createUserAdministration(options: UserAdministrationOptions): UserAdministration {
  const { stores, passwords, policy, emit } = options;
  const { users, sessions, clock } = stores;

  async function create(actor: Actor, { email, password, ...trusted }: NewAccount): Promise<User> {
    const address = parseEmail(email, 'email');
    if (password !== null) await checkNewPassword(password, 'password');
    const id = createUserId();
    const passwordHash = password === null ? UNKNOWN_PASSWORD : await passwords.hash(password);
    const account = { id, email: address, emailKey: emailKey(address), passwordHash, ...trusted };
    const user = await users.create(account, noteOf(actor));
    if (user === null) throw new AuthError('EMAIL_TAKEN', { extensions: { field: 'email' } });
    emit({ type: 'user.created', userId: id, roles: knownRoles(user, policy.roles) });
    return user;
  }

  async function ban(actor: Actor, { userId, ...input }: BanInput): Promise<RevokedUser> {
    if (userId === actor.userId) throw new AuthError('FORBIDDEN', { message: 'Nobody can ban themselves.' });
    for (const field of ['reason', 'publicReason'] as const) checkReason(input[field], field);
    if (input.until !== null && input.until <= clock.now()) {
      throw badUserInput('until', 'A ban ends in the future.');
    }
    const user = changed(await users.ban(userId, { ...input, by: actor.userId }, guardOf(actor), noteOf(actor)));
    emit({ type: 'user.banned', userId, by: actor.userId, until: input.until });
    return { user, revokedSessionIds: await endBelowFloor(user, 'banned') };
  }

  /** The change has decided already: this only marks the rows, and a crash before it revives nothing. */
  async function endBelowFloor(user: User, reason: EndReason): Promise<SessionId[]> {
    const ended = await sessions.endBelow(user.id, user.floor, reason, policy);
    for (const sessionId of ended) emit({ type: 'session.ended', userId: user.id, sessionId, reason });
    return ended;
  }

  async function changeRole(actor: Actor, change: UserChange): Promise<User> {
    const user = changed(change);
    if (change.kind === 'changed') {
      const roles = knownRoles(user, policy.roles);
      emit({ type: 'roles.changed', userId: user.id, by: actor.userId, roles });
    }
    return user;
  }

  return {
    create,
    ban,

    async unban(actor, id) {
      const change = await users.unban(id, guardOf(actor), noteOf(actor));
      const user = changed(change);
      if (change.kind === 'changed') emit({ type: 'user.unbanned', userId: id, by: actor.userId });
      return user;
    },

    async revokeSessions(actor, id) {
      const user = changed(await users.raiseFloor(id, guardOf(actor), noteOf(actor)));
      return { user, revokedSessionIds: await endBelowFloor(user, 'revoked') };
    },

    async revokeSession(actor, id) {
      const session = await sessions.findById(id);
      if (session === null) throw new AuthError('NOT_FOUND', { message: 'There is no such session.' });
      const { userId } = session;
      const { sparing } = guardOf(actor);
      const isSpared = sparing !== null && (await users.findById(userId))?.roles.includes(sparing);
      if (isSpared === true) throw spared();
      const ended = await sessions.endListed(userId, [id], 'revoked', policy, noteOf(actor));
      for (const sessionId of ended) emit({ type: 'session.ended', userId, sessionId, reason: 'revoked' });
      return ended.length > 0;
    },

    async delete(actor, id) {
      // As long as a session may live that a crash keeps from being ended below: until then the floor has to be known.
      const rememberedMs = Math.min(policy.idleTtlMs, policy.ttlMs) + policy.retentionMs;
      const user = changed(await users.delete(id, guardOf(actor), rememberedMs, noteOf(actor)));
      emit({ type: 'user.deleted', userId: id, by: actor.userId });
      return { user, revokedSessionIds: await endBelowFloor(user, 'user-deleted') };
    },

    grantRole: async (actor, id, role) => changeRole(actor, await users.grantRole(id, role, noteOf(actor))),
    withdrawRole: async (actor, id, role) => changeRole(actor, await users.withdrawRole(id, role, noteOf(actor))),
  };
}

/** Moderators touch no administrator. */
const guardOf = (actor: Pick<Actor, 'roles'>): UserGuard => ({ sparing: actor.roles.includes(ADMIN) ? null : ADMIN });

function checkReason(reason: string | null, field: string): void {
  if (reason !== null && reason.length > LONGEST_REASON) {
    throw badUserInput(field, `A reason has at most ${LONGEST_REASON} characters.`);
  }
}

const spared = (): AuthError =>
  new AuthError('FORBIDDEN', { message: 'Moderators cannot do this to an administrator.' });

/** The user that a guarded change left, or its refusal as the client shall see it. */
export function changed(change: UserChange): User {
  switch (change.kind) {
    case 'changed':
    case 'unchanged':
      return change.user;
    case 'not-found':
      throw new AuthError('NOT_FOUND');
    case 'spared':
      throw spared();
    case 'last-administrator':
      throw new AuthError('FORBIDDEN', { message: 'The last administrator stays.' });
  }
}
