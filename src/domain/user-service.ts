import { noteFrom, noteOf, type AuditNote, type ClientAddress } from './audit-entry.js';
import { auditRefusals } from './audit-entry-service.js';
import type { Attempts } from './attempt-service.js';
import type { CheckCredentials } from './credentials.js';
import { emailKey, parseEmail } from './email.js';
import type { EmailService } from './email-service.js';
import { AuthError, badUserInput } from './errors.js';
import type { EmitEvent } from './events.js';
import { createEnsureUser, type EnsureUser } from './external-users.js';
import { createUserId, type UserId } from './ids.js';
import { checkNewPassword, type Passwords } from './password.js';
import type { Policy } from './policy.js';
import type { SetUpCodes } from './set-up-code.js';
import type { Stores } from './stores.js';
import { ADMIN, knownRoles, type User } from './user.js';
import { changed, createUserAdministration, type UserAdministration } from './user-administration.js';
import type { NewUser, UserCursor, UserFilter } from './user-store.js';

export interface UserServiceOptions {
  readonly stores: Pick<Stores, 'users' | 'sessions' | 'auditEntries' | 'clock'>;
  readonly passwords: Passwords;
  readonly attempts: Attempts;
  readonly setUpCodes: SetUpCodes;
  readonly policy: Policy;
  readonly emit: EmitEvent;
  readonly emails: Pick<EmailService, 'postFirstVerification' | 'reportTaken'>;
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

export interface UserPage {
  readonly users: readonly User[];
  readonly hasNextPage: boolean;
}

const LARGEST_PAGE = 100;

/** The use cases of users. */
export interface UserService extends UserAdministration {
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
  const { users } = stores;
  const administration = createUserAdministration(options);

  /** Their accounts are made elsewhere: here the set-up code makes one of them the administrator, and nothing else. */
  async function signUpExternal(check: CheckCredentials, input: SignUpInput): Promise<User> {
    const { setupCode, email, password, ipAddress, client } = input;
    if (setupCode === null) throw new AuthError('FORBIDDEN');
    // It tells a right password from a wrong one, as a sign-in does; and a wrong code, too, is not to be tried for ever.
    const attempt = { kind: 'sign-in', account: emailKey(email), ipAddress, knownAs: null } as const;
    const tried = { action: 'sign-in', by: noteFrom(client) } as const;
    return auditRefusals(stores.auditEntries, tried, (noteSubject, noteTried) =>
      attempts.run(attempt, async () => {
        const { id } = await check({ email, password }, noteSubject, client);
        const by = noteOf({ userId: id, client });
        noteTried({ action: 'role-granted', by });
        const grant = async (): Promise<User> => changed(await users.grantRole(id, ADMIN, by));
        const user = await setUpCodes.redeem(setupCode, id, grant);
        emit({ type: 'roles.changed', userId: id, by: id, roles: knownRoles(user, policy.roles) });
        return user;
      }),
    );
  }

  async function signUp(input: SignUpInput): Promise<User | null> {
    if (input.setupCode === null && policy.signUp === 'closed') throw new AuthError('FORBIDDEN');
    const attempt = { kind: 'sign-up', account: null, ipAddress: input.ipAddress, knownAs: null } as const;
    return attempts.run(attempt, () => createUser(input));
  }

  async function createUser({ email, password, setupCode, client }: SignUpInput): Promise<User | null> {
    const address = parseEmail(email, 'email');
    await checkNewPassword(password, 'password');
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
      // Somebody tries to become the administrator. Not of an account: there is none.
      const tried = { action: 'user-created', by: noteFrom(client) } as const;
      return auditRefusals(stores.auditEntries, tried, () =>
        setUpCodes.redeem(setupCode, id, () => create({ roles: [ADMIN], emailVerified: true })),
      );
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
    emails.postFirstVerification(account.emailKey, by);
    return null;
  }

  return {
    signUp: (input) => (checkExternal === undefined ? signUp(input) : signUpExternal(checkExternal, input)),
    ensure: createEnsureUser(users, emit),
    ...administration,

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
