/**
 * For servers of trusted documents: the entry point `latchkey/client/documents`.
 *
 * @packageDocumentation
 */

const PAIR = 'accessToken refreshToken expiresInSeconds session { id expiresAt } user { id roles permissions }';
const pairBy = (name: string, field: string, more = ''): string =>
  `mutation ${name}($input: ${name}Input!) { ${field}(input: $input) { ${PAIR}${more} } }`;

/**
 * The operations that a client sends, byte for byte, each by its only field: a list of trusted documents has to hold them.
 */
export const clientDocuments = {
  /** Makes an account. */
  signUp: pairBy('SignUp', 'signUp', ' deviceToken'),
  /** Signs in. */
  signIn: pairBy('SignIn', 'signIn', ' deviceToken'),
  /** Proves the password anew. */
  reauthenticate: pairBy('Reauthenticate', 'reauthenticate'),
  /** Asks for the next pair of tokens. */
  refreshSession: `mutation RefreshSession($input: RefreshSessionInput) { refreshSession(input: $input) { ${PAIR} } }`,
  /** Ends the session. */
  signOut: 'mutation SignOut($input: SignOutInput) { signOut(input: $input) { signedOut } }',
  /** Asks who is signed in. */
  session: 'query Session { session { id user { email } } }',
} as const;
