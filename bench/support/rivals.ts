/**
 * What a user would take instead: published packages, of which `bench/rivals` has a server each and the versions. They are
 * installed by `npm ci --prefix bench/rivals`.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SERVER_CORE } from './cores.js';
import type { Question } from './question.js';
import { startServerProcess, type ServerProcess } from './server-process.js';

export interface Rival {
  readonly name: string;
  /** In `bench/rivals`, without its ending. */
  readonly program: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly isOnMongodb: boolean;
  /** Signs up where one has to; it is called again and again, since what a sign-in gives may not last. */
  readonly signIn: (origin: string) => Promise<Question>;
}

const FOLDER = join(import.meta.dirname, '../rivals');
const ACCOUNT = { name: 'Ann', email: 'ann@example.com', password: 'correct horse battery' };

/** Throws where they are not installed. */
export function requireRivals(): void {
  if (!existsSync(join(FOLDER, 'node_modules'))) throw new Error('Run `npm ci --prefix bench/rivals` first.');
}

/** Starts one in a folder of its own, and on this database where it takes one. */
export async function startRival(
  { program, environment }: Rival,
  mongodbUri?: string,
  cores = SERVER_CORE,
): Promise<ServerProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-rival-'));
  const database = mongodbUri === undefined ? {} : { MONGODB_URI: mongodbUri };
  const server = await startServerProcess({
    args: [join(FOLDER, `${program}.mjs`)],
    ...{ folder, cores },
    environment: { ...environment, ...database },
  });
  return {
    ...server,
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Posted {
  readonly body: unknown;
  /** What was set, as a browser sends it back. */
  readonly cookie: string;
}

async function post(url: string, body: unknown): Promise<Posted> {
  const headers = { 'content-type': 'application/json', origin: new URL(url).origin };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  const cookie = response.headers.getSetCookie().map((each) => each.split(';', 1)[0]);
  return { body: await response.json(), cookie: cookie.join('; ') };
}

interface User {
  readonly id: string;
}

const idOfUser = (answer: string): string | undefined => (JSON.parse(answer) as Partial<User>).id;
const USER_ID = 'aaaaaaaaaaaaaaaaaaaaaa';

async function signInByToken(origin: string): Promise<Question> {
  const { body } = await post(`${origin}/login`, { id: USER_ID });
  const { token } = body as { readonly token: string };
  return { path: '/me', headers: { authorization: `Bearer ${token}` }, userId: USER_ID, idIn: idOfUser };
}

async function signInByCookie(origin: string): Promise<Question> {
  const { cookie } = await post(`${origin}/login`, { id: USER_ID });
  return { path: '/me', headers: { cookie }, userId: USER_ID, idIn: idOfUser };
}

interface Registered {
  readonly user: User;
}

async function signInToBetterAuth(origin: string): Promise<Question> {
  // Whoever is there already is refused, and signs in none the less.
  await post(`${origin}/api/auth/sign-up/email`, ACCOUNT).catch(() => null);
  const { body, cookie } = await post(`${origin}/api/auth/sign-in/email`, ACCOUNT);
  const idIn = (answer: string): string | undefined => (JSON.parse(answer) as Registered | null)?.user.id;
  return { path: '/api/auth/get-session', headers: { cookie }, userId: (body as Registered).user.id, idIn };
}

const CREDENTIALS = `email: ${JSON.stringify(ACCOUNT.email)}`;
const PASSWORD = `password: ${JSON.stringify(ACCOUNT.password)}`;
const CREATE_USER = `mutation { createUser(user: { ${CREDENTIALS}, ${PASSWORD} }) { userId } }`;
const AUTHENTICATE = `mutation {
  authenticate(serviceName: "password", params: { ${PASSWORD}, user: { ${CREDENTIALS} } }) { user { id } tokens { accessToken } }
}`;

interface Authenticated {
  readonly data: { readonly authenticate: Registered & { readonly tokens: { readonly accessToken: string } } };
}

async function signInToAccountsJs(origin: string): Promise<Question> {
  // It answers 200 with an error where the account is there already.
  await post(`${origin}/graphql`, { query: CREATE_USER });
  const { body } = await post(`${origin}/graphql`, { query: AUTHENTICATE });
  const { user, tokens } = (body as Authenticated).data.authenticate;
  const headers = { authorization: `Bearer ${tokens.accessToken}` };
  const idIn = (answer: string): string | undefined =>
    (JSON.parse(answer) as { readonly data: { readonly getUser: User | null } }).data.getUser?.id;
  return { query: '{ getUser { id } }', headers, userId: user.id, idIn };
}

const expressSession = { program: 'express-session', isOnMongodb: true, signIn: signInByCookie };
const betterAuth = { program: 'better-auth', signIn: signInToBetterAuth };
const cookieCache = { COOKIE_CACHE: '1' };
const joins = { JOINS: '1' };

/** What signs the account in again, at the servers of rivals that have accounts. */
export interface SignInRequest {
  readonly path: string;
  /** As JSON. */
  readonly body: string;
  /** What stands in an answer to it. */
  readonly answer: RegExp;
}

export const SIGN_INS: Readonly<Record<string, SignInRequest>> = {
  'better-auth': { path: '/api/auth/sign-in/email', body: JSON.stringify(ACCOUNT), answer: /"token":"/ },
  'accounts-js': { path: '/graphql', body: JSON.stringify({ query: AUTHENTICATE }), answer: /"accessToken":"/ },
};

export const ACCOUNTS_JS: Rival = {
  ...{ name: 'accounts-js, MongoDB', program: 'accounts-js', isOnMongodb: true, signIn: signInToAccountsJs },
};

export const RIVALS: readonly Rival[] = [
  { name: 'passport-jwt, RS256', program: 'passport-jwt', isOnMongodb: false, signIn: signInByToken },
  { name: 'express-session, MongoDB', ...expressSession },
  { name: 'express-session, MongoDB, touchAfter', ...expressSession, environment: { TOUCH_AFTER_SECONDS: '86400' } },
  { name: 'better-auth, SQLite', ...betterAuth, isOnMongodb: false },
  { name: 'better-auth, SQLite, joins', ...betterAuth, isOnMongodb: false, environment: joins },
  { name: 'better-auth, SQLite, cookieCache', ...betterAuth, isOnMongodb: false, environment: cookieCache },
  { name: 'better-auth, MongoDB', ...betterAuth, isOnMongodb: true },
  { name: 'better-auth, MongoDB, joins', ...betterAuth, isOnMongodb: true, environment: joins },
  { name: 'better-auth, MongoDB, cookieCache', ...betterAuth, isOnMongodb: true, environment: cookieCache },
  ACCOUNTS_JS,
];
