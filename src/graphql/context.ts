import type { IncomingMessage } from 'node:http';
import type { Clock } from '../domain/clock.js';
import type { AuditLog } from '../domain/audit-entry-service.js';
import type { SessionId } from '../domain/ids.js';
import type { EmailService } from '../domain/email-service.js';
import type { ExportPersonalData } from '../domain/personal-data.js';
import type { PasswordService } from '../domain/password-service.js';
import type { Credential, Principal } from '../domain/principal.js';
import type { IssuedSession } from '../domain/session-issue.js';
import type { RolePermissionService } from '../domain/role-permission-service.js';
import type { SessionService } from '../domain/session-service.js';
import type { ClientInfo, TransportKind } from '../domain/session.js';
import type { SigningKeys } from '../domain/signing-key-service.js';
import type { Role } from '../domain/user.js';
import type { UserService } from '../domain/user-service.js';
import type { Loaders } from './loaders.js';
import type { SignIn } from './sign-in.js';

/** The domain's services, for resolvers. */
export interface Auth {
  /** Sign-in, refresh and the ends of sessions: `find`, `listLive`, `revoke`, `revokeOthers`, … */
  readonly sessions: SessionService;
  /** Accounts, with roles and bans: `list`, `findByEmail`, `ban`, `unban`, `grantRole`, `withdrawRole`, … */
  readonly users: UserService;
  /** Everything held about a user, for that user. */
  readonly exportPersonalData: ExportPersonalData;
  /** Changes and resets of passwords. */
  readonly passwords: PasswordService;
  /** Proof that mail to an address arrives. */
  readonly emails: EmailService;
  /** What each role allows: `of`, `list`, `replace`. */
  readonly rolePermissions: RolePermissionService;
  /** The keys that sign access tokens: `list`, `rotate`, `publicJwks`, … */
  readonly signingKeys: SigningKeys;
  /** What happened, who did it and when: `list`. */
  readonly auditLog: AuditLog;
}

/** The domain's services, and what only a request can do. */
export interface RequestAuth extends Auth {
  /** Starts a session after a sign-in of the application's own, see {@link SignIn}. */
  readonly signIn: SignIn;
}

/** The pair as it goes into a payload: null where the cookies carry it. */
export interface PayloadTokens {
  readonly accessToken: string | null;
  readonly refreshToken: string | null;
  readonly deviceToken: string | null;
}

/** How this request's tokens came, and how the answer's go back. */
export interface Transport {
  /**
   * For sign-in and sign-up: as the client chose, or as fits a browser or a program.
   *
   * @throws AuthError `BAD_USER_INPUT` where the header `X-Session-Transport` says neither
   */
  signInKind(): TransportKind;
  /** Of the access token that the request is judged by; null where it brought none. */
  readonly accessTokenKind: TransportKind | null;
  /** The session that this access token names, also where it has expired. */
  readonly presentedSessionId: SessionId | null;
  /** The refresh token that came in a cookie. */
  readonly refreshCookie: string | null;
  /** What an earlier sign-in on this device was given, where it came in a cookie. */
  readonly deviceCookie: string | null;
  /** @throws AuthError `CSRF_BLOCKED` where the request comes from a page that may not have cookies set */
  checkMaySetCookies(): void;
  /** Puts the pair where this transport has it: in cookies, or in the payload. */
  send(issued: IssuedSession, kind: TransportKind): PayloadTokens;
  /** Clears the cookies. */
  clear(): void;
}

/** What a request brings along. */
export interface RequestContext {
  /** As it came to this process; in Express it is Express's own. */
  readonly request: IncomingMessage;
  /** The access token that came, judged. */
  readonly credential: Credential;
  /** How tokens came, and go back: in cookies, or in headers and payloads. */
  readonly transport: Transport;
  /** Address and user agent that the request came from; whose `X-Forwarded-For` counts, `TRUST_PROXY` says. */
  readonly client: Omit<ClientInfo, 'deviceName'>;
  /** By the store's clock. */
  readonly arrivedAt: Date;
}

/** What every resolver gets. */
export interface GraphQLContext extends RequestContext {
  /** What the request is judged by; a sign-in within the operation changes it. */
  credential: Credential;
  /** Who is speaking; `null` for nobody and for a credential that is not usable. */
  principal: Principal | null;
  /** The domain's services, for resolvers of your own. */
  readonly auth: RequestAuth;
  /** Reads of this request: `user`, `session` and `sessionsOfUser`, each thing once, however often it is asked for. */
  readonly loaders: Loaders;
  /** The store's time, which decides what has expired. */
  readonly clock: Clock;
  /** Every role that this server knows. */
  readonly roles: readonly Role[];
}

/**
 * The context of a field that only signed-in viewers reach: a guard let them in. `latchkey/codegen` gives it to the
 * resolvers of such fields.
 */
export type SignedIn<Context> = Context & {
  readonly principal: Context extends { readonly principal: infer Known } ? NonNullable<Known> : Principal;
};

/** What resolvers get beside the request. */
export interface Surroundings {
  readonly auth: Auth;
  readonly clock: Clock;
  readonly roles: readonly Role[];
  /** What the application adds to each context; left out: nothing. */
  readonly addToContext?: AddToContext | undefined;
}

/** Asked once a request: what it answers stands in the context beside ours. */
export type AddToContext = (context: GraphQLContext) => object | Promise<object>;
