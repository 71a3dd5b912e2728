import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { UserReference, SessionReference, SignInPayload as IssuedPayload, GraphQLContext, SignedIn } from 'latchkey';
export type Maybe<T> = T | null;
export type InputMaybe<T> = T | null | undefined;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A moment: RFC 3339, UTC, for example `2026-01-31T12:00:00.000Z`. */
  DateTime: { input: Date; output: Date; }
};

export type Query = {
  /** What happened to accounts, sessions, roles and keys, newest first; `first` is 1 to 100. Nothing of it can be changed, and it is kept for `AUDIT_TTL_SECONDS`. */
  auditLog?: Maybe<AuditEntryConnection>;
  /** What each role of this server allows, also those that allow nothing. Errors: `FORBIDDEN`, `SERVICE_UNAVAILABLE`. */
  rolePermissions?: Maybe<Array<RolePermissions>>;
  /** The session in use. */
  session?: Maybe<Session>;
  /** The keys that sign access tokens, and those that did, oldest first. */
  signingKeys?: Maybe<Array<SigningKey>>;
  /** Who is signed in. `id`, `roles` and `permissions` are answered from memory; the rest is read when asked for. */
  viewer?: Maybe<User>;
  /** One user, by exactly one of `id` and `email`; null where there is none. */
  user?: Maybe<User>;
  /** Users, oldest first; `first` is 1 to 100. */
  users?: Maybe<UserConnection>;
  open?: Maybe<Scalars['String']['output']>;
  news?: Maybe<Scalars['String']['output']>;
  mine?: Maybe<Scalars['String']['output']>;
  fresh?: Maybe<Scalars['String']['output']>;
  edited?: Maybe<Scalars['String']['output']>;
  allowed?: Maybe<Scalars['String']['output']>;
  page?: Maybe<Page>;
  /** Anyone may ask, and only who is signed in gets a value. */
  secret?: Maybe<Secret>;
  found?: Maybe<Found>;
  order?: Maybe<Order>;
  search?: Maybe<Scalars['String']['output']>;
};


export type QueryAuditLogArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<AuditFilter>;
};


export type QueryUserArgs = {
  id?: InputMaybe<Scalars['ID']['input']>;
  email?: InputMaybe<Scalars['String']['input']>;
};


export type QueryUsersArgs = {
  first?: InputMaybe<Scalars['Int']['input']>;
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<UserFilter>;
};


export type QuerySearchArgs = {
  filter?: InputMaybe<Filter>;
  all?: InputMaybe<Scalars['Boolean']['input']>;
};

/** One thing that happened. */
export type AuditEntry = {
  /** Never changes. */
  id: Scalars['ID']['output'];
  /** When, by the store's clock. */
  at: Scalars['DateTime']['output'];
  /** What: `sign-in`, `sign-out`, `user-banned` and the like; the documents list them. */
  action: Scalars['String']['output'];
  /** `success`, or `failure` for what was refused, and for a refresh token that was used twice. */
  outcome: Scalars['String']['output'];
  /** Who did it; null where nobody knows, and where it was the server itself or somebody at its command line. Of an account that is gone no more than the id. */
  actor?: Maybe<User>;
  /** Whose account it is about; null where it is nobody's. Of an account that is gone no more than the id. */
  subject?: Maybe<User>;
  /** SHA-256 of the id of the session that it is about, or of the one that it was done in; base64url. */
  sessionHash?: Maybe<Scalars['String']['output']>;
  /** Where from, as `TRUST_PROXY` has it. */
  ipAddress?: Maybe<Scalars['String']['output']>;
  /** What the client called itself; at most 512 characters. */
  userAgent?: Maybe<Scalars['String']['output']>;
  /** Why: the reason of a ban, the code of a refusal, the role or the key that was changed. */
  reason?: Maybe<Scalars['String']['output']>;
};

/** Each part that is given narrows the list. */
export type AuditFilter = {
  /** Any of these. */
  action?: InputMaybe<Array<Scalars['String']['input']>>;
  /** Who did it; also an account that is gone. */
  actorId?: InputMaybe<Scalars['ID']['input']>;
  /** Whose account it is about; also one that is gone. */
  subjectId?: InputMaybe<Scalars['ID']['input']>;
  /** Exclusive. */
  after?: InputMaybe<Scalars['DateTime']['input']>;
  /** Exclusive. */
  before?: InputMaybe<Scalars['DateTime']['input']>;
  /** Exactly this address. */
  ipAddress?: InputMaybe<Scalars['String']['input']>;
};

/** A page of the audit log. */
export type AuditEntryConnection = {
  /** The entries with their cursors. */
  edges: Array<AuditEntryEdge>;
  /** The entries. */
  nodes: Array<AuditEntry>;
  /** Where this page stands among the others. */
  pageInfo: PageInfo;
};

/** One entry of a page. */
export type AuditEntryEdge = {
  /** To be given as `after`. */
  cursor: Scalars['String']['output'];
  /** The entry. */
  node: AuditEntry;
};

/** What `errors[].extensions.code` may say. */
export type ErrorCode =
  /** No credential where one is needed; one that is not ours; a refresh without a token. HTTP 401. */
  | 'UNAUTHENTICATED'
  /** The access token expired, is older than a change of roles, or its key was revoked: refresh, then try again. HTTP 401. */
  | 'TOKEN_EXPIRED'
  /** The session is over: sign in again. HTTP 401. */
  | 'SESSION_EXPIRED'
  /** A refresh token left behind was presented, or the session was ended for that. HTTP 401. */
  | 'TOKEN_THEFT_DETECTED'
  /** Signed in, not allowed. HTTP 403. */
  | 'FORBIDDEN'
  /** E-mail address or password is wrong. HTTP 401. */
  | 'INVALID_CREDENTIALS'
  /** With `extensions.reason` and `extensions.until`. HTTP 403. */
  | 'USER_BANNED'
  /** The last proof of the password is too old for this: `reauthenticate`, then try again. HTTP 403. */
  | 'REAUTHENTICATION_REQUIRED'
  /** With `extensions.retryAfterSeconds`. HTTP 429. */
  | 'RATE_LIMITED'
  /** The request came from an origin that is not allowed. HTTP 403. */
  | 'CSRF_BLOCKED'
  /** With `extensions.field` where one is at fault. HTTP 400. */
  | 'BAD_USER_INPUT'
  /** The password is too weak. HTTP 400. */
  | 'WEAK_PASSWORD'
  /** There is an account with this address. HTTP 400. */
  | 'EMAIL_TAKEN'
  /** There is no such thing. HTTP 400. */
  | 'NOT_FOUND'
  /** It was changed in the meantime. HTTP 400. */
  | 'CONFLICT'
  /** The operation asks for too much at once. HTTP 400. */
  | 'OPERATION_TOO_COMPLEX'
  /** Anything else, with `extensions.id` that the log has too. HTTP 500. */
  | 'INTERNAL_SERVER_ERROR'
  /** The store cannot be reached, or too much is waiting; nothing was half done. HTTP 503. */
  | 'SERVICE_UNAVAILABLE'
  /** The document is not GraphQL. HTTP 400. */
  | 'GRAPHQL_PARSE_FAILED'
  /** The document does not fit the schema. HTTP 400. */
  | 'GRAPHQL_VALIDATION_FAILED'
  /** The document holds no such operation. HTTP 400. */
  | 'OPERATION_RESOLUTION_FAILURE'
  /** The request is not GraphQL over HTTP. HTTP 400, 405, 413 or 415. */
  | 'BAD_REQUEST'
  /** The server does not run a document of this hash, or this document. HTTP 400. */
  | 'PERSISTED_QUERY_NOT_FOUND'
  /** The server keeps no documents. HTTP 400. */
  | 'PERSISTED_QUERY_NOT_SUPPORTED';

export type Mutation = {
  /** Changes the viewer's password: every other session ends, the one in use goes on with a fresh pair by the way its access token came. Errors: `RATE_LIMITED`, `INVALID_CREDENTIALS`, `WEAK_PASSWORD`, `BAD_USER_INPUT`, with nothing changed; `CONFLICT` where another change came in between; `FORBIDDEN` where the application keeps the password. */
  changePassword?: Maybe<ChangePasswordPayload>;
  /** Mails a link to choose a new password, good for 30 minutes and once. The same answer, in the same time, whether or not there is such an account. Errors: `RATE_LIMITED`. */
  requestPasswordReset?: Maybe<RequestPasswordResetPayload>;
  /** Sets a new password for who holds the token of such a mail, and ends every session. Errors: `BAD_USER_INPUT` with the field `token` for one that is wrong, used or too old; `WEAK_PASSWORD`; `RATE_LIMITED`. */
  resetPassword?: Maybe<ResetPasswordPayload>;
  /** Mails the viewer a link that shows that mail arrives, good for a day and once; nothing where that was shown already. Errors: `RATE_LIMITED`. */
  requestEmailVerification?: Maybe<RequestEmailVerificationPayload>;
  /** Takes the token of such a mail. Errors: `BAD_USER_INPUT` with the field `token` for one that is wrong, used or too old; `RATE_LIMITED`. */
  verifyEmail?: Maybe<VerifyEmailPayload>;
  /** Gives a user a role; it counts from their next access token on. Errors: `NOT_FOUND`. */
  grantRole?: Maybe<RolesPayload>;
  /** Takes a role from a user. Errors: `NOT_FOUND`; `FORBIDDEN` where it would take `ADMIN` from the last one. */
  withdrawRole?: Maybe<RolesPayload>;
  /** Decides what a role allows: puts this list in the place of the role's. It holds from the next request on, on every server at the latest 5 seconds later; nobody has to refresh. Errors: `FORBIDDEN`; `REAUTHENTICATION_REQUIRED`; `BAD_USER_INPUT` with the field `permissions`; `SERVICE_UNAVAILABLE`, perhaps done: repeat it. */
  setRolePermissions?: Maybe<RolePermissionsPayload>;
  /** Starts a session. Errors: `INVALID_CREDENTIALS`, the same for a wrong password and an unknown address; `RATE_LIMITED` after too many of those, whether or not the account exists; `USER_BANNED`, after the right password alone. */
  signIn?: Maybe<SignInPayload>;
  /** Exchanges the refresh token for the next pair. Errors: `UNAUTHENTICATED` without a token, `SESSION_EXPIRED`, `USER_BANNED`, `TOKEN_THEFT_DETECTED`. */
  refreshSession?: Maybe<RefreshSessionPayload>;
  /** Proves the password anew for the session in use, so that fields with `@auth(maxAgeSeconds:)` let it through, and gives it a fresh pair by the way the access token came; refresh tokens of before are void. Errors: `INVALID_CREDENTIALS` and, after too many of those, `RATE_LIMITED`, with nothing changed; `SESSION_EXPIRED`; `USER_BANNED`; `SERVICE_UNAVAILABLE`: repeat it with the access token of before. */
  reauthenticate?: Maybe<RefreshSessionPayload>;
  /** Ends the session that either token belongs to, and clears the cookies. Repeatable. */
  signOut?: Maybe<SignOutPayload>;
  /** Ends one of the viewer's own sessions. Errors: `NOT_FOUND`. */
  revokeSession?: Maybe<RevokeSessionsPayload>;
  /** Ends every session of the viewer but the one in use. */
  revokeOtherSessions?: Maybe<RevokeSessionsPayload>;
  /** Ends every session of a user. Errors: `NOT_FOUND`; `FORBIDDEN` for an administrator by a moderator. */
  revokeUserSessions?: Maybe<RevokeSessionsPayload>;
  /** Lets the published next key sign at once, and publishes another; nobody is signed out. Errors: `FORBIDDEN`, `REAUTHENTICATION_REQUIRED`, `SERVICE_UNAVAILABLE`. */
  rotateSigningKey?: Maybe<RotateSigningKeyPayload>;
  /** Makes an account and signs it in. Where addresses are to be confirmed first, null without an error, also for an address that is taken: a mail says which, to its owner alone. Errors: `EMAIL_TAKEN`, `WEAK_PASSWORD`, `BAD_USER_INPUT`; `RATE_LIMITED` after too many from one address; `FORBIDDEN` where sign-up is closed. */
  signUp?: Maybe<SignInPayload>;
  /** Deletes the viewer's account: nothing that tells who it was stays, the address is free again, and every session is over at once. Errors: `REAUTHENTICATION_REQUIRED`; `FORBIDDEN` for the last administrator. */
  deleteAccount?: Maybe<DeleteAccountPayload>;
  /** Everything that is held about the viewer, but for what proves who they are and what administrators wrote for each other. Errors: `REAUTHENTICATION_REQUIRED`. */
  exportMyData?: Maybe<ExportMyDataPayload>;
  /** Bans a user: no sign-in, no refresh, every session ended. Banning again replaces reason and end. Errors: `NOT_FOUND`, `BAD_USER_INPUT`; `FORBIDDEN` for oneself, for an administrator by a moderator, for the last administrator. */
  banUser?: Maybe<BanUserPayload>;
  /** Lifts a ban; the sessions that it ended stay ended. Errors: `NOT_FOUND`; `FORBIDDEN` for an administrator by a moderator. */
  unbanUser?: Maybe<UnbanUserPayload>;
  enter?: Maybe<SignInPayload>;
  hide?: Maybe<Scalars['Boolean']['output']>;
};


export type MutationChangePasswordArgs = {
  input: ChangePasswordInput;
};


export type MutationRequestPasswordResetArgs = {
  email: Scalars['String']['input'];
};


export type MutationResetPasswordArgs = {
  input: ResetPasswordInput;
};


export type MutationVerifyEmailArgs = {
  token: Scalars['String']['input'];
};


export type MutationGrantRoleArgs = {
  userId: Scalars['ID']['input'];
  role: Role;
};


export type MutationWithdrawRoleArgs = {
  userId: Scalars['ID']['input'];
  role: Role;
};


export type MutationSetRolePermissionsArgs = {
  role: Role;
  permissions: Array<Scalars['String']['input']>;
};


export type MutationSignInArgs = {
  input: SignInInput;
};


export type MutationRefreshSessionArgs = {
  input?: InputMaybe<RefreshSessionInput>;
};


export type MutationReauthenticateArgs = {
  input: ReauthenticateInput;
};


export type MutationSignOutArgs = {
  input?: InputMaybe<SignOutInput>;
};


export type MutationRevokeSessionArgs = {
  id: Scalars['ID']['input'];
};


export type MutationRevokeUserSessionsArgs = {
  userId: Scalars['ID']['input'];
};


export type MutationRotateSigningKeyArgs = {
  revokeCurrent?: InputMaybe<Scalars['Boolean']['input']>;
};


export type MutationSignUpArgs = {
  input: SignUpInput;
};


export type MutationBanUserArgs = {
  input: BanUserInput;
};


export type MutationUnbanUserArgs = {
  userId: Scalars['ID']['input'];
};

/** The password of before, and the one to come. */
export type ChangePasswordInput = {
  /** As it is until now. */
  currentPassword: Scalars['String']['input'];
  /** 8 to 256 characters, any, taken exactly as sent; refused on the list of common ones. */
  newPassword: Scalars['String']['input'];
};

/** What came with the mail, and the password to come. */
export type ResetPasswordInput = {
  /** What the link of the mail has behind its `#`. */
  token: Scalars['String']['input'];
  /** 8 to 256 characters, any, taken exactly as sent; refused on the list of common ones. */
  newPassword: Scalars['String']['input'];
};

/** The session in use with its fresh pair, and what ended. */
export type ChangePasswordPayload = {
  /** Null with the cookie transport. */
  accessToken?: Maybe<Scalars['String']['output']>;
  /** Null with the cookie transport. */
  refreshToken?: Maybe<Scalars['String']['output']>;
  /** How long the access token is good for, from now. */
  expiresInSeconds: Scalars['Int']['output'];
  /** When the access token expires. */
  accessTokenExpiresAt: Scalars['DateTime']['output'];
  /** When the refresh token expires, if it is not used. */
  refreshTokenExpiresAt: Scalars['DateTime']['output'];
  /** The session in use. */
  session: Session;
  /** The viewer. */
  user: User;
  /** The sessions that this ended. */
  revokedSessionIds: Array<Scalars['ID']['output']>;
};

/** What became of the request. */
export type RequestPasswordResetPayload = {
  /** True, whether or not there is such an account. */
  requested: Scalars['Boolean']['output'];
};

/** What became of the password. */
export type ResetPasswordPayload = {
  /** True: it is the new one. */
  reset: Scalars['Boolean']['output'];
};

/** What became of the request. */
export type RequestEmailVerificationPayload = {
  /** True: the mail is on its way, if one is needed. */
  requested: Scalars['Boolean']['output'];
};

/** What became of the address. */
export type VerifyEmailPayload = {
  /** True: mail to it arrives. */
  verified: Scalars['Boolean']['output'];
};

/** What a user may hold. Applications add theirs: `extend enum Role { EDITOR }`, or the variable ROLES. */
export type Role =
  | 'EDITOR'
  /** May do everything that Latchkey offers. */
  | 'ADMIN'
  /** May see users, and ban and unban those who are not administrators. */
  | 'MODERATOR';

/** The user whose roles were changed. */
export type RolesPayload = {
  /** With the roles as they are now. */
  user: User;
};

/** What one role allows. */
export type RolePermissions = {
  /** Who holds it may do what follows. */
  role: Role;
  /** Sorted, each once. */
  permissions: Array<Scalars['String']['output']>;
};

/** The role whose permissions were set. */
export type RolePermissionsPayload = {
  /** With the permissions as they are now. */
  rolePermissions: RolePermissions;
};

/** How the tokens of a session travel. */
export type Transport =
  /** In httpOnly cookies. */
  | 'COOKIE'
  /** In the `Authorization` header and the argument `refreshToken`. */
  | 'HEADER';

/** One sign-in on one device, from `signIn` to its end. */
export type Session = {
  /** Not a secret. */
  id: Scalars['ID']['output'];
  /** Whether it is the one in use. */
  current: Scalars['Boolean']['output'];
  /** When the user signed in. */
  createdAt: Scalars['DateTime']['output'];
  /** The last sign-in or refresh: right to within an access token's life. */
  lastSeenAt: Scalars['DateTime']['output'];
  /** When it ends if it is not refreshed; never past its absolute end. */
  expiresAt: Scalars['DateTime']['output'];
  /** The last proof of the password. */
  authenticatedAt: Scalars['DateTime']['output'];
  /** Chosen at sign-in. */
  transport: Transport;
  /** What the user called the device. */
  deviceName?: Maybe<Scalars['String']['output']>;
  /** What the browser or program called itself at sign-in. */
  userAgent?: Maybe<Scalars['String']['output']>;
  /** Where the sign-in came from. */
  ipAddress?: Maybe<Scalars['String']['output']>;
  /** Whose it is. */
  user: User;
};

/** Proof of who one is. */
export type SignInInput = {
  /** Compared without regard to case. */
  email: Scalars['String']['input'];
  /** Exactly as it was set. */
  password: Scalars['String']['input'];
  /** What the user calls this device; at most 100 characters. */
  deviceName?: InputMaybe<Scalars['String']['input']>;
  /** For header transport: the newest `deviceToken` that this device was given for this account, so that the failures of others do not count here; in cookie transport it comes by itself. One that does not hold is the same as none. */
  deviceToken?: InputMaybe<Scalars['String']['input']>;
};

/** For header transport; in cookie transport the token comes by itself. */
export type RefreshSessionInput = {
  /** The newest refresh token that the client holds. */
  refreshToken?: InputMaybe<Scalars['String']['input']>;
};

/** Proof that it is still the same person. */
export type ReauthenticateInput = {
  /** The viewer's own, exactly as it was set. */
  password: Scalars['String']['input'];
};

/** For header transport; in cookie transport the tokens come by themselves. */
export type SignOutInput = {
  /** Any refresh token of the session. */
  refreshToken?: InputMaybe<Scalars['String']['input']>;
};

/** A fresh session. In cookie transport the tokens are null: they are in the cookies. */
export type SignInPayload = {
  /** JWT, for `Authorization: Bearer …`. */
  accessToken?: Maybe<Scalars['String']['output']>;
  /** Single use: exchanged for the next pair by `refreshSession`. */
  refreshToken?: Maybe<Scalars['String']['output']>;
  /** Lets nobody in, but tells the next `signIn` that this device is known to the account: to be kept, and kept secret, also over a sign-out. Good for 400 days. Null in cookie transport. */
  deviceToken?: Maybe<Scalars['String']['output']>;
  /** From the receipt of this answer to the expiry of the access token. */
  expiresInSeconds: Scalars['Int']['output'];
  /** By the server's clock. */
  accessTokenExpiresAt: Scalars['DateTime']['output'];
  /** By the server's clock. */
  refreshTokenExpiresAt: Scalars['DateTime']['output'];
  /** The session that began. */
  session: Session;
  /** Who signed in. */
  user: User;
};

/** The next pair. In cookie transport both tokens are null: they are in the cookies. */
export type RefreshSessionPayload = {
  /** JWT, for `Authorization: Bearer …`. */
  accessToken?: Maybe<Scalars['String']['output']>;
  /** Single use: exchanged for the next pair by `refreshSession`. */
  refreshToken?: Maybe<Scalars['String']['output']>;
  /** From the receipt of this answer to the expiry of the access token. */
  expiresInSeconds: Scalars['Int']['output'];
  /** By the server's clock. */
  accessTokenExpiresAt: Scalars['DateTime']['output'];
  /** By the server's clock. */
  refreshTokenExpiresAt: Scalars['DateTime']['output'];
  /** The session that goes on. */
  session: Session;
  /** Whose it is. */
  user: User;
};

/** What became of the session. */
export type SignOutPayload = {
  /** Whether a session ended by this. */
  signedOut: Scalars['Boolean']['output'];
};

/** What ended. */
export type RevokeSessionsPayload = {
  /** The sessions that this ended. */
  revokedSessionIds: Array<Scalars['ID']['output']>;
};

/** A key pair that signs access tokens; the public half is at `/.well-known/jwks.json`. */
export type SigningKey = {
  /** The `kid` of its tokens and of its public half. */
  id: Scalars['ID']['output'];
  /** `EdDSA`, `ES256` or `RS256`. */
  algorithm: Scalars['String']['output'];
  /** What it is for at the moment. */
  state: SigningKeyState;
  /** When it was made, and published. */
  createdAt: Scalars['DateTime']['output'];
  /** Null where it never signs, since a later key or a revocation came first. */
  signsFrom?: Maybe<Scalars['DateTime']['output']>;
  /** Null where nothing is known to end it. */
  signsUntil?: Maybe<Scalars['DateTime']['output']>;
  /** Until when its tokens are accepted; null where nothing is known to end it. */
  verifiesUntil?: Maybe<Scalars['DateTime']['output']>;
};

/** What a signing key is for: one follows the other by itself. */
export type SigningKeyState =
  /** Published, so that other services know it, and not in use yet. */
  | 'NEXT'
  /** Signs. */
  | 'ACTIVE'
  /** Signs no more; verifies until the last token that it signed has expired, and is then deleted. */
  | 'RETIRED'
  /** Leaked, or thought to be: its tokens answer `TOKEN_EXPIRED`. */
  | 'REVOKED';

/** What came of a rotation. */
export type RotateSigningKeyPayload = {
  /** The one that now signs: another's, where somebody rotated at the same moment. */
  key: SigningKey;
};

/** An account. Everything but `id` is for the user and for administrators and moderators alone. */
export type User = {
  /** Never changes, never used again. */
  id: Scalars['ID']['output'];
  /** The address to sign in with. */
  email?: Maybe<Scalars['String']['output']>;
  /** Whether the user has shown that mail to the address arrives, or the operator vouches for it. */
  emailVerified?: Maybe<Scalars['Boolean']['output']>;
  /** When the account was made. */
  createdAt?: Maybe<Scalars['DateTime']['output']>;
  /** The last sign-in with the password; null before the first. */
  lastSignInAt?: Maybe<Scalars['DateTime']['output']>;
  /** What the user may hold; only roles that this server knows. */
  roles?: Maybe<Array<Role>>;
  /** What those roles allow, sorted, each once: see `setRolePermissions`. */
  permissions?: Maybe<Array<Scalars['String']['output']>>;
  /** The ban that holds now, if any. */
  ban?: Maybe<Ban>;
  /** The sessions that are live, the one used last first. */
  sessions?: Maybe<Array<Session>>;
  tags?: Maybe<Array<Tag>>;
  notes?: Maybe<Scalars['String']['output']>;
};

/** An administrator's or moderator's act on a user: no sign-in and no refresh while it holds. */
export type Ban = {
  /** Why, for administrators and moderators alone. */
  reason?: Maybe<Scalars['String']['output']>;
  /** Why, as the user is told. */
  publicReason?: Maybe<Scalars['String']['output']>;
  /** When it ends by itself; null: never. */
  until?: Maybe<Scalars['DateTime']['output']>;
  /** When it was declared. */
  at: Scalars['DateTime']['output'];
  /** Who declared it; null where that account is gone. */
  by?: Maybe<User>;
};

/** What to create the account with. */
export type SignUpInput = {
  /** At most 254 characters; compared without regard to case. */
  email: Scalars['String']['input'];
  /** 8 to 256 characters, any, taken exactly as sent; refused on the list of common ones. */
  password: Scalars['String']['input'];
  /** The code that the server printed at its start: makes the first administrator. */
  setupCode?: InputMaybe<Scalars['String']['input']>;
  /** What the user calls this device; at most 100 characters. */
  deviceName?: InputMaybe<Scalars['String']['input']>;
};

/** Whom to ban, why, and until when. */
export type BanUserInput = {
  /** Whom. */
  userId: Scalars['ID']['input'];
  /** Why, for administrators and moderators alone; at most 2,000 characters. */
  reason?: InputMaybe<Scalars['String']['input']>;
  /** Why, as the user is told; at most 2,000 characters. */
  publicReason?: InputMaybe<Scalars['String']['input']>;
  /** When the ban ends by itself; left out: never. */
  until?: InputMaybe<Scalars['DateTime']['input']>;
};

/** Each part that is given narrows the list. */
export type UserFilter = {
  /** Part of the address, without regard to case. */
  emailContains?: InputMaybe<Scalars['String']['input']>;
  /** Only users who hold this role. */
  role?: InputMaybe<Role>;
  /** Only users for whom a ban holds now, or only the others. */
  banned?: InputMaybe<Scalars['Boolean']['input']>;
  /** Exclusive. */
  createdAfter?: InputMaybe<Scalars['DateTime']['input']>;
  /** Exclusive. */
  createdBefore?: InputMaybe<Scalars['DateTime']['input']>;
};

/** A page of users. */
export type UserConnection = {
  /** The users with their cursors. */
  edges: Array<UserEdge>;
  /** The users. */
  nodes: Array<User>;
  /** Where this page stands among the others. */
  pageInfo: PageInfo;
  /** How many there are with this filter, on all pages. */
  totalCount: Scalars['Int']['output'];
};

/** One user of a page. */
export type UserEdge = {
  /** To be given as `after`. */
  cursor: Scalars['String']['output'];
  /** The user. */
  node: User;
};

/** Where a page stands among the others. */
export type PageInfo = {
  /** Whether there are more behind this page. */
  hasNextPage: Scalars['Boolean']['output'];
  /** Whether this page was asked for with `after`. */
  hasPreviousPage: Scalars['Boolean']['output'];
  /** Of the page's first; null where the page is empty. */
  startCursor?: Maybe<Scalars['String']['output']>;
  /** Of the page's last; null where the page is empty. */
  endCursor?: Maybe<Scalars['String']['output']>;
};

/** The user who was banned, and what ended with it. */
export type BanUserPayload = {
  /** The user, banned. */
  user: User;
  /** The sessions that this ended. */
  revokedSessionIds: Array<Scalars['ID']['output']>;
};

/** The user who is not banned any more. */
export type UnbanUserPayload = {
  /** The user, not banned. */
  user: User;
};

/** What became of the account. */
export type DeleteAccountPayload = {
  /** True: it is gone. */
  deleted: Scalars['Boolean']['output'];
};

/** What is held about the viewer. */
export type ExportMyDataPayload = {
  /** A JSON document with `exportedAt`, `user` and `sessions`; times as RFC 3339. */
  data: Scalars['String']['output'];
};

export type Node = {
  id: Scalars['ID']['output'];
};

export type Titled = {
  title?: Maybe<Scalars['String']['output']>;
};

export type Draft = Node & Titled & {
  id: Scalars['ID']['output'];
  title?: Maybe<Scalars['String']['output']>;
};

export type Page = Titled & {
  title?: Maybe<Scalars['String']['output']>;
  text?: Maybe<Scalars['String']['output']>;
};

export type Order = {
  id: Scalars['ID']['output'];
};

export type Secret = {
  text?: Maybe<Scalars['String']['output']>;
};

export type Found = Page | Tag;

export type Tag = {
  name?: Maybe<Scalars['String']['output']>;
};

export type Filter = {
  hidden?: InputMaybe<Scalars['Boolean']['input']>;
};

export type Subscription = {
  pageAdded?: Maybe<Page>;
  newsAdded?: Maybe<Page>;
};



export type ResolverTypeWrapper<T> = Promise<T> | T;


export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;



/** Mapping of union types */
export type ResolversUnionTypes<_RefType extends Record<string, unknown>> = {
  Found:
    | ( Page )
    | ( Tag )
  ;
};

/** Mapping of interface types */
export type ResolversInterfaceTypes<_RefType extends Record<string, unknown>> = {
  Node: ( Draft );
  Titled:
    | ( Draft )
    | ( Page )
  ;
};

/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  AuditEntry: ResolverTypeWrapper<Omit<AuditEntry, 'actor' | 'subject'> & { actor?: Maybe<ResolversTypes['User']>, subject?: Maybe<ResolversTypes['User']> }>;
  AuditFilter: AuditFilter;
  AuditEntryConnection: ResolverTypeWrapper<Omit<AuditEntryConnection, 'edges' | 'nodes'> & { edges: Array<ResolversTypes['AuditEntryEdge']>, nodes: Array<ResolversTypes['AuditEntry']> }>;
  AuditEntryEdge: ResolverTypeWrapper<Omit<AuditEntryEdge, 'node'> & { node: ResolversTypes['AuditEntry'] }>;
  ErrorCode: ErrorCode;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  ChangePasswordInput: ChangePasswordInput;
  ResetPasswordInput: ResetPasswordInput;
  ChangePasswordPayload: ResolverTypeWrapper<Omit<ChangePasswordPayload, 'session' | 'user'> & { session: ResolversTypes['Session'], user: ResolversTypes['User'] }>;
  RequestPasswordResetPayload: ResolverTypeWrapper<RequestPasswordResetPayload>;
  ResetPasswordPayload: ResolverTypeWrapper<ResetPasswordPayload>;
  RequestEmailVerificationPayload: ResolverTypeWrapper<RequestEmailVerificationPayload>;
  VerifyEmailPayload: ResolverTypeWrapper<VerifyEmailPayload>;
  Role: Role;
  RolesPayload: ResolverTypeWrapper<Omit<RolesPayload, 'user'> & { user: ResolversTypes['User'] }>;
  RolePermissions: ResolverTypeWrapper<RolePermissions>;
  RolePermissionsPayload: ResolverTypeWrapper<RolePermissionsPayload>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  Transport: Transport;
  Session: ResolverTypeWrapper<SessionReference>;
  SignInInput: SignInInput;
  RefreshSessionInput: RefreshSessionInput;
  ReauthenticateInput: ReauthenticateInput;
  SignOutInput: SignOutInput;
  SignInPayload: ResolverTypeWrapper<IssuedPayload>;
  RefreshSessionPayload: ResolverTypeWrapper<Omit<RefreshSessionPayload, 'session' | 'user'> & { session: ResolversTypes['Session'], user: ResolversTypes['User'] }>;
  SignOutPayload: ResolverTypeWrapper<SignOutPayload>;
  RevokeSessionsPayload: ResolverTypeWrapper<RevokeSessionsPayload>;
  SigningKey: ResolverTypeWrapper<SigningKey>;
  SigningKeyState: SigningKeyState;
  RotateSigningKeyPayload: ResolverTypeWrapper<RotateSigningKeyPayload>;
  User: ResolverTypeWrapper<UserReference>;
  Ban: ResolverTypeWrapper<Omit<Ban, 'by'> & { by?: Maybe<ResolversTypes['User']> }>;
  SignUpInput: SignUpInput;
  BanUserInput: BanUserInput;
  UserFilter: UserFilter;
  UserConnection: ResolverTypeWrapper<Omit<UserConnection, 'edges' | 'nodes'> & { edges: Array<ResolversTypes['UserEdge']>, nodes: Array<ResolversTypes['User']> }>;
  UserEdge: ResolverTypeWrapper<Omit<UserEdge, 'node'> & { node: ResolversTypes['User'] }>;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  BanUserPayload: ResolverTypeWrapper<Omit<BanUserPayload, 'user'> & { user: ResolversTypes['User'] }>;
  UnbanUserPayload: ResolverTypeWrapper<Omit<UnbanUserPayload, 'user'> & { user: ResolversTypes['User'] }>;
  DeleteAccountPayload: ResolverTypeWrapper<DeleteAccountPayload>;
  ExportMyDataPayload: ResolverTypeWrapper<ExportMyDataPayload>;
  Node: ResolverTypeWrapper<ResolversInterfaceTypes<ResolversTypes>['Node']>;
  Titled: ResolverTypeWrapper<ResolversInterfaceTypes<ResolversTypes>['Titled']>;
  Draft: ResolverTypeWrapper<Draft>;
  Page: ResolverTypeWrapper<Page>;
  Order: ResolverTypeWrapper<Order>;
  Secret: ResolverTypeWrapper<Secret>;
  Found: ResolverTypeWrapper<ResolversUnionTypes<ResolversTypes>['Found']>;
  Tag: ResolverTypeWrapper<Tag>;
  Filter: Filter;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  Query: Record<PropertyKey, never>;
  ID: Scalars['ID']['output'];
  Boolean: Scalars['Boolean']['output'];
  AuditEntry: Omit<AuditEntry, 'actor' | 'subject'> & { actor?: Maybe<ResolversParentTypes['User']>, subject?: Maybe<ResolversParentTypes['User']> };
  AuditFilter: AuditFilter;
  AuditEntryConnection: Omit<AuditEntryConnection, 'edges' | 'nodes'> & { edges: Array<ResolversParentTypes['AuditEntryEdge']>, nodes: Array<ResolversParentTypes['AuditEntry']> };
  AuditEntryEdge: Omit<AuditEntryEdge, 'node'> & { node: ResolversParentTypes['AuditEntry'] };
  Mutation: Record<PropertyKey, never>;
  ChangePasswordInput: ChangePasswordInput;
  ResetPasswordInput: ResetPasswordInput;
  ChangePasswordPayload: Omit<ChangePasswordPayload, 'session' | 'user'> & { session: ResolversParentTypes['Session'], user: ResolversParentTypes['User'] };
  RequestPasswordResetPayload: RequestPasswordResetPayload;
  ResetPasswordPayload: ResetPasswordPayload;
  RequestEmailVerificationPayload: RequestEmailVerificationPayload;
  VerifyEmailPayload: VerifyEmailPayload;
  RolesPayload: Omit<RolesPayload, 'user'> & { user: ResolversParentTypes['User'] };
  RolePermissions: RolePermissions;
  RolePermissionsPayload: RolePermissionsPayload;
  DateTime: Scalars['DateTime']['output'];
  Session: SessionReference;
  SignInInput: SignInInput;
  RefreshSessionInput: RefreshSessionInput;
  ReauthenticateInput: ReauthenticateInput;
  SignOutInput: SignOutInput;
  SignInPayload: IssuedPayload;
  RefreshSessionPayload: Omit<RefreshSessionPayload, 'session' | 'user'> & { session: ResolversParentTypes['Session'], user: ResolversParentTypes['User'] };
  SignOutPayload: SignOutPayload;
  RevokeSessionsPayload: RevokeSessionsPayload;
  SigningKey: SigningKey;
  RotateSigningKeyPayload: RotateSigningKeyPayload;
  User: UserReference;
  Ban: Omit<Ban, 'by'> & { by?: Maybe<ResolversParentTypes['User']> };
  SignUpInput: SignUpInput;
  BanUserInput: BanUserInput;
  UserFilter: UserFilter;
  UserConnection: Omit<UserConnection, 'edges' | 'nodes'> & { edges: Array<ResolversParentTypes['UserEdge']>, nodes: Array<ResolversParentTypes['User']> };
  UserEdge: Omit<UserEdge, 'node'> & { node: ResolversParentTypes['User'] };
  PageInfo: PageInfo;
  BanUserPayload: Omit<BanUserPayload, 'user'> & { user: ResolversParentTypes['User'] };
  UnbanUserPayload: Omit<UnbanUserPayload, 'user'> & { user: ResolversParentTypes['User'] };
  DeleteAccountPayload: DeleteAccountPayload;
  ExportMyDataPayload: ExportMyDataPayload;
  Node: ResolversInterfaceTypes<ResolversParentTypes>['Node'];
  Titled: ResolversInterfaceTypes<ResolversParentTypes>['Titled'];
  Draft: Draft;
  Page: Page;
  Order: Order;
  Secret: Secret;
  Found: ResolversUnionTypes<ResolversParentTypes>['Found'];
  Tag: Tag;
  Filter: Filter;
  Subscription: Record<PropertyKey, never>;
  Int: Scalars['Int']['output'];
  String: Scalars['String']['output'];
};

export type PublicDirectiveArgs = { };

export type PublicDirectiveResolver<Result, Parent, ContextType = GraphQLContext, Args = PublicDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type AuthDirectiveArgs = {
  maxAgeSeconds?: Maybe<Scalars['Int']['input']>;
};

export type AuthDirectiveResolver<Result, Parent, ContextType = GraphQLContext, Args = AuthDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type HasRoleDirectiveArgs = {
  anyOf: Array<Role>;
};

export type HasRoleDirectiveResolver<Result, Parent, ContextType = GraphQLContext, Args = HasRoleDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type HasPermissionDirectiveArgs = {
  anyOf: Array<Scalars['String']['input']>;
};

export type HasPermissionDirectiveResolver<Result, Parent, ContextType = GraphQLContext, Args = HasPermissionDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type OwnerDirectiveArgs = {
  field?: Scalars['String']['input'];
  orRole?: Maybe<Array<Role>>;
};

export type OwnerDirectiveResolver<Result, Parent, ContextType = GraphQLContext, Args = OwnerDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type QueryResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  auditLog?: Resolver<Maybe<ResolversTypes['AuditEntryConnection']>, ParentType, SignedIn<ContextType>, RequireFields<QueryAuditLogArgs, 'first'>>;
  rolePermissions?: Resolver<Maybe<Array<ResolversTypes['RolePermissions']>>, ParentType, SignedIn<ContextType>>;
  session?: Resolver<Maybe<ResolversTypes['Session']>, ParentType, SignedIn<ContextType>>;
  signingKeys?: Resolver<Maybe<Array<ResolversTypes['SigningKey']>>, ParentType, SignedIn<ContextType>>;
  viewer?: Resolver<Maybe<ResolversTypes['User']>, ParentType, SignedIn<ContextType>>;
  user?: Resolver<Maybe<ResolversTypes['User']>, ParentType, SignedIn<ContextType>, Partial<QueryUserArgs>>;
  users?: Resolver<Maybe<ResolversTypes['UserConnection']>, ParentType, SignedIn<ContextType>, RequireFields<QueryUsersArgs, 'first'>>;
  open?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  news?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  mine?: Resolver<Maybe<ResolversTypes['String']>, ParentType, SignedIn<ContextType>>;
  fresh?: Resolver<Maybe<ResolversTypes['String']>, ParentType, SignedIn<ContextType>>;
  edited?: Resolver<Maybe<ResolversTypes['String']>, ParentType, SignedIn<ContextType>>;
  allowed?: Resolver<Maybe<ResolversTypes['String']>, ParentType, SignedIn<ContextType>>;
  page?: Resolver<Maybe<ResolversTypes['Page']>, ParentType, ContextType>;
  secret?: Resolver<Maybe<ResolversTypes['Secret']>, ParentType, SignedIn<ContextType>>;
  found?: Resolver<Maybe<ResolversTypes['Found']>, ParentType, SignedIn<ContextType>>;
  order?: Resolver<Maybe<ResolversTypes['Order']>, ParentType, ContextType>;
  search?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType, Partial<QuerySearchArgs>>;
};

export type AuditEntryResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['AuditEntry'] = ResolversParentTypes['AuditEntry']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  action?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  outcome?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  actor?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
  subject?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
  sessionHash?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  ipAddress?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  userAgent?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  reason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type AuditEntryConnectionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['AuditEntryConnection'] = ResolversParentTypes['AuditEntryConnection']> = {
  edges?: Resolver<Array<ResolversTypes['AuditEntryEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<ResolversTypes['AuditEntry']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type AuditEntryEdgeResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['AuditEntryEdge'] = ResolversParentTypes['AuditEntryEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['AuditEntry'], ParentType, ContextType>;
};

export type MutationResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  changePassword?: Resolver<Maybe<ResolversTypes['ChangePasswordPayload']>, ParentType, SignedIn<ContextType>, RequireFields<MutationChangePasswordArgs, 'input'>>;
  requestPasswordReset?: Resolver<Maybe<ResolversTypes['RequestPasswordResetPayload']>, ParentType, ContextType, RequireFields<MutationRequestPasswordResetArgs, 'email'>>;
  resetPassword?: Resolver<Maybe<ResolversTypes['ResetPasswordPayload']>, ParentType, ContextType, RequireFields<MutationResetPasswordArgs, 'input'>>;
  requestEmailVerification?: Resolver<Maybe<ResolversTypes['RequestEmailVerificationPayload']>, ParentType, SignedIn<ContextType>>;
  verifyEmail?: Resolver<Maybe<ResolversTypes['VerifyEmailPayload']>, ParentType, ContextType, RequireFields<MutationVerifyEmailArgs, 'token'>>;
  grantRole?: Resolver<Maybe<ResolversTypes['RolesPayload']>, ParentType, SignedIn<ContextType>, RequireFields<MutationGrantRoleArgs, 'userId' | 'role'>>;
  withdrawRole?: Resolver<Maybe<ResolversTypes['RolesPayload']>, ParentType, SignedIn<ContextType>, RequireFields<MutationWithdrawRoleArgs, 'userId' | 'role'>>;
  setRolePermissions?: Resolver<Maybe<ResolversTypes['RolePermissionsPayload']>, ParentType, SignedIn<ContextType>, RequireFields<MutationSetRolePermissionsArgs, 'role' | 'permissions'>>;
  signIn?: Resolver<Maybe<ResolversTypes['SignInPayload']>, ParentType, ContextType, RequireFields<MutationSignInArgs, 'input'>>;
  refreshSession?: Resolver<Maybe<ResolversTypes['RefreshSessionPayload']>, ParentType, ContextType, Partial<MutationRefreshSessionArgs>>;
  reauthenticate?: Resolver<Maybe<ResolversTypes['RefreshSessionPayload']>, ParentType, SignedIn<ContextType>, RequireFields<MutationReauthenticateArgs, 'input'>>;
  signOut?: Resolver<Maybe<ResolversTypes['SignOutPayload']>, ParentType, ContextType, Partial<MutationSignOutArgs>>;
  revokeSession?: Resolver<Maybe<ResolversTypes['RevokeSessionsPayload']>, ParentType, SignedIn<ContextType>, RequireFields<MutationRevokeSessionArgs, 'id'>>;
  revokeOtherSessions?: Resolver<Maybe<ResolversTypes['RevokeSessionsPayload']>, ParentType, SignedIn<ContextType>>;
  revokeUserSessions?: Resolver<Maybe<ResolversTypes['RevokeSessionsPayload']>, ParentType, SignedIn<ContextType>, RequireFields<MutationRevokeUserSessionsArgs, 'userId'>>;
  rotateSigningKey?: Resolver<Maybe<ResolversTypes['RotateSigningKeyPayload']>, ParentType, SignedIn<ContextType>, RequireFields<MutationRotateSigningKeyArgs, 'revokeCurrent'>>;
  signUp?: Resolver<Maybe<ResolversTypes['SignInPayload']>, ParentType, ContextType, RequireFields<MutationSignUpArgs, 'input'>>;
  deleteAccount?: Resolver<Maybe<ResolversTypes['DeleteAccountPayload']>, ParentType, SignedIn<ContextType>>;
  exportMyData?: Resolver<Maybe<ResolversTypes['ExportMyDataPayload']>, ParentType, SignedIn<ContextType>>;
  banUser?: Resolver<Maybe<ResolversTypes['BanUserPayload']>, ParentType, SignedIn<ContextType>, RequireFields<MutationBanUserArgs, 'input'>>;
  unbanUser?: Resolver<Maybe<ResolversTypes['UnbanUserPayload']>, ParentType, SignedIn<ContextType>, RequireFields<MutationUnbanUserArgs, 'userId'>>;
  enter?: Resolver<Maybe<ResolversTypes['SignInPayload']>, ParentType, ContextType>;
  hide?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, SignedIn<ContextType>>;
};

export type ChangePasswordPayloadResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['ChangePasswordPayload'] = ResolversParentTypes['ChangePasswordPayload']> = {
  accessToken?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  refreshToken?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  expiresInSeconds?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  accessTokenExpiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  refreshTokenExpiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  session?: Resolver<ResolversTypes['Session'], ParentType, ContextType>;
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  revokedSessionIds?: Resolver<Array<ResolversTypes['ID']>, ParentType, ContextType>;
};

export type RequestPasswordResetPayloadResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['RequestPasswordResetPayload'] = ResolversParentTypes['RequestPasswordResetPayload']> = {
  requested?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type ResetPasswordPayloadResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['ResetPasswordPayload'] = ResolversParentTypes['ResetPasswordPayload']> = {
  reset?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type RequestEmailVerificationPayloadResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['RequestEmailVerificationPayload'] = ResolversParentTypes['RequestEmailVerificationPayload']> = {
  requested?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type VerifyEmailPayloadResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['VerifyEmailPayload'] = ResolversParentTypes['VerifyEmailPayload']> = {
  verified?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type RolesPayloadResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['RolesPayload'] = ResolversParentTypes['RolesPayload']> = {
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
};

export type RolePermissionsResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['RolePermissions'] = ResolversParentTypes['RolePermissions']> = {
  role?: Resolver<ResolversTypes['Role'], ParentType, ContextType>;
  permissions?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
};

export type RolePermissionsPayloadResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['RolePermissionsPayload'] = ResolversParentTypes['RolePermissionsPayload']> = {
  rolePermissions?: Resolver<ResolversTypes['RolePermissions'], ParentType, ContextType>;
};

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type SessionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Session'] = ResolversParentTypes['Session']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, SignedIn<ContextType>>;
  current?: Resolver<ResolversTypes['Boolean'], ParentType, SignedIn<ContextType>>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, SignedIn<ContextType>>;
  lastSeenAt?: Resolver<ResolversTypes['DateTime'], ParentType, SignedIn<ContextType>>;
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, SignedIn<ContextType>>;
  authenticatedAt?: Resolver<ResolversTypes['DateTime'], ParentType, SignedIn<ContextType>>;
  transport?: Resolver<ResolversTypes['Transport'], ParentType, SignedIn<ContextType>>;
  deviceName?: Resolver<Maybe<ResolversTypes['String']>, ParentType, SignedIn<ContextType>>;
  userAgent?: Resolver<Maybe<ResolversTypes['String']>, ParentType, SignedIn<ContextType>>;
  ipAddress?: Resolver<Maybe<ResolversTypes['String']>, ParentType, SignedIn<ContextType>>;
  user?: Resolver<ResolversTypes['User'], ParentType, SignedIn<ContextType>>;
};

export type SignInPayloadResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['SignInPayload'] = ResolversParentTypes['SignInPayload']> = {
  accessToken?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  refreshToken?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  deviceToken?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  expiresInSeconds?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  accessTokenExpiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  refreshTokenExpiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  session?: Resolver<ResolversTypes['Session'], ParentType, ContextType>;
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
};

export type RefreshSessionPayloadResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['RefreshSessionPayload'] = ResolversParentTypes['RefreshSessionPayload']> = {
  accessToken?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  refreshToken?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  expiresInSeconds?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  accessTokenExpiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  refreshTokenExpiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  session?: Resolver<ResolversTypes['Session'], ParentType, ContextType>;
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
};

export type SignOutPayloadResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['SignOutPayload'] = ResolversParentTypes['SignOutPayload']> = {
  signedOut?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type RevokeSessionsPayloadResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['RevokeSessionsPayload'] = ResolversParentTypes['RevokeSessionsPayload']> = {
  revokedSessionIds?: Resolver<Array<ResolversTypes['ID']>, ParentType, ContextType>;
};

export type SigningKeyResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['SigningKey'] = ResolversParentTypes['SigningKey']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  algorithm?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  state?: Resolver<ResolversTypes['SigningKeyState'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  signsFrom?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  signsUntil?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  verifiesUntil?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
};

export type RotateSigningKeyPayloadResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['RotateSigningKeyPayload'] = ResolversParentTypes['RotateSigningKeyPayload']> = {
  key?: Resolver<ResolversTypes['SigningKey'], ParentType, ContextType>;
};

export type UserResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['User'] = ResolversParentTypes['User']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  email?: Resolver<Maybe<ResolversTypes['String']>, ParentType, SignedIn<ContextType>>;
  emailVerified?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, SignedIn<ContextType>>;
  createdAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, SignedIn<ContextType>>;
  lastSignInAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, SignedIn<ContextType>>;
  roles?: Resolver<Maybe<Array<ResolversTypes['Role']>>, ParentType, SignedIn<ContextType>>;
  permissions?: Resolver<Maybe<Array<ResolversTypes['String']>>, ParentType, SignedIn<ContextType>>;
  ban?: Resolver<Maybe<ResolversTypes['Ban']>, ParentType, SignedIn<ContextType>>;
  sessions?: Resolver<Maybe<Array<ResolversTypes['Session']>>, ParentType, SignedIn<ContextType>>;
  tags?: Resolver<Maybe<Array<ResolversTypes['Tag']>>, ParentType, ContextType>;
  notes?: Resolver<Maybe<ResolversTypes['String']>, ParentType, SignedIn<ContextType>>;
};

export type BanResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Ban'] = ResolversParentTypes['Ban']> = {
  reason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, SignedIn<ContextType>>;
  publicReason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  until?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  by?: Resolver<Maybe<ResolversTypes['User']>, ParentType, SignedIn<ContextType>>;
};

export type UserConnectionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['UserConnection'] = ResolversParentTypes['UserConnection']> = {
  edges?: Resolver<Array<ResolversTypes['UserEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<ResolversTypes['User']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type UserEdgeResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['UserEdge'] = ResolversParentTypes['UserEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
};

export type PageInfoResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type BanUserPayloadResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['BanUserPayload'] = ResolversParentTypes['BanUserPayload']> = {
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  revokedSessionIds?: Resolver<Array<ResolversTypes['ID']>, ParentType, ContextType>;
};

export type UnbanUserPayloadResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['UnbanUserPayload'] = ResolversParentTypes['UnbanUserPayload']> = {
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
};

export type DeleteAccountPayloadResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['DeleteAccountPayload'] = ResolversParentTypes['DeleteAccountPayload']> = {
  deleted?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type ExportMyDataPayloadResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['ExportMyDataPayload'] = ResolversParentTypes['ExportMyDataPayload']> = {
  data?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type NodeResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Node'] = ResolversParentTypes['Node']> = {
  __resolveType: TypeResolveFn<'Draft', ParentType, ContextType>;
};

export type TitledResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Titled'] = ResolversParentTypes['Titled']> = {
  __resolveType: TypeResolveFn<'Draft' | 'Page', ParentType, ContextType>;
};

export type DraftResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Draft'] = ResolversParentTypes['Draft']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, SignedIn<ContextType>>;
  title?: Resolver<Maybe<ResolversTypes['String']>, ParentType, SignedIn<ContextType>>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type PageResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Page'] = ResolversParentTypes['Page']> = {
  title?: Resolver<Maybe<ResolversTypes['String']>, ParentType, SignedIn<ContextType>>;
  text?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type OrderResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Order'] = ResolversParentTypes['Order']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, SignedIn<ContextType>>;
};

export type SecretResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Secret'] = ResolversParentTypes['Secret']> = {
  text?: Resolver<Maybe<ResolversTypes['String']>, ParentType, SignedIn<ContextType>>;
};

export type FoundResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Found'] = ResolversParentTypes['Found']> = {
  __resolveType: TypeResolveFn<'Page' | 'Tag', ParentType, ContextType>;
};

export type TagResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Tag'] = ResolversParentTypes['Tag']> = {
  name?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type SubscriptionResolvers<ContextType = GraphQLContext, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  pageAdded?: SubscriptionResolver<Maybe<ResolversTypes['Page']>, "pageAdded", ParentType, SignedIn<ContextType>>;
  newsAdded?: SubscriptionResolver<Maybe<ResolversTypes['Page']>, "newsAdded", ParentType, ContextType>;
};

export type Resolvers<ContextType = GraphQLContext> = {
  Query?: QueryResolvers<ContextType>;
  AuditEntry?: AuditEntryResolvers<ContextType>;
  AuditEntryConnection?: AuditEntryConnectionResolvers<ContextType>;
  AuditEntryEdge?: AuditEntryEdgeResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  ChangePasswordPayload?: ChangePasswordPayloadResolvers<ContextType>;
  RequestPasswordResetPayload?: RequestPasswordResetPayloadResolvers<ContextType>;
  ResetPasswordPayload?: ResetPasswordPayloadResolvers<ContextType>;
  RequestEmailVerificationPayload?: RequestEmailVerificationPayloadResolvers<ContextType>;
  VerifyEmailPayload?: VerifyEmailPayloadResolvers<ContextType>;
  RolesPayload?: RolesPayloadResolvers<ContextType>;
  RolePermissions?: RolePermissionsResolvers<ContextType>;
  RolePermissionsPayload?: RolePermissionsPayloadResolvers<ContextType>;
  DateTime?: GraphQLScalarType;
  Session?: SessionResolvers<ContextType>;
  SignInPayload?: SignInPayloadResolvers<ContextType>;
  RefreshSessionPayload?: RefreshSessionPayloadResolvers<ContextType>;
  SignOutPayload?: SignOutPayloadResolvers<ContextType>;
  RevokeSessionsPayload?: RevokeSessionsPayloadResolvers<ContextType>;
  SigningKey?: SigningKeyResolvers<ContextType>;
  RotateSigningKeyPayload?: RotateSigningKeyPayloadResolvers<ContextType>;
  User?: UserResolvers<ContextType>;
  Ban?: BanResolvers<ContextType>;
  UserConnection?: UserConnectionResolvers<ContextType>;
  UserEdge?: UserEdgeResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  BanUserPayload?: BanUserPayloadResolvers<ContextType>;
  UnbanUserPayload?: UnbanUserPayloadResolvers<ContextType>;
  DeleteAccountPayload?: DeleteAccountPayloadResolvers<ContextType>;
  ExportMyDataPayload?: ExportMyDataPayloadResolvers<ContextType>;
  Node?: NodeResolvers<ContextType>;
  Titled?: TitledResolvers<ContextType>;
  Draft?: DraftResolvers<ContextType>;
  Page?: PageResolvers<ContextType>;
  Order?: OrderResolvers<ContextType>;
  Secret?: SecretResolvers<ContextType>;
  Found?: FoundResolvers<ContextType>;
  Tag?: TagResolvers<ContextType>;
  Subscription?: SubscriptionResolvers<ContextType>;
};

export type DirectiveResolvers<ContextType = GraphQLContext> = {
  public?: PublicDirectiveResolver<any, any, ContextType>;
  auth?: AuthDirectiveResolver<any, any, ContextType>;
  hasRole?: HasRoleDirectiveResolver<any, any, ContextType>;
  hasPermission?: HasPermissionDirectiveResolver<any, any, ContextType>;
  owner?: OwnerDirectiveResolver<any, any, ContextType>;
};
