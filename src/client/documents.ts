const PAIR = 'accessToken refreshToken expiresInSeconds session { id expiresAt } user { id roles permissions }';

const mutation = (field: string, fields: string, isRequired = '!') => {
  const name = field.replace(/^./, (letter) => letter.toUpperCase());
  return `mutation ${name}($input: ${name}Input${isRequired}) { ${field}(input: $input) { ${fields} } }`;
};

/** The operations that a client sends, byte for byte, each by its only field: a list of trusted documents has to hold them. */
export const DOCUMENTS = {
  signUp: mutation('signUp', `${PAIR} deviceToken`),
  signIn: mutation('signIn', `${PAIR} deviceToken`),
  refreshSession: mutation('refreshSession', PAIR, ''),
  reauthenticate: mutation('reauthenticate', PAIR),
  signOut: mutation('signOut', 'signedOut', ''),
  session: 'query Session { session { id } }',
} as const;
