import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import Fastify from 'fastify';
import type { AddressInfo } from 'node:net';
import { getServerSession, requireSession, type AuthServer } from '../../src/index.js';
import { refreshed, signIn, signInBrowser, signUp, type Person } from '../http/support/people.js';
import { createTestAuthServer, type TestAuthServer } from '../support/auth-server.js';
import { createClient, readAnswer, type Answer } from '../support/client.js';
import { ManualClock } from '../support/clock.js';
import { storeBackends, type BackendName } from '../support/stores.js';
import { listen, startExpress, type Host } from './support/hosts.js';

interface Kind {
  readonly name: string;
  start(server: AuthServer): Promise<Host>;
}

/** Routes: `/mine` for anyone signed in, `/all` for administrators and editors, `/page` for anyone. */
const KINDS: readonly Kind[] = [
  {
    name: 'Express',
    start: (server) =>
      startExpress((app) => {
        app.use(server.handler);
        app.all('/mine', requireSession(), (request, response) => void response.json(request.principal));
        app.get(
          '/all',
          requireSession({ anyOf: ['ADMIN', 'EDITOR'] }),
          (_request, response) => void response.json('all'),
        );
        app.get('/page', async (request, response) => void response.json({ viewer: await getServerSession(request) }));
      }),
  },
  {
    name: 'Fastify',
    async start(server) {
      const app = Fastify();
      await app.register(server.handler);
      app.all('/mine', { preHandler: requireSession() }, async (request) => request.principal);
      app.get('/all', { preHandler: requireSession({ anyOf: ['ADMIN', 'EDITOR'] }) }, async () => '"all"');
      app.get('/page', async (request) => ({ viewer: await getServerSession(request) }));
      await app.listen({ host: 'localhost', port: 0 });
      const { port } = app.server.address() as AddressInfo;
      return { origin: `http://localhost:${port}`, close: () => app.close() };
    },
  },
  {
    name: 'Express, by the server named',
    start(server) {
      const app = express();
      app.use('/graphql', server.handler);
      const any = requireSession({ server });
      app.all('/mine', any, (request, response) => void response.json(request.principal));
      const some = requireSession({ server, anyOf: ['ADMIN', 'EDITOR'] });
      app.get('/all', some, (_request, response) => void response.json('all'));
      app.get(
        '/page',
        async (request, response) => void response.json({ viewer: await getServerSession(request, { server }) }),
      );
      return listen(app);
    },
  },
];

const PLACES: (Kind & { readonly backendName: BackendName })[] = KINDS.map((kind) => ({
  ...kind,
  backendName: 'SQLite',
}));
// What a route is told does not hang on the server that it stands in: one of them on the other database will do.
if (storeBackends().includes('MongoDB')) PLACES.push({ ...PLACES[0]!, backendName: 'MongoDB' });

describe.each(PLACES)('routes beside GraphQL in $name ($backendName)', ({ start, backendName }) => {
  const clock = new ManualClock();
  let latchkey: TestAuthServer;
  let host: Host;
  let admin: Person;
  const asked = { client: (options = {}) => createClient(host.origin, options) };

  beforeAll(async () => {
    const typeDefs = 'extend enum Role { EDITOR }';
    latchkey = await createTestAuthServer({ typeDefs, claims: () => ({ tenant: 7 }) }, { clock, backendName });
    host = await start(latchkey.server);
    admin = await signUp(asked, { setupCode: latchkey.server.setUpCode ?? '' });
  });

  afterAll(async () => {
    await host.close();
    await latchkey.close();
  });

  async function get(path: string, token?: string): Promise<Answer> {
    const headers: HeadersInit = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return readAnswer(await asked.client().fetch(path, { headers }));
  }

  test('know the principal by header', async () => {
    const ann = await signUp(asked);
    const { status, body } = await get('/mine', ann.token);
    expect([status, body]).toMatchObject([
      200,
      { userId: ann.id, sessionId: ann.sessionId, roles: [], claims: { tenant: 7 } },
    ]);
  });

  test('know the principal by cookie, whatever the method', async () => {
    const ann = await signUp(asked);
    const browser = await signInBrowser(asked, ann);
    for (const method of ['GET', 'POST']) {
      const answer = await readAnswer(await browser.fetch('/mine', { method }));
      expect([answer.status, answer.body]).toMatchObject([200, { userId: ann.id }]);
    }
  });

  test('are closed to cookies that another site’s page sends, and to those of a page that does not say', async () => {
    const browser = await signInBrowser(asked, await signUp(asked));
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ');
    const cases: HeadersInit[] = [
      { cookie, origin: 'https://evil.example.com', 'sec-fetch-site': 'cross-site' },
      { cookie },
    ];
    for (const headers of cases) {
      const answer = await readAnswer(await fetch(`${host.origin}/mine`, { headers }));
      expect([answer.status, answer.code]).toEqual([403, 'CSRF_BLOCKED']);
    }
  });

  test('let in who has one of the roles, and nobody else', async () => {
    const ann = await signUp(asked);
    expect(await get('/all')).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    expect(await get('/all', ann.token)).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    expect(await get('/all', admin.token)).toMatchObject({ status: 200, body: 'all' });
    const query = `mutation { grantRole(userId: "${ann.id}", role: EDITOR) { user { id } } }`;
    await asked.client().ask(query, { token: (await signIn(asked, admin)).token });
    expect(await get('/all', ann.token)).toMatchObject({ status: 401, code: 'TOKEN_EXPIRED' });
    expect(await get('/all', (await refreshed(asked, ann)).token)).toMatchObject({ status: 200, body: 'all' });
  });

  test('answer as /graphql does to what is no credential', async () => {
    const ann = await signUp(asked);
    const out = await signIn(asked, ann);
    await asked.client().ask('mutation { signOut { signedOut } }', { token: out.token });
    expect(await get('/mine')).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    expect(await get('/mine', 'junk')).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    const over = await get('/mine', out.token);
    expect(over).toMatchObject({ status: 401, code: 'SESSION_EXPIRED' });
    expect(await asked.client().ask('{ viewer { id } }', { token: out.token })).toMatchObject({
      ...{ status: over.status, code: over.code },
    });
    expect(over.headers.get('cache-control')).toBe('no-store');
    clock.advance(700_000);
    expect(await get('/mine', ann.token)).toMatchObject({ status: 401, code: 'TOKEN_EXPIRED' });
  });

  test('render pages for whoever is signed in, and for nobody', async () => {
    const ann = await signUp(asked);
    const browser = await signInBrowser(asked, ann);
    const navigation = { 'sec-fetch-site': 'cross-site', origin: 'https://elsewhere.example.com' };
    const page = await readAnswer(await browser.fetch('/page', { headers: navigation }));
    expect([page.status, page.body]).toMatchObject([200, { viewer: { userId: ann.id } }]);
    for (const token of [undefined, 'junk']) expect((await get('/page', token)).body).toEqual({ viewer: null });
  });
});

describe('requireSession and getServerSession', () => {
  let latchkey: TestAuthServer;
  beforeAll(async () => {
    latchkey = await createTestAuthServer();
  });
  afterAll(() => latchkey.close());

  test.each([[[]], ['ADMIN'], [[7]]])('anyOf is a list of roles, and not %j', (anyOf) => {
    expect(() => requireSession({ anyOf: anyOf as unknown as string[] })).toThrow(/anyOf: has to be a list of roles/);
  });

  test.each([
    ['an unknown role', (server: AuthServer) => requireSession({ server, anyOf: ['EDITOR'] }), /no role EDITOR/],
    ['no server', () => requireSession(), /install server.handler before it/],
  ])('%s is an error of the program, and lets nobody in', async (_name, create, message) => {
    const host = await startExpress((app) => {
      app.get('/all', create(latchkey.server), (_request, response) => void response.json('all'));
      // Express knows it by its four parameters.
      const handle: express.ErrorRequestHandler = (error: Error, _request, response, _next) =>
        void response.status(500).send(error.message);
      app.use(handle);
    });
    const response = await fetch(`${host.origin}/all`);
    expect([response.status, await response.text()]).toEqual([500, expect.stringMatching(message)]);
    await host.close();
  });

  test('a Request of fetch is read by the server that is named', async () => {
    const { url } = await latchkey.server.listen();
    const asked = { client: () => createClient(new URL(url).origin) };
    const { token, id } = await signUp(asked);
    const { server } = latchkey;
    const authorized = new Request('http://localhost/page', { headers: { authorization: `Bearer ${token}` } });
    expect(await getServerSession(authorized, { server })).toMatchObject({ userId: id });
    const withCookie = new Request('http://localhost/page', { headers: { cookie: `latchkey-access=${token}` } });
    expect(await getServerSession(withCookie, { server })).toMatchObject({ userId: id });
    expect(await getServerSession(new Request('http://localhost/page'), { server })).toBeNull();
    await expect(getServerSession(authorized)).rejects.toThrow(TypeError);
  });
});
