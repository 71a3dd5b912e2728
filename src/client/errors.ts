/**
 * A refusal. `code` is the server's (`enum ErrorCode`), or one of the client's own:
 *
 * - `NETWORK_ERROR`: no answer, or none of this server; the session is kept
 * - `COOKIES_BLOCKED`: the browser did not keep the cookies of a sign-in
 * - `TOKEN_REFUSED`: the server refused the access token that it had just given
 * - `SESSION_CHANGED`: somebody else signed in, or the user signed out, before the answer came: it is not for who is here now
 */
export class AuthClientError extends Error {
  /** Also where several copies of the package are loaded. */
  override readonly name = 'AuthClientError';
  /** The server's, or one of those above. */
  declare readonly code: string;
  /** Of the server's error: `field`, `reason`, `until`, `retryAfterSeconds`, … */
  declare readonly extensions: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, extensions: AuthClientError['extensions'] = {}, cause?: unknown) {
    super(message, { cause });
    Object.assign(this, { code, extensions });
  }
}

/** What was meant for one user has come to another. */
export const sessionChanged = (): AuthClientError => new AuthClientError('SESSION_CHANGED', 'The user has changed.');

/** What came is no answer of `/graphql`. */
export const noAnswer = (cause?: unknown): AuthClientError =>
  new AuthClientError('NETWORK_ERROR', 'No answer.', {}, cause);
