import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { createGate } from '../support/http-proxy.js';
import { describeInBrowser } from '../support/browser.js';
import { ManualClock } from '../support/clock.js';
import { mongoUri } from '../support/mongo.js';
import { eventually } from '../http/support/eventually.js';
import {
  askAt,
  askManyAt,
  createSites,
  eventsAt,
  hide,
  openTab,
  show,
  signInAt,
  userAt,
  waitForEvent,
  WHO,
  type PageAnswer,
} from './support/site.js';

/** Longer than an access token lives, tolerance included. */
const TOKEN_LIFE_MS = 606_000;

const HOUR_MS = 3_600_000;

const isAbout = (id: string) => (answer: PageAnswer) => (answer.body?.data?.['viewer'] as { id?: string }).id === id;

/** As the server judges it: past the client. */
const isExpiredAt = (page: Page): Promise<boolean> =>
  page.evaluate(async (query) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query }) });
    return (await response.text()).includes('TOKEN_EXPIRED');
  }, WHO);

describeInBrowser('refreshing', (browser) => {
  const sites = createSites(browser);

  test.each(mongoUri() === undefined ? (['SQLite'] as const) : (['SQLite', 'MongoDB'] as const))(
    '100 calls at once on an expired token, in each of 5 tabs, cost one refresh, and all succeed (%s)',
    async (backendName) => {
      // A MongoDB has a clock of its own: there, tokens live for some seconds.
      const clock = backendName === 'SQLite' ? new ManualClock() : undefined;
      const environment = { ACCESS_TOKEN_TTL_SECONDS: '30' };
      const site = await sites.site({ backendName, ...(clock ? { clock } : { environment }) });
      const context = await sites.context();
      const tabs = [await openTab(context, site)];
      while (tabs.length < 5) tabs.push(await openTab(context, site));
      // So that none refreshes ahead of the calls.
      if (!clock) for (const tab of tabs) await hide(tab);
      const person = await site.person();
      await signInAt(tabs[0]!, person);
      if (clock) clock.advance(TOKEN_LIFE_MS);
      else await eventually(() => isExpiredAt(tabs[0]!));

      const answers = await Promise.all(tabs.map((tab) => askManyAt(tab, WHO, 100)));
      expect(answers.flat()).toHaveLength(500);
      expect(answers.flat().filter((answer) => !isAbout(person.id)(answer))).toEqual([]);
      expect(site.proxy.count('RefreshSession')).toBe(1);
      for (const tab of tabs) expect(await eventsAt(tab)).toEqual(expect.arrayContaining(['signed-in', 'refreshed']));
    },
  );

  test('two tabs that refresh in the same instant, 200 times, sign nobody out', async () => {
    const { site, clock } = await sites.shared();
    const context = await sites.context();
    const tabs = [await openTab(context, site), await openTab(context, site)];
    const person = await site.person();
    await signInAt(tabs[0]!, person);
    for (let round = 1; round <= 200; round += 1) {
      clock.advance(TOKEN_LIFE_MS);
      const answers = await Promise.all(tabs.map((tab) => askAt(tab, WHO)));
      expect(answers.every(isAbout(person.id))).toBe(true);
      expect(site.proxy.count('RefreshSession')).toBe(round);
    }
    for (const tab of tabs) expect((await eventsAt(tab)).filter((event) => event.startsWith('signed-out'))).toEqual([]);
  });

  test('an answer that says TOKEN_EXPIRED after a refresh was made is retried by the token of that refresh', async () => {
    const { site, clock } = await sites.shared();
    const tab = await openTab(await sites.context(), site);
    const person = await site.person();
    await signInAt(tab, person);
    clock.advance(TOKEN_LIFE_MS);
    const late = createGate();
    site.proxy.rule('Late', late.rule);
    const held = askAt(tab, 'query Late { viewer { id } }');
    await eventually(() => late.waiting() === 1);
    expect(isAbout(person.id)(await askAt(tab, WHO))).toBe(true);
    late.open();
    expect(isAbout(person.id)(await held)).toBe(true);
    expect(site.proxy.count('RefreshSession')).toBe(1);
    expect(site.proxy.count('Late')).toBe(2);
  });

  test('a token is refreshed ahead of its end while the page is visible, and not while it is hidden', async () => {
    const site = await sites.site({ environment: { ACCESS_TOKEN_TTL_SECONDS: '3' } });
    const other = await sites.site({ environment: { ACCESS_TOKEN_TTL_SECONDS: '3' } });
    const hidden = await openTab(await sites.context(), site);
    const visible = await openTab(await sites.context(), other);
    await hide(hidden);
    await signInAt(hidden, await site.person());
    await signInAt(visible, await other.person());
    // As many as make sure that more than one token's life has passed.
    await eventually(() => other.proxy.count('RefreshSession') >= 3);
    expect(other.proxy.count('/graphql')).toBe(0);
    expect(site.proxy.count('RefreshSession')).toBe(0);
    await show(hidden);
    await waitForEvent(hidden, 'refreshed');
    expect(await eventsAt(visible)).toEqual(expect.not.arrayContaining(['signed-out expired']));
  });

  test.each([
    ['an hour ahead of', HOUR_MS],
    ['an hour behind', -HOUR_MS],
  ])(
    'a browser whose clock is %s the server’s refreshes when the token expires, and no sooner',
    async (_name, offsetMs) => {
      const { site, clock } = await sites.shared();
      const context = await sites.context();
      await context.addInitScript((ms) => {
        window.Date = new Proxy(Date, {
          construct: (real, given) =>
            given.length === 0 ? new real(real.now() + ms) : (Reflect.construct(real, given) as Date),
          get: (real, name) => (name === 'now' ? () => real.now() + ms : (Reflect.get(real, name) as unknown)),
        });
      }, offsetMs);
      const tab = await openTab(context, site);
      expect(Math.abs((await tab.evaluate(() => Date.now())) - Date.now() - offsetMs)).toBeLessThan(HOUR_MS / 2);
      const person = await site.person();
      await signInAt(tab, person);
      for (let index = 0; index < 10; index += 1) await askAt(tab, WHO);
      expect(site.proxy.count('RefreshSession')).toBe(0);
      clock.advance(TOKEN_LIFE_MS);
      expect(isAbout(person.id)(await askAt(tab, WHO))).toBe(true);
      expect(site.proxy.count('RefreshSession')).toBe(1);
    },
  );

  test('a wall clock that jumps ahead costs one refresh, and one that jumps back none', async () => {
    const { site, clock } = await sites.shared();
    const tab = await openTab(await sites.context(), site);
    const person = await site.person();
    await signInAt(tab, person);
    const jump = (byMs: number): Promise<void> =>
      tab.evaluate((ms) => {
        const now = Date.now.bind(Date);
        Date.now = () => now() + ms;
      }, byMs);
    await jump(HOUR_MS);
    for (let index = 0; index < 5; index += 1) expect(isAbout(person.id)(await askAt(tab, WHO))).toBe(true);
    expect(site.proxy.count('RefreshSession')).toBe(1);
    await jump(-2 * HOUR_MS);
    for (let index = 0; index < 5; index += 1) expect(isAbout(person.id)(await askAt(tab, WHO))).toBe(true);
    expect(site.proxy.count('RefreshSession')).toBe(1);
    clock.advance(TOKEN_LIFE_MS);
    expect(isAbout(person.id)(await askAt(tab, WHO))).toBe(true);
    expect(site.proxy.count('RefreshSession')).toBe(2);
  });

  test('TOKEN_EXPIRED in a body of HTTP 200 counts as well', async () => {
    const { site, clock } = await sites.shared();
    const tab = await openTab(await sites.context(), site);
    const person = await site.person();
    await signInAt(tab, person);
    clock.advance(TOKEN_LIFE_MS);
    site.proxy.rule('Who', async (exchange) => exchange.answer({ ...(await exchange.forward()), status: 200 }));
    expect(isAbout(person.id)(await askAt(tab, WHO))).toBe(true);
    expect(site.proxy.count('Who')).toBe(2);
  });

  test.each([
    ['a mutation is sent once more where the answer had no data', 'mutation Act { signOut { signedOut } }', {}, 2],
    [
      'a mutation is not sent again where the answer had data',
      'mutation Act { signOut { signedOut } }',
      { data: null },
      1,
    ],
    ['nor is one behind a line break', '\nmutation Act { signOut { signedOut } }', { data: { a: 1 } }, 1],
    ['a query is sent once more where the answer had data', 'query Act { viewer { id } }', { data: { a: 1 } }, 2],
  ])('%s', async (_name, document, data, times) => {
    const { site } = await sites.shared();
    const tab = await openTab(await sites.context(), site);
    await signInAt(tab, await site.person());
    const text = JSON.stringify({ errors: [{ message: '', extensions: { code: 'TOKEN_EXPIRED' } }], ...data });
    site.proxy.rule('Act', (exchange) =>
      exchange.answer({ status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(text) }),
    );
    const answer = await askAt(tab, document);
    expect(site.proxy.count('Act')).toBe(times);
    expect(site.proxy.count('RefreshSession')).toBe(1);
    expect(answer.body?.errors?.[0]?.extensions['code']).toBe(times === 1 ? 'TOKEN_EXPIRED' : undefined);
  });

  test('an endless TOKEN_EXPIRED ends after one refresh with TOKEN_REFUSED, still signed in', async () => {
    const { site } = await sites.shared();
    const tab = await openTab(await sites.context(), site);
    const person = await site.person();
    await signInAt(tab, person);
    const text = JSON.stringify({ errors: [{ message: '', extensions: { code: 'TOKEN_EXPIRED' } }] });
    site.proxy.rule(
      'Who',
      (exchange) =>
        exchange.answer({ status: 401, headers: { 'content-type': 'application/json' }, body: Buffer.from(text) }),
      100,
    );
    expect(await askAt(tab, WHO)).toEqual({ code: 'TOKEN_REFUSED' });
    expect(site.proxy.count('Who')).toBe(2);
    expect(site.proxy.count('RefreshSession')).toBe(1);
    expect(await userAt(tab)).toBe(person.id);
  });

  test('UNAUTHENTICATED for who is signed in costs one refresh, which brings a lost access cookie back', async () => {
    const { site } = await sites.shared();
    const context = await sites.context();
    const tab = await openTab(context, site);
    const person = await site.person();
    await signInAt(tab, person);
    await context.clearCookies({ name: 'latchkey-access' });
    expect(isAbout(person.id)(await askAt(tab, WHO))).toBe(true);
    expect(site.proxy.count('RefreshSession')).toBe(1);
  });

  test('UNAUTHENTICATED that no refresh cures is the application’s own: it is answered, and costs no refresh again', async () => {
    const { site } = await sites.shared();
    const tab = await openTab(await sites.context(), site);
    await signInAt(tab, await site.person());
    const text = JSON.stringify({
      data: { a: null },
      errors: [{ message: '', extensions: { code: 'UNAUTHENTICATED' } }],
    });
    site.proxy.rule(
      'Who',
      (exchange) =>
        exchange.answer({ status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(text) }),
      100,
    );
    for (let index = 0; index < 5; index += 1) {
      expect((await askAt(tab, WHO)).body?.errors?.[0]?.extensions['code']).toBe('UNAUTHENTICATED');
    }
    expect(site.proxy.count('RefreshSession')).toBe(1);
  });
});
