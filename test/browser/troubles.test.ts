import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { eventually } from '../http/support/eventually.js';
import { SIGN_IN, type Person } from '../http/support/people.js';
import { describeInBrowser } from '../support/browser.js';
import type { ManualClock } from '../support/clock.js';
import { answerWith, createGate, dropAnswer } from '../support/http-proxy.js';
import {
  askAt,
  askManyAt,
  createSites,
  eventsAt,
  openTab,
  signInAt,
  startClient,
  userAt,
  waitForEvent,
  waitForUser,
  WHO,
  type Site,
} from './support/site.js';

const TOKEN_LIFE_MS = 606_000;
const MINUTE_MS = 60_000;

const codeOf = (page: Page, { email, password }: Pick<Person, 'email' | 'password'>): Promise<string | null> =>
  page.evaluate(
    async (given) =>
      window.client.signIn(given).then(
        () => null,
        (error: unknown) => (error as { code: string }).code,
      ),
    { email, password },
  );

/** Asks until the client has waited long enough after its failures. */
const askUntilAnswered = async (page: Page): Promise<string> => {
  let id: string | undefined;
  await eventually(async () => {
    id = ((await askAt(page, WHO)).body?.data?.['viewer'] as { id: string } | undefined)?.id;
    return id !== undefined;
  });
  return id!;
};

describeInBrowser('troubles of the network', (browser) => {
  const sites = createSites(browser);

  async function openExpired(): Promise<{ site: Site; tab: Page; userId: string; clock: ManualClock }> {
    const { site, clock } = await sites.shared();
    const tab = await openTab(await sites.context(), site);
    const userId = await signInAt(tab, await site.person());
    clock.advance(TOKEN_LIFE_MS);
    return { site, tab, userId, clock };
  }

  test('a refresh whose answer is dropped is sent once more, and all calls succeed', async () => {
    const { site, tab, userId } = await openExpired();
    site.proxy.rule('RefreshSession', dropAnswer);
    const answers = await askManyAt(tab, WHO, 20);
    expect(answers.map(({ body }) => body?.data?.['viewer'])).toEqual(Array(20).fill({ id: userId }));
    expect(site.proxy.count('RefreshSession')).toBe(2);
  });

  test('refreshes whose answers are dropped again and again, longer than grace, sign nobody out', async () => {
    const { site, tab, userId, clock } = await openExpired();
    site.proxy.rule('RefreshSession', dropAnswer, 4);
    const answers = await askManyAt(tab, WHO, 20);
    expect(answers.map(({ code }) => code)).toEqual(Array(20).fill('NETWORK_ERROR'));
    expect(site.proxy.count('RefreshSession')).toBe(2);
    expect(await userAt(tab)).toBe(userId);
    clock.advance(MINUTE_MS);
    expect(await askUntilAnswered(tab)).toBe(userId);
    expect(await eventsAt(tab)).toEqual(['signed-in', 'refreshed']);
  });

  test.each([
    ['500 with no JSON', answerWith(500), 'NETWORK_ERROR'],
    [
      '503 by the server',
      answerWith(503, '{"errors":[{"message":"","extensions":{"code":"SERVICE_UNAVAILABLE"}}]}', 'application/json'),
      'SERVICE_UNAVAILABLE',
    ],
    ['a page of somebody else’s with HTTP 200', answerWith(200, '<p>Accept our terms', 'text/html'), 'NETWORK_ERROR'],
  ])(
    'a refresh that is answered with %s keeps the session, and is not tried again at once',
    async (_name, rule, code) => {
      const { site, tab, userId } = await openExpired();
      site.proxy.rule('RefreshSession', rule, 1000);
      for (let index = 0; index < 20; index += 1) expect(await askAt(tab, WHO)).toEqual({ code });
      // 20 calls in less than some seconds: one refresh and, where nothing was answered, its repetition; perhaps one more.
      expect(site.proxy.count('RefreshSession')).toBeLessThanOrEqual(6);
      expect(await userAt(tab)).toBe(userId);
      site.proxy.clear();
      expect(await askUntilAnswered(tab)).toBe(userId);
      expect(await eventsAt(tab)).toEqual(['signed-in', 'refreshed']);
    },
  );

  test('offline for minutes, a visible page tries ever more seldom, stays signed in, and refreshes when it is back', async () => {
    const { site } = await sites.shared();
    const context = await sites.context();
    const tab = await context.newPage();
    await tab.clock.install();
    await tab.goto(site.proxy.origin);
    await startClient(tab);
    const userId = await signInAt(tab, await site.person());
    site.proxy.rule('RefreshSession', dropAnswer, 1000);
    for (let minute = 0; minute < 20; minute += 0.25) {
      await tab.clock.runFor(MINUTE_MS / 4);
      await tab.evaluate(() => fetch('/other'));
    }
    // The first is due after 9 minutes or so; then after 1, 2, 4, … 60 seconds, each with its repetition.
    const tries = site.proxy.count('RefreshSession');
    expect(tries).toBeGreaterThan(4);
    expect(tries).toBeLessThan(50);
    expect(await userAt(tab)).toBe(userId);
    site.proxy.clear();
    await tab.evaluate(() => window.dispatchEvent(new Event('online')));
    await waitForEvent(tab, 'refreshed');
    expect(await eventsAt(tab)).toEqual(['signed-in', 'refreshed']);
  });

  test('a browser that is offline keeps the session, and says what fetch says', async () => {
    const { tab, userId } = await openExpired();
    await tab.context().setOffline(true);
    expect(await askAt(tab, WHO)).toEqual({ code: 'TypeError: Failed to fetch' });
    await tab.context().setOffline(false);
    expect(await askUntilAnswered(tab)).toBe(userId);
  });

  test('a sign-in whose answer got lost after its cookies had come is found out, and is one', async () => {
    const { site } = await sites.shared();
    const tab = await openTab(await sites.context(), site);
    const person = await site.person();
    site.proxy.rule('SignIn', async (exchange) => {
      const { headers, body } = await exchange.forward();
      // The headers arrive; the body is cut off.
      exchange.begin({ status: 200, headers: { ...headers, 'content-length': String(body.length) } });
      await eventually(async () => (await tab.context().cookies()).length > 0);
      exchange.drop();
    });
    expect(await signInAt(tab, person)).toBe(person.id);
    expect((await askAt(tab, WHO)).body?.data?.['viewer']).toEqual({ id: person.id });
    expect(site.proxy.count('SignIn')).toBe(1);
  });

  test('a sign-in whose answer got lost is none where the cookies are another user’s, who signed in past the client', async () => {
    const { site } = await sites.shared();
    const tab = await openTab(await sites.context(), site);
    const [ann, bob] = [await site.person(), await site.person()];
    await tab.evaluate(
      async ([query, input]) => {
        const body = JSON.stringify({ query, variables: { input } });
        await fetch('/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      },
      [SIGN_IN, { email: bob.email, password: bob.password }] as const,
    );
    site.proxy.rule('SignIn', ({ drop }) => drop());
    expect(await codeOf(tab, ann)).toBe('SESSION_CHANGED');
    expect(await userAt(tab)).toBe(bob.id);
  });

  test('a ban that comes in while a sign-in looks after its cookies is a ban, and not COOKIES_BLOCKED', async () => {
    const { site, clock } = await sites.shared();
    const tab = await openTab(await sites.context(), site);
    const person = await site.person();
    site.proxy.rule('Session', async (exchange) => {
      clock.advance(1_000);
      await site.asAdmin(
        'mutation ($id: ID!) { banUser(input: { userId: $id, reason: "secret", publicReason: "Spam" }) { user { id } } }',
        { id: person.id },
      );
      exchange.answer(await exchange.forward());
    });
    expect(await codeOf(tab, person)).toBeNull();
    await askAt(tab, WHO);
    expect(await waitForEvent(tab, 'signed-out')).toMatchObject({ reason: 'banned', publicReason: 'Spam' });
  });

  test('a sign-in that did not arrive is refused as NETWORK_ERROR, and nobody is signed in', async () => {
    const { site } = await sites.shared();
    const tab = await openTab(await sites.context(), site);
    const person = await site.person();
    site.proxy.rule('SignIn', ({ drop }) => drop());
    expect(await codeOf(tab, person)).toBe('NETWORK_ERROR');
    expect(await userAt(tab)).toBeNull();
    expect(await eventsAt(tab)).toEqual([]);
    expect(await codeOf(tab, { ...person, password: 'not this one' })).toBe('INVALID_CREDENTIALS');
  });

  test('a sign-out that did not arrive is refused as NETWORK_ERROR, and the session is still there', async () => {
    const { site } = await sites.shared();
    const tab = await openTab(await sites.context(), site);
    const userId = await signInAt(tab, await site.person());
    site.proxy.rule('SignOut', ({ drop }) => drop(), 2);
    const refused = await tab.evaluate(() =>
      window.client.signOut().then(
        () => null,
        (error: unknown) => (error as { code: string }).code,
      ),
    );
    expect(refused).toBe('NETWORK_ERROR');
    expect(await userAt(tab)).toBe(userId);
    expect((await askAt(tab, WHO)).body?.data?.['viewer']).toEqual({ id: userId });
  });

  test('a fresh proof of the password whose answer got lost is sent once more', async () => {
    const { site, tab, userId, clock } = await openExpired();
    await askAt(tab, WHO);
    site.proxy.rule('Reauthenticate', dropAnswer);
    const PASSWORD = 'correct horse battery';
    expect(await tab.evaluate(async (given) => (await window.client.reauthenticate(given)).userId, PASSWORD)).toBe(
      userId,
    );
    clock.advance(TOKEN_LIFE_MS);
    expect(await askUntilAnswered(tab)).toBe(userId);
  });

  test('cookies that the browser does not keep end a sign-in with COOKIES_BLOCKED, and no loop', async () => {
    const { site } = await sites.shared();
    const tab = await openTab(await sites.context(), site);
    site.proxy.rule('SignIn', async (exchange) => {
      const answer = await exchange.forward();
      exchange.answer({ ...answer, headers: { ...answer.headers, 'set-cookie': undefined } });
    });
    expect(await codeOf(tab, await site.person())).toBe('COOKIES_BLOCKED');
    expect(await userAt(tab)).toBeNull();
    for (let index = 0; index < 3; index += 1) await askAt(tab, WHO);
    expect(site.proxy.count('RefreshSession')).toBe(0);
    expect(site.proxy.count('Who')).toBe(3);
  });

  test('a page of another site, whose cookies the browser blocks, is told COOKIES_BLOCKED by a real browser', async () => {
    const context = await sites.context();
    const page = await context.newPage();
    const bundle = await sites.site();
    const origin = bundle.proxy.origin.replace('localhost', '127.0.0.1');
    const site = await sites.site({ environment: { ALLOWED_ORIGINS: origin } });
    await page.goto(origin);
    await startClient(page, { url: `${site.proxy.origin}/graphql` });
    expect(await codeOf(page, await site.person())).toBe('COOKIES_BLOCKED');
    expect(await userAt(page)).toBeNull();
    // Header transport is for such a page.
    await page.evaluate(() => window.client.close());
    await startClient(page, { url: `${site.proxy.origin}/graphql`, transport: 'header' });
    const person = await site.person();
    expect(await signInAt(page, person)).toBe(person.id);
  });

  test('a caller that gives up while a refresh is on its way is let go at once; the refresh goes on', async () => {
    const { site, tab } = await openExpired();
    const late = createGate();
    site.proxy.rule('RefreshSession', late.rule);
    const asked = tab.evaluate(async (query) => {
      const stop = new AbortController();
      Object.assign(window, { stop });
      const body = JSON.stringify({ query });
      const headers = { 'content-type': 'application/json' };
      return window.client.fetch('/graphql', { method: 'POST', headers, body, signal: stop.signal }).then(
        () => 'answered',
        (error: unknown) => (error as Error).name,
      );
    }, WHO);
    await eventually(() => late.waiting() === 1);
    await tab.evaluate(() => (window as unknown as { stop: AbortController }).stop.abort());
    expect(await asked).toBe('AbortError');
    late.open();
    await waitForEvent(tab, 'refreshed');
  });

  test('reordered answers: a refresh that another tab’s refresh overtook changes nothing that is newer', async () => {
    const { site, clock } = await sites.shared();
    const context = await sites.context();
    // Without a lock, each refreshes by itself; by the channel they hear of each other.
    await context.addInitScript(() => {
      Object.defineProperty(navigator, 'locks', { value: undefined });
      Object.defineProperty(window, 'localStorage', { get: () => undefined });
    });
    const [first, second] = [await openTab(context, site), await openTab(context, site)];
    const userId = await signInAt(first, await site.person());
    await waitForUser(second, userId);
    clock.advance(TOKEN_LIFE_MS);
    const late = createGate();
    site.proxy.rule('RefreshSession', late.rule);
    const held = askAt(first, WHO);
    await eventually(() => late.waiting() === 1);
    expect((await askAt(second, WHO)).body?.data?.['viewer']).toEqual({ id: userId });
    const newer = await second.evaluate(() => window.client.version());
    late.open();
    expect((await held).body?.data?.['viewer']).toEqual({ id: userId });
    expect(await first.evaluate(() => window.client.version())).toBeGreaterThanOrEqual(newer);
    for (let round = 0; round < 3; round += 1) {
      clock.advance(TOKEN_LIFE_MS);
      for (const tab of [first, second]) expect((await askAt(tab, WHO)).body?.data?.['viewer']).toEqual({ id: userId });
    }
    for (const tab of [first, second]) expect(await eventsAt(tab)).not.toContain('signed-out expired');
  });
});
