import { ApolloClient, ApolloLink, InMemoryCache } from '@apollo/client';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { renderToString } from 'react-dom/server';
import { createAuthClient } from '../../src/client/auth-client.js';
import { getServerSession } from '../../src/index.js';
import { PASSWORD, signIn, signUp, type Person } from '../http/support/people.js';
import { startExpress, type Host } from '../library/support/hosts.js';
import { createTestAuthServer, type TestAuthServer } from '../support/auth-server.js';
import { describeInBrowser } from '../support/browser.js';
import { createClient } from '../support/client.js';
import { App } from './support/react-app.js';
import { buildPage } from './support/site.js';
import type { PageSettings } from './support/react-page.js';

describeInBrowser('React', (browser) => {
  let latchkey: TestAuthServer;
  let host: Host;
  let admin: Person;
  let ann: Person;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];
  const asked = { client: (options = {}) => createClient(host.origin, options) };

  beforeAll(async () => {
    latchkey = await createTestAuthServer();
    const script = await buildPage('react-page.tsx', {
      ...{ format: 'iife', jsx: 'automatic', define: { 'process.env.NODE_ENV': '"development"' } },
    });
    host = await startExpress((app) => {
      app.use(latchkey.server.handler);
      app.get('/app.js', (_request, response) => void response.type('js').send(script));
      app.get('/page', (_request, response) => void response.send(htmlOf('', {})));
      app.get('/header', (_request, response) => void response.send(htmlOf('', { isHeader: true })));
      app.get('/rendered', async (request, response) => {
        const principal = await getServerSession(request);
        const serverSession = principal && {
          ...{ userId: principal.userId, sessionId: principal.sessionId },
          ...{ roles: principal.roles, permissions: principal.permissions },
        };
        const auth = createAuthClient({ url: `${host.origin}/graphql` });
        const apollo = new ApolloClient({ cache: new InMemoryCache(), link: ApolloLink.empty(), ssrMode: true });
        const markup = renderToString(<App {...{ auth, apollo, serverSession }} onRender={() => undefined} />);
        response.send(htmlOf(markup, { serverSession }));
      });
    });
    admin = await signUp(asked, { setupCode: latchkey.server.setUpCode ?? '' });
  });
  afterAll(async () => {
    await host.close();
    await latchkey.close();
  });

  beforeEach(async () => {
    ann = await signUp(asked);
    context = await browser().newContext();
    complaints = [];
    page = await open('/page');
  });
  afterEach(async () => {
    await context.close();
    expect(complaints).toEqual([]);
  });

  async function open(path: string): Promise<Page> {
    const opened = await context.newPage();
    opened.on('pageerror', (error) => complaints.push(String(error)));
    opened.on('console', (message) => {
      // The browser itself says that an answer was a 401, which is what it has to be.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        complaints.push(message.text());
    });
    await opened.goto(`${host.origin}${path}`);
    return opened;
  }
  const heading = (text: string, at = page): Promise<void> =>
    at.getByRole('heading', { name: text, exact: true }).waitFor();
  const text = (wanted: string, at = page): Promise<void> => at.getByText(wanted, { exact: true }).waitFor();
  const signInAt = (at: Page, { email, password }: Pick<Person, 'email' | 'password'>): Promise<string> =>
    at.evaluate(async (input) => (await window.auth.signIn(input)).userId, { email, password });
  const asAdmin = async (query: string, variables: Record<string, unknown>): Promise<void> => {
    const { token } = await signIn(asked, admin);
    const { body } = await asked.client().ask(query, { token, variables });
    expect(body.errors).toBeUndefined();
  };

  test('shows who is signed in, with their data, and nobody after the sign-out, in every tab', async () => {
    const other = await open('/page');
    await heading('nobody');
    await text('never signed in');
    await signInAt(page, ann);
    for (const tab of [page, other]) {
      await heading(ann.id, tab);
      await text(ann.email, tab);
    }
    await other.evaluate(() => window.auth.signOut());
    for (const tab of [page, other]) {
      await heading('nobody', tab);
      await text('user: no reason', tab);
    }
  });

  test('shows what a new role opens, as soon as the session is refreshed', async () => {
    await text('no user');
    await signInAt(page, ann);
    await text('no moderator');
    await text('rights: false false');
    await asAdmin(
      'mutation ($id: ID!) { setRolePermissions(role: MODERATOR, permissions: ["post:hide"]) { rolePermissions { role } } grantRole(userId: $id, role: MODERATOR) { user { id } } }',
      { id: ann.id },
    );
    await page.evaluate(() => window.auth.refresh({ newerThan: window.auth.version() }));
    await text('a moderator');
    await text('rights: true true');
    await heading(ann.id);
  });

  test('shows why a ban ended the session', async () => {
    await signInAt(page, ann);
    await heading(ann.id);
    await asAdmin(
      'mutation ($id: ID!) { banUser(input: { userId: $id, reason: "internal", publicReason: "Spam" }) { user { id } } }',
      {
        id: ann.id,
      },
    );
    await page.evaluate(() =>
      window.auth.fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"query":"{viewer{id}}"}',
      }),
    );
    await heading('nobody');
    await text('banned: Spam');
  });

  test('renders nothing of one user for another who signs in, in this tab or in the other', async () => {
    const other = await open('/page');
    const ben = await signUp(asked);
    await signInAt(page, ann);
    for (const tab of [page, other]) await text(ann.email, tab);
    await signInAt(other, ben);
    for (const tab of [page, other]) await text(ben.email, tab);
    await signInAt(page, ann);
    for (const tab of [page, other]) await text(ann.email, tab);
    for (const tab of [page, other]) {
      const renders = await tab.evaluate(() => window.renders);
      expect(renders.filter(({ session, mounted }) => mounted !== session)).toEqual([]);
      expect(renders.filter(({ session, data }) => data !== null && data !== session)).toEqual([]);
      expect(new Set(renders.map(({ data }) => data))).toEqual(new Set([null, ann.id, ben.id]));
    }
  });

  test('mounts nothing anew for the same user, whose session goes on', async () => {
    await signInAt(page, ann);
    await text(ann.email);
    const before = await page.evaluate(() => window.renders.length);
    await page.evaluate(() => window.auth.refresh({ newerThan: window.auth.version() }));
    await page.waitForFunction((count) => window.renders.length > count, before);
    const renders = await page.evaluate((count) => window.renders.slice(count), before);
    expect(renders.filter(({ data }) => data !== ann.id)).toEqual([]);
  });

  test('waits for a storage that answers late, and never takes the user for nobody', async () => {
    const header = await open('/header');
    await heading('nobody', header);
    await signInAt(header, ann);
    await heading(ann.id, header);
    await header.addInitScript(() => {
      const seen: string[] = [];
      Object.assign(window, { seen });
      new MutationObserver(() => {
        const now = document.querySelector('#root')?.textContent ?? '';
        if (now !== '' && seen.at(-1) !== now) seen.push(now);
      }).observe(document, { subtree: true, childList: true, characterData: true });
    });
    await header.reload();
    await text(ann.email, header);
    const seen = await header.evaluate(() => (window as unknown as { seen: string[] }).seen);
    expect(seen[0]).toBe('waitingrights: false false');
    expect(seen.filter((one) => one.includes('nobody'))).toEqual([]);
  });

  test('takes the user for nobody in no network that fails: it waits, and asks again', async () => {
    await signInAt(page, ann);
    await page.evaluate(() => localStorage.clear());
    await page.close();
    await context.route('**/graphql', (route) => route.abort());
    const later = await open('/page');
    await text('waiting', later);
    // Longer than the first request and its repetition.
    await later.evaluate(() => window.auth.ready().catch(() => undefined));
    expect(await later.getByRole('heading', { name: 'nobody' }).count()).toBe(0);
    await context.unroute('**/graphql');
    await heading(ann.id, later);
  });

  test('hands what no waiting helps to an error boundary', async () => {
    // Until then, the answer to this page may come between, and be kept for the next.
    await heading('nobody');
    await page.evaluate(() => localStorage.clear());
    await page.close();
    const body = '{"errors":[{"message":"Not from here.","extensions":{"code":"FORBIDDEN"}}]}';
    await context.route('**/graphql', (route) => route.fulfill({ body, contentType: 'application/json' }));
    const later = await open('/page');
    await text('failed: FORBIDDEN', later);
    expect(await later.evaluate(() => window.complaints)).toEqual(['AuthClientError: Not from here.']);
  });

  test('mounts anew what the server rendered for one user, where another is signed in by then', async () => {
    await signInAt(page, ann);
    const ben = await signUp(asked);
    const html = await (await context.request.get(`${host.origin}/rendered`)).text();
    await signInAt(page, ben);
    await context.route('**/rendered', (route) => route.fulfill({ body: html, contentType: 'text/html' }));
    const rendered = await open('/rendered');
    await text(ben.email, rendered);
    expect(html).toContain(`data-mounted="${ann.id}"`);
    expect(await rendered.locator('[data-mounted]').getAttribute('data-mounted')).toBe(ben.id);
  });

  test('takes over what the server rendered, as it stands', async () => {
    await signInAt(page, ann);
    const rendered = await open('/rendered');
    await text(ann.email, rendered);
    const html = await (await context.request.get(`${host.origin}/rendered`)).text();
    expect(html).toContain(`<h1>${ann.id}</h1>`);
    expect(await rendered.evaluate(() => window.complaints)).toEqual([]);
    expect(await rendered.evaluate(() => window.renders.map(({ session }) => session))).not.toContain(null);
  });

  test('keeps what the server rendered until it is known whether there is a session, though this tab has no record', async () => {
    await signInAt(page, ann);
    await page.evaluate(() => localStorage.clear());
    await page.close();
    const rendered = await open('/rendered');
    await text(ann.email, rendered);
    expect(await rendered.evaluate(() => window.complaints)).toEqual([]);
    expect(await rendered.evaluate(() => window.renders.map(({ session }) => session))).not.toContain(null);
  });

  test('takes over what the server rendered for nobody', async () => {
    const rendered = await open('/rendered');
    await heading('nobody', rendered);
    await signInAt(rendered, { email: ann.email, password: PASSWORD });
    await heading(ann.id, rendered);
    expect(await rendered.evaluate(() => window.complaints)).toEqual([]);
  });
});

const htmlOf = (markup: string, settings: PageSettings): string =>
  `<!doctype html><div id="root">${markup}</div><script>window.settings = ${JSON.stringify(settings)}</script><script src="/app.js"></script>`;
