import assert from 'node:assert/strict';

interface Answer {
  readonly data?: Readonly<Record<string, Readonly<Record<string, unknown>> | null>>;
  readonly errors?: unknown;
}

/** One operation; fails where the answer has errors. */
async function ask(
  url: string,
  query: string,
  variables: object,
  accessToken?: string,
): Promise<NonNullable<Answer['data']>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-session-transport': 'header',
      ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
    },
    body: JSON.stringify({ query, variables }),
  });
  const answer = (await response.json()) as Answer;
  assert.equal(answer.errors, undefined, JSON.stringify(answer.errors));
  assert(answer.data, 'no data');
  return answer.data;
}

/** Makes the first administrator, signs them in at once, and knows them by their access token. */
export async function signUpAndIn(url: string, setupCode: string): Promise<void> {
  const account = { email: 'admin@example.com', password: 'correct horse battery staple' };
  const payload = 'accessToken refreshToken user { id }';
  const signedUp = await ask(url, `mutation ($input: SignUpInput!) { signUp(input: $input) { ${payload} } }`, {
    input: { ...account, setupCode },
  });
  const signedIn = await ask(url, `mutation ($input: SignInInput!) { signIn(input: $input) { ${payload} } }`, {
    input: account,
  });
  assert.deepEqual(signedIn['signIn']?.['user'], signedUp['signUp']?.['user']);
  const accessToken = signedIn['signIn']?.['accessToken'];
  assert(typeof accessToken === 'string', 'no access token');
  const { viewer } = await ask(url, '{ viewer { id roles } }', {}, accessToken);
  assert.deepEqual(viewer, { ...(signedIn['signIn']?.['user'] as object), roles: ['ADMIN'] });
}
