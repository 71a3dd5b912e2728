const PAIR = 'accessToken refreshToken expiresInSeconds session { id expiresAt } user { id roles permissions }';
const pairBy = (name: string, field: string, more = ''): string =>
  `mutation ${name}($input: ${name}Input!) { ${field}(input: $input) { ${PAIR}${more} } }`;

/**
 * The operations that a client sends, byte for byte, each by its only field: a list of trusted documents has to hold them. For
 * servers; the entry point `latchkey/client/documents`.
 *
 * @packageDocumentation
 */
export const clientDocuments = {
  signUp: pairBy('SignUp', 'signUp', ' deviceToken'),
  signIn: pairBy('SignIn', 'signIn', ' deviceToken'),
  reauthenticate: pairBy('Reauthenticate', 'reauthenticate'),
  refreshSession: `mutation RefreshSession($input: RefreshSessionInput) { refreshSession(input: $input) { ${PAIR} } }`,
  signOut: 'mutation SignOut($input: SignOutInput) { signOut(input: $input) { signedOut } }',
  session: 'query Session { session { id user { email } } }',
} as const;
