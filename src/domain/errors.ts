/** Codes that clients see in `errors[].extensions.code`. The same list as `enum ErrorCode` of the schema. */
export const ERROR_CODES = [
  'UNAUTHENTICATED',
  'TOKEN_EXPIRED',
  'SESSION_EXPIRED',
  'TOKEN_THEFT_DETECTED',
  'FORBIDDEN',
  'INVALID_CREDENTIALS',
  'USER_BANNED',
  'REAUTHENTICATION_REQUIRED',
  'RATE_LIMITED',
  'CSRF_BLOCKED',
  'BAD_USER_INPUT',
  'WEAK_PASSWORD',
  'EMAIL_TAKEN',
  'NOT_FOUND',
  'CONFLICT',
  'OPERATION_TOO_COMPLEX',
  'INTERNAL_SERVER_ERROR',
  'SERVICE_UNAVAILABLE',
] as const;

/** What `errors[].extensions.code` may say of ours, each with an HTTP status: see `enum ErrorCode` of the schema. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** What of an error a client may read beside its code. */
export interface ErrorExtensions {
  /** The input field that is at fault. */
  readonly field?: string;
  /** Of a ban: what the banned user is told; `null`: nothing. */
  readonly reason?: string | null;
  /** Of a ban: its end, RFC 3339, UTC; `null`: for good. */
  readonly until?: string | null;
  /** Seconds after which to try again. */
  readonly retryAfterSeconds?: number;
  /** Of an internal error: what to look for in the log. */
  readonly id?: string;
}

const MESSAGES: Record<ErrorCode, string> = {
  UNAUTHENTICATED: 'Sign in first.',
  TOKEN_EXPIRED: 'The access token has expired: refresh the session, then try again.',
  SESSION_EXPIRED: 'The session is over: sign in again.',
  TOKEN_THEFT_DETECTED:
    'A refresh token that had already been replaced was used; the session was ended. Sign in again.',
  FORBIDDEN: 'You are not allowed to do this.',
  INVALID_CREDENTIALS: 'E-mail address or password is wrong.',
  USER_BANNED: 'This account is banned.',
  REAUTHENTICATION_REQUIRED: 'Prove your password again to do this.',
  RATE_LIMITED: 'Too many tries: wait a while.',
  CSRF_BLOCKED: 'The request came from an origin that is not allowed.',
  BAD_USER_INPUT: 'The input is not valid.',
  WEAK_PASSWORD: 'The password is too weak.',
  EMAIL_TAKEN: 'There is an account with this e-mail address already.',
  NOT_FOUND: 'There is no such thing.',
  CONFLICT: 'It was changed in the meantime: look again.',
  OPERATION_TOO_COMPLEX: 'The operation asks for too much at once.',
  INTERNAL_SERVER_ERROR: 'Something went wrong on the server.',
  SERVICE_UNAVAILABLE: 'The service is not available at the moment: try again.',
};

/** What may be told beside the code. */
export interface AuthErrorDetails {
  /** For people, in place of the code's usual words. */
  readonly message?: string;
  /** Reaches the client. */
  readonly extensions?: ErrorExtensions;
  /** For our log only. */
  readonly cause?: unknown;
}

/** A refusal that the client shall understand: the code is the contract, the message is for people. */
export class AuthError extends Error {
  /** Also where several copies of the package are loaded. */
  override readonly name = 'AuthError';
  /** What clients act on. */
  readonly code: ErrorCode;
  /** With the code, which any GraphQL server then tells. */
  readonly extensions: ErrorExtensions & { readonly code: ErrorCode };

  constructor(code: ErrorCode, details: AuthErrorDetails = {}) {
    super(details.message ?? MESSAGES[code], details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.extensions = { code, ...details.extensions };
  }
}

/** `BAD_USER_INPUT` that names the field at fault. */
export const badUserInput = (field: string, message: string): AuthError =>
  new AuthError('BAD_USER_INPUT', { message, extensions: { field } });
