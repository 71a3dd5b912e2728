import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import Fastify from 'fastify';
import type { AddressInfo } from 'node:net';
import { REFRESH_PAGE_DOCUMENTS } from '../../src/http/refresh-page-script.js';
import { getServerSession, refreshRedirect, type AuthServer, type RefreshRedirectOptions } from '../../src/index.js';
import { signInBrowser, signUp, type Person } from '../http/support/people.js';
import { createTestAuthServer, type TestAuthServer } from '../support/auth-server.js';
import { createClient, readAnswer, type Client } from '../support/client.js';
import { ManualClock } from '../support/clock.js';
import { listen, startExpress, type Host } from './support/hosts.js';

interface Kind {
  readonly name: string;
  /** Where our paths begin. */
  readonly prefix: string;
  start(server: AuthServer): Promise<Host>;
}

/** In each, `/page` says who is signed in, once nothing has to be refreshed. */
const KINDS: readonly Kind[] = [
  {
    ...{ name: 'Express', prefix: '' },
    start: (server) =>
      startExpress((app) => {
        app.use(server.handler);
        app.all('/page', answerPage({}));
      }),
  },
  {
    ...{ name: 'Express, the page in a router', prefix: '' },
    start: (server) =>
      startExpress((app) => {
        app.use(server.handler);
        app.use('/page', express.Router().all('/', answerPage({})));
      }),
  },
  {
    ...{ name: 'Express, ours mounted elsewhere', prefix: '/auth' },
    start(server) {
      const app = express();
      app.use('/auth', server.handler);
      app.all('/page', answerPage({ server, refreshUrl: '/auth/refresh' }));
      return listen(app);
    },
  },
  {
    ...{ name: 'Fastify', prefix: '' },
    async start(server) {
      const app = Fastify();
      await app.register(server.handler);
      app.all('/page', async (request, reply) => {
        const target = await refreshRedirect(request);
        if (target !== null) return reply.redirect(target, 303);
        return { viewer: (await getServerSession(request))?.userId ?? null };
      });
      await app.listen({ host: 'localhost', port: 0 });
      const { port } = app.server.address() as AddressInfo;
      return { origin: `http://localhost:${port}`, close: () => app.close() };
    },
  },
];

const answerPage =
  (options: RefreshRedirectOptions) =>
  async (request: express.Request, response: express.Response): Promise<void> => {
    const target = await refreshRedirect(request, options);
    if (target !== null) response.redirect(303, target);
    else response.json({ viewer: (await getServerSession(request, options))?.userId ?? null });
  };

describe.each(KINDS)('a page rendered on the server, in $name', ({ prefix, start }) => {
  const clock = new ManualClock();
  let latchkey: TestAuthServer;
  let host: Host;
  let ann: Person;
  const asked = { client: (options = {}) => withPrefix(createClient(host.origin, options), prefix) };

  beforeAll(async () => {
    latchkey = await createTestAuthServer({}, { clock });
    host = await start(latchkey.server);
    ann = await signUp(asked);
  });
  afterAll(async () => {
    await host.close();
    await latchkey.close();
  });

  const expire = (): void => clock.advance(700_000);

  /** What the page answers: where it leads, or whom it takes the browser for. */
  async function visit(browser: Client, init: RequestInit = {}, path = '/page?a=1&b=2'): Promise<unknown> {
    const response = await browser.fetch(path, { redirect: 'manual', ...init });
    if (response.status === 303) return response.headers.get('location');
    return ((await response.json()) as { viewer: string | null }).viewer;
  }

  const REFRESH = `${prefix}/refresh?returnTo=%2Fpage%3Fa%3D1%26b%3D2`;

  test('is answered where the access token is good, and where nobody is signed in', async () => {
    const browser = await signInBrowser(asked, ann);
    expect(await visit(browser)).toBe(ann.id);
    expect(await visit(createClient(host.origin, { kind: 'browser' }))).toBeNull();
  });

  test('leads to the refresh page where the access token has expired, from which it is answered', async () => {
    const browser = await signInBrowser(asked, ann);
    expire();
    expect(await visit(browser)).toBe(REFRESH);
    expect((await browser.fetch(REFRESH)).status).toBe(200);
    const { body } = await withPrefix(browser, prefix).ask(REFRESH_PAGE_DOCUMENTS[0]);
    expect(body.errors).toBeUndefined();
    expect(await visit(browser)).toBe(ann.id);
  });

  test('leads there where the access token is gone, no token of ours, or of a session that is over', async () => {
    const browser = await signInBrowser(asked, ann);
    const access = browser.cookies.get('latchkey-access') ?? '';
    browser.cookies.delete('latchkey-access');
    expect(await visit(browser)).toBe(REFRESH);
    browser.cookies.set('latchkey-access', 'junk');
    expect(await visit(browser)).toBe(REFRESH);
    browser.cookies.set('latchkey-access', access);
    await asked.client().ask('mutation { revokeOtherSessions { revokedSessionIds } }', {
      token: (await signInBrowser(asked, ann)).cookies.get('latchkey-access') ?? '',
    });
    expect(await visit(browser)).toBe(REFRESH);
  });

  test('leads there by HEAD, and by no other method', async () => {
    const browser = await signInBrowser(asked, ann);
    expire();
    expect(await visit(browser, { method: 'HEAD' })).toBe(REFRESH);
    expect(await visit(browser, { method: 'POST' })).toBeNull();
  });

  test('is asked for once, and answered as for nobody where the refresh came to nothing', async () => {
    const browser = await signInBrowser(asked, ann);
    expire();
    browser.cookies.set('latchkey-refreshed', '1');
    expect(await visit(browser)).toBeNull();
    browser.cookies.delete('latchkey-refreshed');
    expect(await visit(browser)).toBe(REFRESH);
  });

  test('leads nowhere without a refresh token, by a header, and within a frame', async () => {
    const browser = await signInBrowser(asked, ann);
    const token = browser.cookies.get('latchkey-access') ?? '';
    expire();
    expect(await visit(browser, { headers: { authorization: `Bearer ${token}` } })).toBeNull();
    expect(await visit(browser, { headers: { 'sec-fetch-dest': 'iframe' } })).toBeNull();
    browser.cookies.delete('latchkey-refresh');
    expect(await visit(browser)).toBeNull();
  });

  test('changes nothing by being asked for, nor does the refresh page', async () => {
    const browser = await signInBrowser(asked, ann);
    expire();
    const before = new Map(browser.cookies);
    await visit(browser);
    const page = await browser.fetch(REFRESH);
    expect(page.headers.getSetCookie()).toEqual([]);
    expect(browser.cookies).toEqual(before);
  });
});

describe('refreshRedirect', () => {
  let latchkey: TestAuthServer;
  beforeAll(async () => {
    latchkey = await createTestAuthServer();
  });
  afterAll(() => latchkey.close());

  const headers = { cookie: 'latchkey-refresh=x' };

  test('takes a Request of fetch, and comes back to its path and query, or where it is told to', async () => {
    const { server } = latchkey;
    const request = new Request('https://app.example.com/account?tab=devices', { headers });
    expect(await refreshRedirect(request, { server })).toBe('/refresh?returnTo=%2Faccount%3Ftab%3Ddevices');
    const options = { server, returnTo: '/', refreshUrl: 'https://auth.example.com/refresh' };
    expect(await refreshRedirect(request, options)).toBe('https://auth.example.com/refresh?returnTo=%2F');
    expect(await refreshRedirect(new Request(request, { method: 'POST' }), { server })).toBeNull();
  });

  test('takes headers alone, with where to come back to', async () => {
    const { server } = latchkey;
    const request = { headers: new Headers(headers) };
    expect(await refreshRedirect(request, { server, returnTo: '/account' })).toBe('/refresh?returnTo=%2Faccount');
    await expect(refreshRedirect(request, { server })).rejects.toThrow(/say where to come back to/);
  });

  test('wants a server', async () => {
    await expect(refreshRedirect(new Request('http://localhost/', { headers }))).rejects.toThrow(TypeError);
  });
});

/** The same client, for a server whose paths begin there. */
const withPrefix = (client: Client, prefix: string): Client => ({
  ...client,
  async ask(query, { variables, token = null } = {}) {
    const headers = { 'content-type': 'application/json', ...(token !== null && { authorization: `Bearer ${token}` }) };
    const body = JSON.stringify({ query, variables });
    return readAnswer(await client.fetch(`${prefix}/graphql`, { method: 'POST', headers, body }));
  },
});
