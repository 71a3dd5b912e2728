import { noteFrom, noteOf, type AuditNote, type ClientAddress } from './audit-entry.js';
import { auditRefusals, type NoteSubject } from './audit-entry-service.js';
import { RateLimitError } from './attempt-service.js';
import { createPasswordCheck } from './credentials.js';
import { emailKey } from './email.js';
import { AuthError } from './errors.js';
import { createSessionId, type SessionId, type UserId } from './ids.js';
import { hashSecret } from './secrets.js';
import {
  judgeEnd,
  sessionExpiry,
  type ClientInfo,
  type EndReason,
  type Session,
  type TransportKind,
} from './session.js';
import {
  issueSession,
  markEnded,
  readLiveOwner,
  type IssuedSession,
  type SessionServiceOptions,
} from './session-issue.js';
import { createReauthenticate, type Reauthenticate } from './session-reauthentication.js';
import { createRefresh, type RefreshInput } from './session-refresh.js';
import { banRefusal } from './session-refusal.js';
import { activeBan, type User } from './user.js';

/** Where a session is signed in from, and how its tokens shall travel. */
export interface SignInOrigin {
  readonly client: ClientInfo;
  readonly transport: TransportKind;
  /** What the user signed in with; left out where that was no address and password. */
  readonly email?: string | undefined;
  /** What an earlier sign-in on this device was given, if any. */
  readonly deviceToken?: string | null | undefined;
}

export interface SignInInput extends SignInOrigin {
  readonly email: string;
  readonly password: string;
}

export interface SignOutInput {
  readonly refreshTokens: readonly string[];
  readonly sessionIds: readonly SessionId[];
  /** For the audit log: where from. */
  readonly client?: ClientAddress | undefined;
}

/** The use cases of sessions. */
export interface SessionService {
  /**
   * Checks the password, which is counted as a try before, and starts a session.
   *
   * @throws AuthError `INVALID_CREDENTIALS`, in the same time for a wrong password and an unknown address;
   *   `RATE_LIMITED`; `USER_BANNED`, and `FORBIDDEN` where the address has to be confirmed first, after the right
   *   password; `SERVICE_UNAVAILABLE`
   */
  signIn(input: SignInInput): Promise<IssuedSession>;
  /**
   * Starts a session for a user who has just proved who they are; `user` as it was read before that proof. The device
   * is known from then on.
   *
   * @throws AuthError `USER_BANNED`; `SESSION_EXPIRED` where every session was revoked in the meantime
   */
  start(user: User, origin: SignInOrigin): Promise<IssuedSession>;
  /** Exchanges a refresh token for the next pair, see {@link createRefresh}. */
  refresh(input: RefreshInput): Promise<IssuedSession>;
  /** Takes a fresh proof of the password for the session in use, see {@link createReauthenticate}. */
  readonly reauthenticate: Reauthenticate;
  /** Ends the sessions that any of these tokens and ids belong to; whether one ended. Junk ends nothing. */
  signOut(input: SignOutInput): Promise<boolean>;
  /**
   * Ends one session of this user, who asks for it, from there.
   *
   * @throws AuthError `NOT_FOUND` where the user has no such session
   */
  revoke(userId: UserId, id: SessionId, client?: ClientAddress): Promise<SessionId[]>;
  /** Ends every session of this user, who asks for it, but one. */
  revokeOthers(userId: UserId, kept: SessionId, client?: ClientAddress): Promise<SessionId[]>;
  /** The session, whatever its state; `null` where there is none, or none any more. */
  find(id: SessionId): Promise<Session | null>;
  /** The live sessions of these users, the one used last first. */
  listLive(users: readonly User[]): Promise<Map<UserId, Session[]>>;
}

export function createSessionService(options: SessionServiceOptions): SessionService {
  const { stores, passwords, attempts, deviceTokens, refreshTokens, policy, emit } = options;
  const { sessions, users, auditEntries } = stores;
  const { tellUnverified } = options;
  const { checkCredentials = createPasswordCheck({ users, passwords, tellUnverified }) } = options;

  /** A refused sign-in changes nothing that the log would hear of: it is written by itself. */
  const audited = (
    { client }: SignInOrigin,
    begin: (noteSubject: NoteSubject) => Promise<IssuedSession>,
  ): Promise<IssuedSession> => auditRefusals(auditEntries, { action: 'sign-in', by: noteFrom(client) }, begin);

  async function signIn({ password, ...origin }: SignInInput, noteSubject: NoteSubject): Promise<IssuedSession> {
    const { deviceToken, client, email } = origin;
    const account = emailKey(email);
    const knownAs = deviceToken == null ? null : deviceTokens.read(deviceToken, account);
    const attempt = { kind: 'sign-in', account, ipAddress: client.ipAddress, knownAs } as const;
    // Not let in, the try is kept: whoever goes on is throttled, like anybody else, and does not fill the log.
    const prove = (): Promise<User> => checkCredentials({ email, password }, noteSubject, client);
    const user = await attempts.run(attempt, prove, assertNotBanned);
    return startFor(account, user, origin);
  }

  /** Of those who were not looked at, the log is to hear whose account they were after. The answer does not tell. */
  async function signInNamed(input: SignInInput, noteSubject: NoteSubject): Promise<IssuedSession> {
    try {
      return await signIn(input, noteSubject);
    } catch (error) {
      const isToldFirst = error instanceof RateLimitError && error.isFirst;
      const user = isToldFirst ? await users.findByEmailKey(emailKey(input.email)) : null;
      if (user !== null) noteSubject(user.id);
      throw error;
    }
  }

  /** Before there is a session: one that comes of a ban in between is ended as it is made. */
  function assertNotBanned(user: User): void {
    const ban = activeBan(user, stores.clock.now());
    if (ban !== null) throw banRefusal(ban);
  }

  /** @param account what the user signs in as, which the device is known by */
  async function startFor(account: string, user: User, origin: SignInOrigin): Promise<IssuedSession> {
    const { client, transport, email } = origin;
    const token = { sessionId: createSessionId(), generation: 0, secret: refreshTokens.draw() };
    const { id: userId, ver } = user;
    const { sessionId: id } = token;
    const signInEmail = options.checkCredentials === undefined ? null : keptEmail(email);
    const stamped = await sessions.create(
      {
        id,
        userId,
        signInEmail,
        ver,
        hash: hashSecret(token.secret),
        nonce: refreshTokens.drawNonce(),
        transport,
        ...client,
      },
      policy,
    );
    const current = await readLiveOwner(options, stamped);
    const isKnown = origin.deviceToken != null && deviceTokens.read(origin.deviceToken, account) !== null;
    const isNewDevice = !isKnown && user.lastSignInAt !== null;
    emit({ type: 'session.created', userId, sessionId: id, isNewDevice, client });
    try {
      // The log has the sign-in before there are tokens: it is of a proof that was given and a session that is open. So
      // no token is ever without its entry; one that then cannot be signed has the end of its session behind it.
      const by = noteOf({ userId, sessionId: id, client });
      await Promise.all([users.recordSignIn(userId, by), endSurplus(userId)]);
      const deviceToken = deviceTokens.issue(account, origin.deviceToken ?? null);
      const refreshToken = refreshTokens.encode(token);
      return await issueSession(options, { user: current, refreshToken, deviceToken, ...stamped });
    } catch (error) {
      await abandon(stamped.session);
      throw error;
    }
  }

  /** A session that nobody gets the tokens of should not stay; where the store is away, it stays until it is idle. */
  async function abandon(session: Session): Promise<void> {
    try {
      await markEnded(options, session, 'revoked');
    } catch {
      // The sign-in is refused already, with the reason that matters.
    }
  }

  /** Ends those longest unused beyond what is allowed: for sign-ins at the same time, the same ones. */
  async function endSurplus(userId: UserId): Promise<void> {
    const surplus = await sessions.listSurplus(userId, policy.maxSessionsPerUser);
    if (surplus.length > 0) await endListed(userId, surplus, { reason: 'displaced' });
  }

  async function endListed(
    userId: UserId,
    ids: readonly SessionId[],
    { reason, by }: { readonly reason: EndReason; readonly by?: AuditNote },
  ): Promise<SessionId[]> {
    const ended = await sessions.endListed(userId, ids, reason, policy, by);
    for (const sessionId of ended) emit({ type: 'session.ended', userId, sessionId, reason });
    return ended;
  }

  async function signOut(input: SignOutInput): Promise<boolean> {
    const named = input.refreshTokens.map((token) => refreshTokens.decode(token)?.sessionId ?? null);
    const ids = new Set([...input.sessionIds, ...named.filter((id) => id !== null)]);
    const by = noteFrom(input.client);
    const ended = await Promise.all([...ids].map((id) => sessions.end(id, 'signed-out', policy, by)));
    const wereLive = ended
      .filter((session) => session !== null)
      .filter(({ endedAt, ...session }) => {
        return endedAt !== null && sessionExpiry(session) > endedAt;
      });
    for (const { userId, id: sessionId } of wereLive) {
      emit({ type: 'session.ended', userId, sessionId, reason: 'signed-out' });
    }
    return wereLive.length > 0;
  }

  return {
    signIn: (input) => audited(input, (noteSubject) => signInNamed(input, noteSubject)),
    start: (user, origin) =>
      audited(origin, (noteSubject) => {
        noteSubject(user.id);
        assertNotBanned(user);
        return startFor(user.emailKey, user, origin);
      }),
    refresh: createRefresh(options),
    reauthenticate: createReauthenticate(options),
    signOut,

    async revoke(userId, id, client) {
      const session = await sessions.findById(id);
      if (session?.userId !== userId) throw new AuthError('NOT_FOUND');
      return endListed(userId, [session.id], { reason: 'revoked', by: noteOf({ userId, client }) });
    },

    async revokeOthers(userId, kept, client) {
      const open = await sessions.listOpenByUser([userId]);
      const others = open.map(({ id }) => id).filter((id) => id !== kept);
      return endListed(userId, others, { reason: 'revoked', by: noteOf({ userId, client }) });
    },

    find: (id) => sessions.findById(id),

    async listLive(owners) {
      const open = await sessions.listOpenByUser(owners.map(({ id }) => id));
      const now = stores.clock.now();
      return new Map(
        owners.map((owner) => [
          owner.id,
          open.filter(
            (session) => session.userId === owner.id && judgeEnd({ session, now }, { user: owner, now }) === null,
          ),
        ]),
      );
    },
  };
}

/** As long as an address can be: RFC 5321 section 4.5.3.1.3. */
const LONGEST_EMAIL = 254;

/**
 * What a session keeps of what somebody typed at the application's own check. It may take more for an address than
 * there can be, and we would keep it for months: then it is to be typed again.
 */
const keptEmail = (email: string | undefined): string | null =>
  email !== undefined && email.length <= LONGEST_EMAIL ? email : null;
