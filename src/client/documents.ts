const PAIR = 'accessToken refreshToken expiresInSeconds session { id expiresAt } user { id roles permissions }';

/** The operations that a client sends, byte for byte, each by its only field: a list of trusted documents has to hold them. */
export const DOCUMENTS = {
  signUp: `mutation SignUp($input: SignUpInput!) { signUp(input: $input) { ${PAIR} deviceToken } }`,
  signIn: `mutation SignIn($input: SignInInput!) { signIn(input: $input) { ${PAIR} deviceToken } }`,
  refreshSession: `mutation RefreshSession($input: RefreshSessionInput) { refreshSession(input: $input) { ${PAIR} } }`,
  reauthenticate: `mutation Reauthenticate($input: ReauthenticateInput!) { reauthenticate(input: $input) { ${PAIR} } }`,
  signOut: 'mutation SignOut($input: SignOutInput) { signOut(input: $input) { signedOut } }',
  session: 'query Session { session { id user { email } } }',
} as const;
