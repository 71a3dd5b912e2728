import { noteFrom, noteOf, type Actor, type AuditNote, type ClientAddress } from './audit-entry.js';
import { auditRefusals } from './audit-entry-service.js';
import type { Attempts } from './attempt-service.js';
import type { CheckCredentials } from './credentials.js';
import { emailKey, parseEmail } from './email.js';
import type { EmailService } from './email-service.js';
import { AuthError, badUserInput } from './errors.js';
import type { EmitEvent } from './events.js';
import { createEnsureUser, type EnsureUser } from './external-users.js';
import { createUserId, type SessionId, type UserId } from './ids.js';
import { checkNewPassword, type Passwords } from './password.js';
import type { Policy } from './policy.js';
import type { EndReason } from './session.js';
import type { SetUpCodes } from './set-up-code.js';
import type { Stores } from './stores.js';
import { ADMIN, knownRoles, type Role, type User } from './user.js';
import type { NewUser, UserChange, UserCursor, UserFilter, UserGuard } from './user-store.js';

export interface UserServiceOptions {
  readonly stores: Pick<Stores, 'users' | 'sessions' | 'auditEntries' | 'clock'>;
  readonly passwords: Passwords;
  readonly attempts: Attempts;
  readonly setUpCodes: SetUpCodes;
  readonly policy: Policy;
  readonly emit: EmitEvent;
  readonly emails: Pick<EmailService, 'postVerification' | 'reportTaken'>;
  /** The application's own check, where it keeps the accounts: nobody signs up here then. */
  readonly checkExternal?: CheckCredentials | undefined;
}

export interface SignUpInput {
  readonly email: string;
  readonly password: string;
  /** Makes the first administrator. */
  readonly setupCode: string | null;
  /** For the audit log: where from. */
  readonly client?: ClientAddress | undefined;
  /** Whose request it is: sign-ups of one address are counted. `null`: unknown. */
  readonly ipAddress: string | null;
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

export interface UserPage {
  readonly users: readonly User[];
  readonly hasNextPage: boolean;
}

const LONGEST_REASON = 2_000;
const LARGEST_PAGE = 100;

/** The use cases of users. Who may call them is the directives' business; the guards beyond that are here. */
export interface UserService {
  /**
   * Makes an account; `null` where its address is to be confirmed first, and the same where the address is taken: a
   * mail says which, to its owner alone. Who has the set-up code is trusted. Where the application keeps the accounts, it makes one of theirs the first administrator.
   *
   * @throws AuthError `FORBIDDEN` where sign-up is closed and no code was given; `BAD_USER_INPUT` (also for a wrong or
   *   used code, with no account made); `WEAK_PASSWORD`; `EMAIL_TAKEN`; `RATE_LIMITED`; `SERVICE_UNAVAILABLE`;
   *   `INVALID_CREDENTIALS` where the application does not know them
   */
  signUp(input: SignUpInput): Promise<User | null>;
  /** The user whom the application calls so, see {@link EnsureUser}. */
  readonly ensure: EnsureUser;
  /** Bans; every session is over with it. @throws AuthError `NOT_FOUND`, `FORBIDDEN`, `BAD_USER_INPUT` */
  ban(actor: Actor, input: BanInput): Promise<RevokedUser>;
  /** Lifts the ban. @throws AuthError `NOT_FOUND`, `FORBIDDEN` */
  unban(actor: Actor, id: UserId): Promise<User>;
  /** Ends every session. @throws AuthError `NOT_FOUND`, `FORBIDDEN` */
  revokeSessions(actor: Actor, id: UserId): Promise<RevokedUser>;
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
  /** These users, in any order, without those that are not there. */
  listById(ids: readonly UserId[]): Promise<User[]>;
  /** The user with this address, or `null`. */
  findByEmail(email: string): Promise<User | null>;
  /** One page, oldest first. @throws AuthError `BAD_USER_INPUT` where `first` is not 1 to 100 */
  list(filter: UserFilter, first: number, after: UserCursor | null): Promise<UserPage>;
  count(filter: UserFilter): Promise<number>;
}

export function createUserService(options: UserServiceOptions): UserService {
  const { stores, passwords, attempts, setUpCodes, policy, emit, emails, checkExternal } = options;
  const { users, sessions, clock } = stores;

  /** Their accounts are made elsewhere: here the set-up code makes one of them the administrator, and nothing else. */
  async function signUpExternal(check: CheckCredentials, input: SignUpInput): Promise<User> {
    const { setupCode, email, password, ipAddress, client } = input;
    if (setupCode === null) throw new AuthError('FORBIDDEN');
    // It tells a right password from a wrong one, as a sign-in does.
    const attempt = { kind: 'sign-in', account: emailKey(email), ipAddress, knownAs: null } as const;
    const tried = { action: 'sign-in', by: noteFrom(client) } as const;
    const { id } = await auditRefusals(stores.auditEntries, tried, (noteSubject) =>
      attempts.run(attempt, () => check({ email, password }, noteSubject)),
    );
    const by = noteOf({ userId: id, client });
    const user = await setUpCodes.redeem(setupCode, id, async () => changed(await users.grantRole(id, ADMIN, by)));
    emit({ type: 'roles.changed', userId: id, by: id, roles: knownRoles(user, policy.roles) });
    return user;
  }

  async function signUp(input: SignUpInput): Promise<User | null> {
    if (input.setupCode === null && policy.signUp === 'closed') throw new AuthError('FORBIDDEN');
    const attempt = { kind: 'sign-up', account: null, ipAddress: input.ipAddress, knownAs: null } as const;
    return attempts.run(attempt, () => createUser(input));
  }

  async function createUser({ email, password, setupCode, client }: SignUpInput): Promise<User | null> {
    const address = parseEmail(email, 'email');
    checkNewPassword(password, 'password');
    const id = createUserId();
    const passwordHash = await passwords.hash(password);
    const account = { id, email: address, emailKey: emailKey(address), passwordHash };
    const by = noteOf({ userId: id, client });
    const create = async (trusted: Pick<NewUser, 'roles' | 'emailVerified'>): Promise<User> => {
      const user = await users.create({ ...account, ...trusted }, by);
      if (user === null) throw new AuthError('EMAIL_TAKEN', { extensions: { field: 'email' } });
      emit({ type: 'user.created', userId: id, roles: knownRoles(user, policy.roles) });
      return user;
    };
    if (setupCode !== null) {
      return setUpCodes.redeem(setupCode, id, () => create({ roles: [ADMIN], emailVerified: true }));
    }
    if (policy.emailVerification === 'required') return signUpUnverified(account, by);
    return create({ roles: [], emailVerified: false });
  }

  /** Says nothing of whether there is such an account. */
  async function signUpUnverified(account: Omit<NewUser, 'roles' | 'emailVerified'>, by: AuditNote): Promise<null> {
    const user = await users.create({ ...account, roles: [], emailVerified: false }, by);
    if (user === null) {
      emails.reportTaken(account.emailKey, noteFrom(by));
      return null;
    }
    emit({ type: 'user.created', userId: user.id, roles: [] });
    emails.postVerification(user.id, by);
    return null;
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
    signUp: (input) => (checkExternal === undefined ? signUp(input) : signUpExternal(checkExternal, input)),
    ensure: createEnsureUser(users, emit),
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

    async delete(actor, id) {
      // As long as a session may live that a crash keeps from being ended below: until then the floor has to be known.
      const rememberedMs = Math.min(policy.idleTtlMs, policy.ttlMs) + policy.retentionMs;
      const user = changed(await users.delete(id, guardOf(actor), rememberedMs, noteOf(actor)));
      emit({ type: 'user.deleted', userId: id, by: actor.userId });
      return { user, revokedSessionIds: await endBelowFloor(user, 'user-deleted') };
    },

    grantRole: async (actor, id, role) => changeRole(actor, await users.grantRole(id, role, noteOf(actor))),
    withdrawRole: async (actor, id, role) => changeRole(actor, await users.withdrawRole(id, role, noteOf(actor))),

    listById: (ids) => users.listById(ids),
    findByEmail: (email) => users.findByEmailKey(emailKey(email)),

    async list(filter, first, after) {
      if (first < 1 || first > LARGEST_PAGE) throw badUserInput('first', `A page has 1 to ${LARGEST_PAGE} users.`);
      const found = await users.list(filter, first + 1, after);
      return { users: found.slice(0, first), hasNextPage: found.length > first };
    },
    count: (filter) => users.count(filter),
  };
}

/** Moderators touch no administrator. */
const guardOf = (actor: Pick<Actor, 'roles'>): UserGuard => ({ sparing: actor.roles.includes(ADMIN) ? null : ADMIN });

function checkReason(reason: string | null, field: string): void {
  if (reason !== null && reason.length > LONGEST_REASON) {
    throw badUserInput(field, `A reason has at most ${LONGEST_REASON} characters.`);
  }
}

/** The user that a guarded change left, or its refusal as the client shall see it. */
function changed(change: UserChange): User {
  switch (change.kind) {
    case 'changed':
    case 'unchanged':
      return change.user;
    case 'not-found':
      throw new AuthError('NOT_FOUND');
    case 'spared':
      throw new AuthError('FORBIDDEN', { message: 'Moderators cannot do this to an administrator.' });
    case 'last-administrator':
      throw new AuthError('FORBIDDEN', { message: 'The last administrator stays.' });
  }
}
