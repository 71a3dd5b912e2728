import { askGraphql } from './graphql.js';
import type { Chain } from './http-chain.js';

/** Everybody's. */
export const PASSWORD = 'correct horse battery';

interface Pair {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** The pair in an answer to a refresh. @throws Error where there is none, or it is the one that was refreshed */
function nextPair(answer: string, before: Pair): Pair {
  const [, refreshToken] = /"refreshToken":"([^"]+)"/.exec(answer) ?? [];
  const [, accessToken] = /"accessToken":"([^"]+)"/.exec(answer) ?? [];
  if (refreshToken === undefined || accessToken === undefined) throw new Error(`no pair: ${answer}`);
  if (refreshToken === before.refreshToken) throw new Error('not rotated');
  return { accessToken, refreshToken };
}

function chainFrom(first: Pair, bodyOf: (pair: Pair) => unknown, mayStay = false): Chain {
  let pair = first;
  return {
    next: () => JSON.stringify(bodyOf(pair)),
    take(answer) {
      // Compared with nothing where a rival gives the same token again.
      pair = nextPair(answer, mayStay ? { accessToken: '', refreshToken: '' } : pair);
    },
  };
}

const SIGN_UP = 'mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken refreshToken } }';
const SIGN_IN = 'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken refreshToken } }';
const REFRESH = 'mutation ($input: RefreshSessionInput) { refreshSession(input: $input) { accessToken refreshToken } }';
const SESSIONS_A_USER = 10;

const bodyOfRefresh = ({ refreshToken }: Pair): unknown => ({ query: REFRESH, variables: { input: { refreshToken } } });

/** Sessions at Latchkey, whose refresh tokens rotate. */
export async function latchkeyChains(origin: string, count: number): Promise<Chain[]> {
  const chains: Chain[] = [];
  for (let index = 0; index < count; index += 1) {
    const input = { email: `user-${Math.floor(index / SESSIONS_A_USER)}@example.com`, password: PASSWORD };
    const query = index % SESSIONS_A_USER === 0 ? SIGN_UP : SIGN_IN;
    const answer = await askGraphql<Readonly<Record<string, Pair>>>(origin, { query, variables: { input } });
    const [pair] = Object.values(answer);
    chains.push(chainFrom(pair!, bodyOfRefresh));
  }
  return chains;
}

/** Sessions at `bench/servers/bare-refresh.ts`, a user's each. */
export async function bareChains(origin: string, count: number): Promise<Chain[]> {
  const chains: Chain[] = [];
  for (let index = 0; index < count; index += 1) {
    const made = await askGraphql<Readonly<Record<string, Pair>>>(origin, { query: '', variables: {} });
    chains.push(chainFrom(Object.values(made)[0]!, bodyOfRefresh));
  }
  return chains;
}

const CREATE_USER = `mutation ($email: String!, $password: String!) {
  createUser(user: { email: $email, password: $password }) { userId }
}`;
const AUTHENTICATE = `mutation ($email: String!, $password: String!) {
  authenticate(serviceName: "password", params: { password: $password, user: { email: $email } }) {
    tokens { accessToken refreshToken }
  }
}`;
const REFRESH_TOKENS = `mutation ($accessToken: String!, $refreshToken: String!) {
  refreshTokens(accessToken: $accessToken, refreshToken: $refreshToken) { tokens { accessToken refreshToken } }
}`;

interface Authenticated {
  readonly authenticate: { readonly tokens: Pair };
}

/** Sessions at accounts-js, a new user's each. */
export async function accountsJsChains(origin: string, count: number): Promise<Chain[]> {
  const chains: Chain[] = [];
  for (let index = 0; index < count; index += 1) {
    const variables = { email: `user-${index}@example.com`, password: PASSWORD };
    await askGraphql(origin, { query: CREATE_USER, variables });
    const { authenticate } = await askGraphql<Authenticated>(origin, { query: AUTHENTICATE, variables });
    chains.push(chainFrom(authenticate.tokens, (pair) => ({ query: REFRESH_TOKENS, variables: pair }), true));
  }
  return chains;
}
