import type { Role } from '../register.js';

/** How tokens travel: in httpOnly cookies that no script can read, or in headers that the client writes. */
export type ClientTransport = 'cookie' | 'header';

/** Where header transport keeps its tokens: one text, which is as secret as the tokens in it. */
export interface TokenStorage {
  /** The text that was set last; `null` where there is none. */
  get(): Promise<string | null> | string | null;
  /** Replaces the text. */
  set(value: string): Promise<void> | void;
  /** Forgets it: nobody is signed in any more. */
  remove(): Promise<void> | void;
}

/** What is known of the signed-in user; nothing secret. The same object until something changes. */
export interface ClientSession {
  /** Who it is. */
  readonly userId: string;
  /** Not a secret. */
  readonly sessionId: string;
  /** As of the last refresh; a change of them asks for one. */
  readonly roles: readonly Role[];
  /** As of the last refresh: a change of what a role allows asks for none. */
  readonly permissions: readonly string[];
  /** When the session ends unless it is refreshed, by the server's clock: for people to read. */
  readonly expiresAt: Date;
}

/** `expired`: by time, by a sign-out elsewhere, or by a revocation. */
export type SignedOutReason = 'user' | 'expired' | 'banned' | 'theft';

/** What became of the session, in whichever tab it happened. */
export type AuthEvent =
  /** Also where another user signs in, or the same one anew, over a session that was known. */
  | { readonly type: 'signed-in'; readonly session: ClientSession }
  | { readonly type: 'refreshed'; readonly session: ClientSession }
  /** Roles or permissions are others than before; follows `refreshed`. */
  | { readonly type: 'roles-changed'; readonly session: ClientSession }
  | ({ readonly type: 'signed-out' } & SignedOut);

/** Why nobody is signed in any more. */
export interface SignedOut {
  /** By whom or by what it ended. */
  readonly reason: SignedOutReason;
  /** Of a ban: what the user is told. */
  readonly publicReason: string | null;
  /** Of a ban: its end; `null`: for good. */
  readonly until: Date | null;
}

/** Where a client asks, and how its tokens travel. */
export interface AuthClientOptions {
  /** Of `/graphql`; relative to the page in a browser. Nothing is ever authenticated at another origin than its. */
  readonly url: string | URL;
  /** `cookie` by default. */
  readonly transport?: ClientTransport | undefined;
  /** For header transport alone; memory by default, which a reload forgets. */
  readonly storage?: TokenStorage | undefined;
  /** In place of the global one. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** Who signs in. */
export interface SignInInput {
  /** Compared without regard to case. */
  readonly email: string;
  /** Exactly as it was set; 8 to 256 characters. */
  readonly password: string;
  /** What the user calls this device; at most 100 characters. */
  readonly deviceName?: string | undefined;
}

/** Whom to make an account for. */
export interface SignUpInput extends SignInInput {
  /** What the server printed at its first start: makes the first administrator. */
  readonly setupCode?: string | undefined;
}

/** How fresh a session has to be. */
export interface RefreshOptions {
  /** What `version()` said before the request that failed: a session that is newer than that is good already. */
  readonly newerThan?: number | undefined;
}

/** The browser's side of a session. Every method rejects with {@link AuthClientError}, and with nothing else but what `fetch` itself rejects with. */
export interface AuthClient {
  /** Makes an account and signs it in. `null` where the address is to be confirmed first: a mail was sent. */
  signUp(input: SignUpInput): Promise<ClientSession | null>;
  /** Signs in, over whoever was signed in before. Codes: `INVALID_CREDENTIALS`, `USER_BANNED`, `RATE_LIMITED`. */
  signIn(input: SignInInput): Promise<ClientSession>;
  /** Ends the session that was known when it was called; never one that somebody signed in to since. */
  signOut(): Promise<void>;
  /** Proves the password anew, for what `REAUTHENTICATION_REQUIRED` refused. */
  reauthenticate(password: string): Promise<ClientSession>;
  /**
   * Makes sure that the access token is good, with at most one refresh over all tabs; `null`: nobody is signed in. Where
   * nobody is known to be, cookie transport asks the server, and so finds a sign-in that went past this client.
   */
  refresh(options?: RefreshOptions): Promise<ClientSession | null>;
  /** A drop-in for `fetch`: authenticates, refreshes, retries once. At other origins than that of `url` it is `fetch`. */
  fetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response>;
  /** Who is signed in, as known here and now, also by what other tabs did. */
  session(): ClientSession | null;
  /** Why the last session that was known ended; `null` while there is one, and where there never was. */
  signedOut(): SignedOut | null;
  /** Grows with every token, sign-in and sign-out, in whichever tab. */
  version(): number;
  /** Of `/graphql`, in full: what may be sent the access token. */
  url(): string;
  /**
   * Resolves once it is known whether somebody is signed in: without a request, unless there is no record of it at all.
   * Rejects where it needs one, and the server cannot be reached: to be called again.
   */
  ready(): Promise<void>;
  /** Whether the user holds one of these roles, as known here and now; false for nobody. */
  hasRole(...anyOf: readonly Role[]): boolean;
  /** Whether the user's roles allowed one of these acts at the last refresh; false for nobody. */
  hasPermission(...anyOf: readonly string[]): boolean;
  /** Hears what happens from now on, in whichever tab; returns how to stop. */
  subscribe(listener: (event: AuthEvent) => void): () => void;
  /** Header transport: a good access token, refreshed where needed. `null` in cookie transport, and when nobody is signed in. */
  getAccessToken(): Promise<string | null>;
  /** Ends timers and listeners. */
  close(): void;
}
