import { randomUUID } from 'node:crypto';
import type { Answer, Client } from '../../support/client.js';
import type { TestServer } from '../../support/server.js';

/** Whatever can be asked: a test's server, or a process of its own. */
export type Asked = Pick<TestServer, 'client'>;

/** A signed-in user of header transport, with what their client holds. */
export interface Person {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly sessionId: string;
  /** The access token. */
  readonly token: string;
  readonly refreshToken: string;
}

export const PASSWORD = 'correct horse battery';

const PAIR = 'accessToken refreshToken session { id } user { id email }';

export const SIGN_UP = `mutation SignUp($input: SignUpInput!) { signUp(input: $input) { ${PAIR} } }`;
export const SIGN_IN = `mutation SignIn($input: SignInInput!) { signIn(input: $input) { ${PAIR} } }`;
export const REFRESH = `mutation Refresh($input: RefreshSessionInput) { refreshSession(input: $input) { ${PAIR} } }`;
export const SIGN_OUT = 'mutation SignOut($input: SignOutInput) { signOut(input: $input) { signedOut } }';
export const VIEWER = '{ viewer { id } }';

/** An address that nobody has yet. */
export const freshEmail = (): string => `${randomUUID()}@example.com`;

export interface SignUpOptions {
  readonly email?: string;
  readonly password?: string;
  readonly setupCode?: string;
}

/** Signs a new user up, who is then signed in. */
export async function signUp(
  server: Asked,
  { email = freshEmail(), password = PASSWORD, setupCode }: SignUpOptions = {},
): Promise<Person> {
  const answer = await server.client().ask(SIGN_UP, { variables: { input: { email, password, setupCode } } });
  return toPerson(answer, 'signUp', password);
}

/** Another session of this user. */
export async function signIn(server: Asked, { email, password }: Pick<Person, 'email' | 'password'>): Promise<Person> {
  const answer = await server.client().ask(SIGN_IN, { variables: { input: { email, password } } });
  return toPerson(answer, 'signIn', password);
}

const toPerson = (answer: Answer, field: string, password: string): Person => ({
  id: answer.text(`${field}.user.id`),
  email: answer.text(`${field}.user.email`),
  password,
  sessionId: answer.text(`${field}.session.id`),
  token: answer.text(`${field}.accessToken`),
  refreshToken: answer.text(`${field}.refreshToken`),
});

/** Presents a refresh token by the header transport. */
export const refresh = (server: Asked, refreshToken: string): Promise<Answer> =>
  server.client().ask(REFRESH, { variables: { input: { refreshToken } } });

/** Exchanges a refresh token that must be good, for the same person with the next pair. */
export async function refreshed(server: Asked, person: Person): Promise<Person> {
  const answer = await refresh(server, person.refreshToken);
  return {
    ...person,
    token: answer.text('refreshSession.accessToken'),
    refreshToken: answer.text('refreshSession.refreshToken'),
  };
}

/** A browser of the server's own page, with cookies of this user. */
export async function signInBrowser(server: Asked, person: Pick<Person, 'email' | 'password'>): Promise<Client> {
  const browser = server.client({ kind: 'browser' });
  const { email, password } = person;
  const answer = await browser.ask(SIGN_IN, { variables: { input: { email, password } } });
  answer.text('signIn.user.id');
  return browser;
}
