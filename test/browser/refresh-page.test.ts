import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { BrowserContext, Page, Request } from 'playwright-core';
import { getServerSession, refreshRedirect } from '../../src/index.js';
import { eventually } from '../http/support/eventually.js';
import { signIn, signInBrowser, signUp, type Person } from '../http/support/people.js';
import { startExpress, type Host } from '../library/support/hosts.js';
import { createTestAuthServer, type TestAuthServer } from '../support/auth-server.js';
import { describeInBrowserWithHistory } from '../support/browser.js';
import { createClient } from '../support/client.js';
import { bundleClient, startClient, waitForEvent } from './support/site.js';
import { ManualClock } from '../support/clock.js';

describeInBrowserWithHistory('a page rendered on the server', (browser) => {
  const clock = new ManualClock();
  let latchkey: TestAuthServer;
  let host: Host;
  let admin: Person;
  let ann: Person;
  let context: BrowserContext;
  let page: Page;
  /** What the browser asked for, by path. */
  let requests: string[];
  /** Of all tabs. */
  let sentRefreshes: number;
  /** As a proxy that takes them away would; also what comes of `Secure` where the page is not. */
  let dropsCookies: boolean;
  const asked = { client: (options = {}) => createClient(host.origin, options) };

  beforeAll(async () => {
    latchkey = await createTestAuthServer({}, { clock });
    const client = (await bundleClient()).replaceAll('</script', '<\\/script');
    host = await startExpress((app) => {
      app.use((_request, response, next) => {
        if (dropsCookies) dropSetCookie(response);
        next();
      });
      app.use(latchkey.server.handler);
      app.get('/client', (_request, response) => void response.send(`<script>${client}</script>`));
      app.get(['/', '/page'], async (request, response) => {
        const target = await refreshRedirect(request);
        const viewer = await getServerSession(request);
        if (target !== null) response.redirect(303, target);
        else response.type('html').send(`<h1>${viewer?.userId ?? 'nobody'}</h1>`);
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
    page = await context.newPage();
    requests = [];
    sentRefreshes = 0;
    context.on('request', (request) => {
      if (request.postData()?.includes('refreshSession') === true) sentRefreshes += 1;
    });
    dropsCookies = false;
    page.on('request', (request) => requests.push(describeRequest(request)));
    const { cookies } = await signInBrowser(asked, ann);
    await context.addCookies([...cookies].map(([name, value]) => ({ name, value, url: host.origin, httpOnly: true })));
  });
  afterEach(() => context.close());

  const expire = (): void => clock.advance(700_000);
  const heading = (text: string): Promise<void> => page.getByRole('heading', { name: text, exact: true }).waitFor();
  const cookieNames = async (): Promise<string[]> => (await context.cookies()).map(({ name }) => name);
  const mutations = (): string[] => requests.filter((request) => request.startsWith('POST'));

  /** A tab of the same site, with a client. */
  async function openClient(): Promise<Page> {
    const tab = await context.newPage();
    await tab.goto(`${host.origin}/client`);
    await startClient(tab);
    return tab;
  }

  /** What the client of a tab knows without a request, as JSON has it. */
  const signedOutAt = async (tab: Page): Promise<unknown> =>
    JSON.parse(await tab.evaluate(() => JSON.stringify(window.client.signedOut())));

  test('is refreshed by one mutation, and shown where it was asked for', async () => {
    expire();
    await page.goto(`${host.origin}/page?a=1&b=//x#end`);
    await heading(ann.id);
    expect(page.url()).toBe(`${host.origin}/page?a=1&b=//x#end`);
    expect(requests).toEqual(['GET /page', 'GET /refresh', 'POST /graphql refreshSession', 'GET /page']);
    expect(await page.evaluate('document.cookie')).toMatch(/^latchkey-refreshed=\d+\.localhost%3A\d+$/);
  });

  test('leaves the refresh page out of the history', async () => {
    await page.goto(`${host.origin}/page?first`);
    expire();
    await page.goto(`${host.origin}/page?second`);
    await page.waitForURL(/second/);
    await heading(ann.id);
    await page.evaluate('history.back()');
    await page.waitForURL(`${host.origin}/page?first`, { waitUntil: 'commit' });
  });

  test('is refreshed again once the mark is gone', async () => {
    expire();
    await page.goto(`${host.origin}/page`);
    await heading(ann.id);
    await context.clearCookies({ name: 'latchkey-refreshed' });
    expire();
    await page.goto(`${host.origin}/page`);
    await heading(ann.id);
    expect(mutations()).toEqual(['POST /graphql refreshSession', 'POST /graphql refreshSession']);
  });

  test('is shown to nobody, with the cookies cleared, where the session is over', async () => {
    await asked
      .client()
      .ask('mutation { revokeOtherSessions { revokedSessionIds } }', { token: (await signIn(asked, ann)).token });
    await page.goto(`${host.origin}/page`);
    await heading('nobody');
    expect(mutations()).toEqual(['POST /graphql refreshSession', 'POST /graphql signOut']);
    expect(await cookieNames()).not.toContain('latchkey-refresh');
    await page.goto(`${host.origin}/page`);
    expect(requests.slice(-1)).toEqual(['GET /page']);
  });

  test('tells of a ban first, with its reason and end, and then goes on as for nobody', async () => {
    const input = { userId: ann.id, reason: 'internal', publicReason: 'Spam <b>', until: '2099-01-01T12:00:00Z' };
    const query = 'mutation ($input: BanUserInput!) { banUser(input: $input) { user { id } } }';
    const { token } = await signIn(asked, admin);
    (await asked.client().ask(query, { token, variables: { input } })).text('banUser.user.id');
    await page.goto(`${host.origin}/page`);
    await heading('This account is banned');
    expect(await page.getByRole('status').textContent()).toMatch(/^Spam <b> It ends on .*2099/);
    await page.getByRole('link').click();
    await heading('nobody');
    expect(mutations()).toEqual(['POST /graphql refreshSession', 'POST /graphql signOut']);
    expect(await signedOutAt(await openClient())).toEqual({
      ...{ reason: 'banned', publicReason: 'Spam <b>', until: '2099-01-01T12:00:00.000Z' },
    });
  });

  test('tells of a theft first', async () => {
    const stolen = await context.cookies();
    expire();
    await page.goto(`${host.origin}/page`);
    await heading(ann.id);
    await context.clearCookies({ name: 'latchkey-refreshed' });
    expire();
    await page.goto(`${host.origin}/page`);
    await heading(ann.id);
    await context.clearCookies();
    await context.addCookies(stolen);
    await page.goto(`${host.origin}/page`);
    await heading('You were signed out');
    expect(await signedOutAt(await openClient())).toEqual({ reason: 'theft', publicReason: null, until: null });
  });

  test('keeps the session and offers another try where the server fails', async () => {
    expire();
    const failing = (status: number) => context.route('**/graphql', (route) => route.fulfill({ status, body: 'down' }));
    await failing(500);
    await page.goto(`${host.origin}/page`);
    await heading('Not reached');
    expect(await cookieNames()).toContain('latchkey-refresh');
    await context.unroute('**/graphql');
    const gate = createOpening();
    await context.route('**/graphql', async (route) => {
      await gate.opened;
      await route.continue();
    });
    await page.getByRole('button', { name: 'Try again' }).click();
    await heading('One moment …');
    expect(await page.getByRole('status').textContent()).toBe('');
    expect(await page.getByRole('link').isHidden()).toBe(true);
    gate.open();
    await heading(ann.id);
  });

  test('goes on with a pair that came, though something else of the answer failed', async () => {
    expire();
    await context.addInitScript(() => {
      const read = Response.prototype.json as () => Promise<object>;
      Response.prototype.json = async function () {
        return { ...(await read.call(this)), errors: [{ message: '', extensions: { code: 'OTHER' } }] };
      };
    });
    await page.goto(`${host.origin}/page`);
    await heading(ann.id);
    expect(sentRefreshes).toBe(1);
  });

  test('goes on without a lock where none may be had', async () => {
    expire();
    await context.addInitScript(() => {
      LockManager.prototype.request = () => Promise.reject(new DOMException('denied', 'SecurityError'));
    });
    await page.goto(`${host.origin}/page`);
    await heading(ann.id);
    expect(sentRefreshes).toBe(1);
  });

  test('can be gone on to as for nobody where the server fails, and does not lead back', async () => {
    expire();
    await context.route('**/graphql', (route) => route.abort());
    await page.goto(`${host.origin}/page`);
    await heading('Not reached');
    await page.getByRole('link').click();
    await heading('nobody');
    expect(await cookieNames()).toContain('latchkey-refresh');
  });

  test('is never asked for again and again, where the answer’s cookies are not kept', async () => {
    expire();
    dropsCookies = true;
    await page.goto(`${host.origin}/page`);
    await heading('nobody');
    expect(mutations()).toEqual(['POST /graphql refreshSession']);
    expect(requests.slice(-2)).toEqual(['POST /graphql refreshSession', 'GET /page']);
  });

  test('rotates nothing, and says so, where scripts can keep no cookie', async () => {
    expire();
    await context.addInitScript(
      'Object.defineProperty(Document.prototype, "cookie", { get: () => "", set: () => undefined })',
    );
    await page.goto(`${host.origin}/page`);
    await heading('No cookies');
    expect(mutations()).toEqual([]);
  });

  test('waits for a tab whose client refreshes', async () => {
    const other = await openClient();
    const gate = createOpening();
    await other.route('**/graphql', async (route) => {
      await gate.opened;
      await route.continue();
    });
    const refreshed = other.evaluate(async () => (await window.client.refresh())?.userId);
    await eventually(() => other.evaluate(async () => ((await navigator.locks.query()).held ?? []).length > 0));
    expire();
    await page.goto(`${host.origin}/page`);
    await eventually(() => page.evaluate(async () => ((await navigator.locks.query()).pending ?? []).length > 0));
    expect(mutations()).toEqual([]);
    gate.open();
    await heading(ann.id);
    expect(await refreshed).toBe(ann.id);
    // What the tab got is good.
    expect(mutations()).toEqual([]);
  });

  test('tells tabs whose client believes that somebody is signed in what became of them', async () => {
    const other = await openClient();
    await other.evaluate(() => window.client.refresh());
    expire();
    await page.goto(`${host.origin}/page`);
    await heading(ann.id);
    await waitForEvent(other, 'refreshed');
    expect(await other.evaluate(() => window.client.refresh().then((session) => session?.userId))).toBe(ann.id);
    expect(sentRefreshes).toBe(2);

    await context.clearCookies({ name: 'latchkey-refreshed' });
    await asked
      .client()
      .ask('mutation { revokeOtherSessions { revokedSessionIds } }', { token: (await signIn(asked, ann)).token });
    await page.goto(`${host.origin}/page`);
    await heading('nobody');
    expect(await waitForEvent(other, 'signed-out')).toMatchObject({ reason: 'expired' });
    // Also one that is opened later, without a request.
    const later = await openClient();
    const signedOut = await later.evaluate(async () => (await window.client.ready(), window.client.signedOut()));
    expect(signedOut).toEqual({ reason: 'expired', publicReason: null, until: null });
    expect(sentRefreshes).toBe(3);
  });

  /** Opens the page in ten tabs at once, each of which comes to show who is signed in. */
  const openTenTabs = async (): Promise<void> => {
    expire();
    const tabs = await Promise.all(Array.from({ length: 10 }, () => context.newPage()));
    await Promise.all(tabs.map((tab) => tab.goto(`${host.origin}/page`)));
    await Promise.all(tabs.map((tab) => tab.getByRole('heading', { name: ann.id }).waitFor()));
  };

  test('goes on in ten tabs at once by one refresh', async () => {
    await openTenTabs();
    expect(sentRefreshes).toBe(1);
  });

  test('goes on by one refresh also where what a tab writes to its storage does not come to the others', async () => {
    await context.addInitScript('Storage.prototype.getItem = () => null');
    await openTenTabs();
    expect(sentRefreshes).toBe(1);
  });

  test('is refreshed whatever another server of the site, or an earlier page, says of a refresh', async () => {
    expire();
    await context.addInitScript('document.cookie = `latchkey-refreshed=${Date.now()}.example.com; Path=/`');
    await page.goto(`${host.origin}/refresh?returnTo=/page`);
    await heading(ann.id);
    expect(sentRefreshes).toBe(1);
    expire();
    await page.goto(`${host.origin}/refresh?returnTo=/page`);
    await heading(ann.id);
    expect(sentRefreshes).toBe(2);
  });

  test('without Web Locks, goes on in ten tabs at once by few refreshes, which the grace bears', async () => {
    await context.addInitScript('Object.defineProperty(navigator, "locks", { value: undefined })');
    await openTenTabs();
    // A busy browser may tell a tab of another one's lease, or of what came of it, a moment too late.
    expect(sentRefreshes).toBeLessThan(5);
  });

  test('without Web Locks, waits for a tab that has the lease, and gives it back', async () => {
    await context.addInitScript('Object.defineProperty(navigator, "locks", { value: undefined })');
    const other = await openClient();
    const key = `latchkey:${host.origin}/graphql:lease`;
    await other.evaluate((name) => localStorage.setItem(name, `other ${Date.now()} ${Date.now() + 50_000}`), key);
    expire();
    await page.clock.install();
    await page.goto(`${host.origin}/refresh?returnTo=/page`);
    // Longer than it looks at the lease.
    await page.clock.runFor(500);
    expect(sentRefreshes).toBe(0);
    await other.evaluate((name) => localStorage.removeItem(name), key);
    await heading(ann.id);
    expect(sentRefreshes).toBe(1);
    expect(await other.evaluate((name) => localStorage.getItem(name), key)).toBeNull();
  });

  test('waits for a server that does not answer for 20 seconds at most', async () => {
    await page.route('**/graphql', () => undefined);
    await page.clock.install();
    await page.goto(`${host.origin}/refresh?returnTo=/page`);
    await page.getByRole('heading', { name: 'One moment' }).waitFor();
    await page.waitForFunction(() => document.cookie.includes('latchkey-refreshed'));
    await page.clock.runFor(10_000);
    expect(await page.getByRole('button').isHidden()).toBe(true);
    await page.clock.runFor(11_000);
    await heading('Not reached');
    await page.unroute('**/graphql');
    await page.getByRole('button', { name: 'Try again' }).click();
    await heading(ann.id);
  });

  test('takes the lock from a tab that has had it for a minute', async () => {
    const other = await openClient();
    const name = `latchkey:${host.origin}/graphql`;
    await other.evaluate((lock) => void navigator.locks.request(lock, () => new Promise(() => undefined)), name);
    await eventually(() => other.evaluate(async () => (await navigator.locks.query()).held?.length === 1));
    await page.clock.install();
    await page.goto(`${host.origin}/refresh?returnTo=/page`);
    await eventually(() => page.evaluate(async () => (await navigator.locks.query()).pending?.length === 1));
    await page.clock.runFor(50_000);
    expect(sentRefreshes).toBe(0);
    await page.clock.runFor(11_000);
    await heading(ann.id);
    expect(sentRefreshes).toBe(1);
  });
});

function createOpening(): { readonly opened: Promise<void>; open(): void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
}

function dropSetCookie(response: ServerResponse): void {
  const write = response.writeHead.bind(response);
  response.writeHead = ((status: number, headers: OutgoingHttpHeaders = {}) => {
    delete headers['set-cookie'];
    return write(status, headers);
  }) as typeof write;
}

/** `GET /page`, `POST /graphql signOut`. */
function describeRequest(request: Request): string {
  const { pathname } = new URL(request.url());
  const field = /\{ (?<field>\w+)/.exec(request.postData() ?? '')?.groups?.['field'];
  return [request.method(), pathname, field].filter((part) => part !== undefined).join(' ');
}
