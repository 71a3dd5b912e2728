/** Programs of a stranger: what they write, as they would. Each prints `ok` once its server answered and was closed. */

/** Run by Node as it is. */
export const JAVASCRIPT = `
import { createAuthServer } from 'latchkey';

const server = await createAuthServer({
  typeDefs: 'extend type Query { hello: String @public }',
  resolvers: { Query: { hello: () => 'world' } },
  env: { PORT: '0', STORE_URL: 'file:./library.db', LOG_LEVEL: 'silent' },
});
const { url } = await server.listen();
const response = await fetch(url, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ query: '{ hello }' }),
});
const { data } = await response.json();
await server.close();
console.log(data.hello === 'world' ? 'ok' : data);
`;

/** The client, against a server of the same package. */
export const CLIENT = `
import { createAuthServer } from 'latchkey';
import { AuthClientError, createAuthClient } from 'latchkey/client';

const server = await createAuthServer({ env: { PORT: '0', STORE_URL: 'file:./client.db', LOG_LEVEL: 'silent' } });
const { url } = await server.listen();
const client = createAuthClient({ url, transport: 'header' });
const account = { email: 'reader@example.com', password: 'correct horse battery staple' };
const refused = await client.signIn(account).catch((error) => error instanceof AuthClientError && error.code);
const { userId } = await client.signUp(account);
const response = await client.fetch(url, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ query: '{ viewer { id } }' }),
});
const { data } = await response.json();
await client.signOut();
await server.close();
console.log(refused === 'INVALID_CREDENTIALS' && data.viewer.id === userId && client.session() === null ? 'ok' : data);
`;

/** For a browser: compiled strictly, with every declaration checked, and without Node's types. */
export const BROWSER = `
import { createAuthClient, type AuthEvent, type ClientSession } from 'latchkey/client';

declare module 'latchkey/client' {
  interface Register {
    role: 'ADMIN' | 'MODERATOR' | 'EDITOR';
  }
}

const client = createAuthClient({ url: '/graphql', fetch: (input, init) => fetch(input, init) });
const stop = client.subscribe((event: AuthEvent) => {
  if (event.type === 'signed-out') document.title = event.publicReason ?? event.reason;
  else document.title = event.session.userId;
});
const session: ClientSession | null = client.session();
const roles: readonly ('ADMIN' | 'MODERATOR' | 'EDITOR')[] = session?.roles ?? [];
document.body.hidden = !client.hasRole('EDITOR', ...roles);
// @ts-expect-error there is no such role
client.hasRole('EDITER');
stop();
`;

export const BROWSER_CONFIG = {
  compilerOptions: {
    ...{ target: 'ES2022', module: 'ESNext', moduleResolution: 'bundler', strict: true, noEmit: true },
    ...{ lib: ['ES2022', 'DOM', 'DOM.Iterable'], types: [], exactOptionalPropertyTypes: true },
  },
  files: ['browser.ts'],
};

/** Compiled by \`tsc\`, strictly and with every declaration checked, and then run. */
export const TYPESCRIPT = `
import {
  authDirectives, authTypeDefs, createAuthServer, getServerSession, requireSession,
  type AuthEvent, type AuthServer, type GraphQLContext, type Principal,
} from 'latchkey';

interface Added { readonly greeting: string }

const heard: AuthEvent['type'][] = [];
const server: AuthServer = await createAuthServer<Added>({
  typeDefs: ['extend enum Role { EDITOR }', 'extend type Query { hello: String @public }'],
  resolvers: {
    Query: {
      hello: (_source: unknown, _arguments: unknown, context: GraphQLContext & Added): string => context.greeting,
    },
  },
  context: ({ principal }) => ({ greeting: principal === null ? 'world' : principal.userId }),
  claims: (user) => ({ tenant: user.id }),
  onEvent: (event) => void heard.push(event.type),
  env: { PORT: '0', STORE_URL: 'file:./library.db', LOG_LEVEL: 'silent' },
});
const { url } = await server.listen();
const guard = requireSession({ anyOf: ['EDITOR'], server });
const viewer: Principal | null = await getServerSession(new Request(url), { server });
const response = await fetch(url, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ query: '{ hello }' }),
});
const answer = (await response.json()) as { data: { hello: string } };
// @ts-expect-error the blog, which is compiled along, registers the roles that there are
requireSession({ anyOf: ['EDITER'], server });
// @ts-expect-error there is no such option
const wrong = createAuthServer({ onEvents: () => undefined }).catch((error: unknown) => error instanceof TypeError);
await server.close();
const isRight = answer.data.hello === 'world' && viewer === null && (await wrong) === true;
console.log(isRight && typeof guard === 'function' && typeof authDirectives === 'function' && authTypeDefs !== '' ? 'ok' : answer);
`;

/** Starts the example of a blog, as it was compiled there. */
export const BLOG = `
import { createBlog } from './built/blog/blog.js';

const { auth } = await createBlog({ STORE_URL: 'file:./blog.db', LOG_LEVEL: 'silent' });
await auth.close();
console.log('ok');
`;

export const TYPESCRIPT_CONFIG = {
  compilerOptions: {
    ...{ target: 'ES2022', module: 'NodeNext', strict: true, exactOptionalPropertyTypes: true, types: ['node'] },
    ...{ outDir: 'built', rootDir: '.' },
  },
  files: ['library.ts', 'blog/main.ts', 'blog/codegen.ts'],
};

/** A front end, compiled with its roles registered, and rendered by Node. */
export const FRONT_END = `
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { cacheExchange, createClient, fetchExchange } from '@urql/core';
import { createAuthClient } from 'latchkey/client';
import { createAuthLink } from 'latchkey/client/apollo';
import { AuthProvider, readReturnTo, RequireAuth, requireAuth, RequireRole, useHasRole, useSession } from 'latchkey/client/react';
import { createAuthExchange } from 'latchkey/client/urql';
import { renderToStaticMarkup } from 'react-dom/server';

declare module 'latchkey/client' {
  interface Register { role: 'ADMIN' | 'MODERATOR' | 'EDITOR' }
}

const url = 'http://localhost:4000/graphql';
const auth = createAuthClient({ url });
const apollo = new ApolloClient({ cache: new InMemoryCache(), link: ApolloLink.from([createAuthLink(auth), new HttpLink({ uri: url })]) });
const urql = createClient({ url, preferGetMethod: false, exchanges: [cacheExchange, createAuthExchange(auth), fetchExchange] });
const loader = requireAuth(auth, { anyOf: ['EDITOR'] });

// @ts-expect-error there is no such role
requireAuth(auth, { anyOf: ['EDITER'] });

const Name = () => <b>{useSession()?.userId}{useHasRole('EDITOR') && '!'}</b>;
const session = { userId: 'ann', sessionId: '1', roles: ['EDITOR'], permissions: [] } as const;
const markup = renderToStaticMarkup(
  <AuthProvider client={auth} serverSession={session}>
    <RequireAuth fallback="nobody"><Name /></RequireAuth>
    <RequireRole anyOf={['ADMIN']} fallback="no administrator" />
  </AuthProvider>,
);
const isRight = markup === '<b>ann!</b>no administrator' && readReturnTo('/sign-in?returnTo=//evil.example') === '/';
apollo.stop();
auth.close();
console.log(isRight && typeof loader === 'function' && typeof urql.query === 'function' ? 'ok' : markup);
`;

export const FRONT_END_CONFIG = {
  compilerOptions: {
    // The declarations of Apollo Client do not pass a check as strict as this one.
    skipLibCheck: true,
    ...{
      target: 'ES2022',
      lib: ['ES2022', 'DOM', 'DOM.Iterable', 'ESNext.Disposable'],
      module: 'NodeNext',
      jsx: 'react-jsx',
    },
    ...{ strict: true, exactOptionalPropertyTypes: true, types: ['node'], outDir: 'built', rootDir: '.' },
  },
  files: ['front-end.tsx'],
};
