import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { eventually } from '../http/support/eventually.js';
import { describeInBrowser } from '../support/browser.js';
import { answerWith, createGate } from '../support/http-proxy.js';
import {
  askAt,
  createSites,
  eventsAt,
  openTab,
  signInAt,
  startClient,
  userAt,
  waitForEvent,
  waitForUser,
  WHO,
} from './support/site.js';

const TOKEN_LIFE_MS = 606_000;

/** What is missing, or forbidden, in a browser: run before anything else of a page. */
const LACKS = {
  'Web Locks': () => Object.defineProperty(navigator, 'locks', { value: undefined }),
  BroadcastChannel: () => Object.defineProperty(window, 'BroadcastChannel', { value: undefined }),
  'a storage that may be read': () =>
    Object.defineProperty(window, 'localStorage', {
      get: () => {
        throw new DOMException('denied', 'SecurityError');
      },
    }),
  'room in storage': () => {
    Storage.prototype.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
  },
};

describeInBrowser('surroundings', (browser) => {
  const sites = createSites(browser);

  test.each(Object.keys(LACKS) as (keyof typeof LACKS)[])(
    'without %s, tabs share sign-in, refreshes and sign-out all the same',
    async (lack) => {
      const { site, clock } = await sites.shared();
      const context = await sites.context();
      await context.addInitScript(LACKS[lack]);
      const tabs = [await openTab(context, site), await openTab(context, site)];
      const userId = await signInAt(tabs[0]!, await site.person());
      await waitForUser(tabs[1]!, userId);
      for (let round = 1; round <= 5; round += 1) {
        clock.advance(TOKEN_LIFE_MS);
        // Both are refused before either hears of a refresh, and none has taken the lock before the other asks for it.
        const [refusals, refresh] = [tabs.map(createGate), createGate()];
        for (const { rule } of refusals) site.proxy.rule('Who', rule);
        site.proxy.rule('RefreshSession', refresh.rule);
        const asked = tabs.map((tab) => askAt(tab, WHO));
        await eventually(() => refusals.every(({ waiting }) => waiting() === 1));
        refusals[0]!.open();
        await eventually(() => refresh.waiting() === 1);
        refusals[1]!.open();
        refresh.open();
        const answers = await Promise.all(asked);
        expect(answers.map(({ body }) => body?.data?.['viewer'])).toEqual([{ id: userId }, { id: userId }]);
        expect(site.proxy.count('RefreshSession')).toBe(round);
      }
      await tabs[1]!.evaluate(() => window.client.signOut());
      for (const tab of tabs) expect(await waitForEvent(tab, 'signed-out')).toMatchObject({ reason: 'user' });
    },
  );

  test('without any of them, each tab is alone, and no refresh signs anyone out', async () => {
    const { site, clock } = await sites.shared();
    const context = await sites.context();
    for (const lack of Object.values(LACKS)) await context.addInitScript(lack);
    const tabs = [await openTab(context, site), await openTab(context, site)];
    const userId = await signInAt(tabs[0]!, await site.person());
    // The second finds out by asking.
    expect(await tabs[1]!.evaluate(() => window.client.ready().then(() => window.client.session()?.userId))).toBe(
      userId,
    );
    for (let round = 1; round <= 5; round += 1) {
      clock.advance(TOKEN_LIFE_MS);
      const answers = await Promise.all(tabs.map((tab) => askAt(tab, WHO)));
      expect(answers.map(({ body }) => body?.data?.['viewer'])).toEqual([{ id: userId }, { id: userId }]);
    }
  });

  test('news that a browser passes on later than the lock is waited for: one refresh, and no sign-out of a newer sign-in', async () => {
    const { site, clock } = await sites.shared();
    const context = await sites.context();
    const first = await openTab(context, site);
    const second = await context.newPage();
    await second.addInitScript(() => {
      const DELAY_MS = 400;
      const read = Storage.prototype.getItem;
      const history: { readonly atMs: number; readonly text: string | null }[] = [];
      Storage.prototype.getItem = function (key) {
        history.push({ atMs: performance.now(), text: read.call(this, key) });
        return history.findLast(({ atMs }) => atMs < performance.now() - DELAY_MS)?.text ?? history[0]!.text;
      };
      const Real = window.BroadcastChannel;
      window.BroadcastChannel = class extends Real {
        override set onmessage(hear: (event: MessageEvent) => void) {
          super.onmessage = (event) => void setTimeout(hear, DELAY_MS, event);
        }
      };
    });
    await second.goto(site.proxy.origin);
    await startClient(second);
    const [ann, bob] = [await site.person(), await site.person()];
    await signInAt(first, ann);
    await waitForUser(second, ann.id);
    // What was heard just before a lock was asked for is taken for the news of its holder.
    const quiet = (): Promise<void> => second.evaluate(() => new Promise((resolve) => setTimeout(resolve, 200)));
    const isWaiting = (): Promise<boolean> =>
      second.evaluate(async () => (await navigator.locks.query()).pending?.length === 1);
    await quiet();
    clock.advance(TOKEN_LIFE_MS);
    const refreshing = createGate();
    site.proxy.rule('RefreshSession', refreshing.rule);
    const answers = [askAt(first, WHO)];
    await eventually(() => refreshing.waiting() === 1);
    answers.push(askAt(second, WHO));
    await eventually(async () => refreshing.waiting() === 1 && (await isWaiting()));
    refreshing.open();
    expect((await Promise.all(answers)).map(({ body }) => body?.data?.['viewer'])).toEqual(
      Array(2).fill({ id: ann.id }),
    );
    expect(site.proxy.count('RefreshSession')).toBe(1);

    await quiet();
    const signingIn = createGate();
    site.proxy.rule('SignIn', signingIn.rule);
    const signedIn = signInAt(first, bob);
    await eventually(() => signingIn.waiting() === 1);
    const signedOut = second.evaluate(() => window.client.signOut());
    const refused = expect(signedOut).rejects.toThrow('The user has changed.');
    await eventually(isWaiting);
    signingIn.open();
    expect(await signedIn).toBe(bob.id);
    await refused;
    expect(site.proxy.count('SignOut')).toBe(0);
    expect((await askAt(first, WHO)).body?.data?.['viewer']).toEqual({ id: bob.id });
  });

  test('storage that the application clears ends no session, and a page that is loaded then asks the server once', async () => {
    const { site } = await sites.shared();
    const context = await sites.context();
    const [first, second] = [await openTab(context, site), await openTab(context, site)];
    const person = await site.person();
    await signInAt(first, person);
    await waitForUser(second, person.id);
    await first.evaluate(() => localStorage.clear());
    for (const tab of [first, second]) expect(await userAt(tab)).toBe(person.id);
    await second.reload();
    await startClient(second);
    expect(await userAt(second)).toBeNull();
    await second.evaluate(() => Promise.all([window.client.ready(), window.client.ready()]));
    expect(await userAt(second)).toBe(person.id);
    expect(site.proxy.count('RefreshSession')).toBe(1);
    // What the new page wrote is newer than what the old one knows.
    await second.evaluate(() => window.client.signOut());
    expect(await waitForEvent(first, 'signed-out')).toMatchObject({ reason: 'user' });
    await first.reload();
    await startClient(first);
    await first.evaluate(() => window.client.ready());
    expect(site.proxy.count('RefreshSession')).toBe(1);
  });

  test('a record that is none is ignored', async () => {
    const { site } = await sites.shared();
    const tab = await openTab(await sites.context(), site);
    const person = await site.person();
    const put = (junk: string): Promise<void> =>
      tab.evaluate((text) => localStorage.setItem(`latchkey:${location.origin}/graphql`, text), junk);
    const junk = ['', 'junk', '{}', 'null', '[]', '{"version":1e99}', '{"version":5,"session":{"userId":7}}'];
    for (const text of junk) {
      await put(text);
      expect(await userAt(tab)).toBeNull();
    }
    await signInAt(tab, person);
    for (const text of junk) {
      await put(text);
      expect(await userAt(tab)).toBe(person.id);
    }
    expect((await askAt(tab, WHO)).body?.data?.['viewer']).toEqual({ id: person.id });
  });

  test.each([
    ['closed', (tab: Page) => tab.close()],
    [
      'crashed',
      async (tab: Page) => {
        const crashed = tab.waitForEvent('crash');
        void tab.goto('chrome://crash').catch(() => undefined);
        await crashed;
      },
    ],
  ])('a tab that is %s while it refreshes keeps the others from nothing', async (_name, end) => {
    const { site, clock } = await sites.shared();
    const context = await sites.context();
    const [first, second] = [await openTab(context, site), await openTab(context, site)];
    const userId = await signInAt(first, await site.person());
    await waitForUser(second, userId);
    clock.advance(TOKEN_LIFE_MS);
    const never = createGate();
    site.proxy.rule('RefreshSession', never.rule);
    askAt(first, WHO).catch(() => undefined);
    await eventually(() => never.waiting() === 1);
    const asked = askAt(second, WHO);
    await eventually(() => site.proxy.count('Who') === 2);
    await end(first);
    expect((await asked).body?.data?.['viewer']).toEqual({ id: userId });
    expect(await eventsAt(second)).toEqual(['signed-in', 'refreshed']);
    never.open();
  });

  test('a tab that is frozen while it refreshes is waited for a minute, and no longer', async () => {
    const { site, clock } = await sites.shared();
    const context = await sites.context();
    const first = await openTab(context, site);
    const second = await context.newPage();
    // Its longer times pass 50 times as fast.
    await second.addInitScript(() => {
      const setReal = window.setTimeout.bind(window);
      const setFast = (act: () => void, ms = 0): number => setReal(act, ms > 1_000 ? ms / 50 : ms);
      Object.assign(window, { setTimeout: setFast });
    });
    await second.goto(site.proxy.origin);
    await startClient(second);
    const userId = await signInAt(first, await site.person());
    await waitForUser(second, userId);
    clock.advance(TOKEN_LIFE_MS);
    const late = createGate();
    site.proxy.rule('RefreshSession', late.rule);
    const held = askAt(first, WHO);
    await eventually(() => late.waiting() === 1);
    const devtools = await context.newCDPSession(first);
    await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
    const asked = askAt(second, WHO);
    await eventually(() => site.proxy.count('Who') === 2);
    expect((await asked).body?.data?.['viewer']).toEqual({ id: userId });
    // The lock is taken from it: nobody waits for it again.
    await eventually(() => second.evaluate(async () => (await navigator.locks.query()).held?.length === 0));
    await devtools.send('Page.setWebLifecycleState', { state: 'active' });
    late.open();
    expect((await held).body?.data?.['viewer']).toEqual({ id: userId });
    for (const tab of [first, second]) expect(await userAt(tab)).toBe(userId);
  });

  test('a frame of the same origin is one more tab; a sandboxed one has no session, and breaks nothing', async () => {
    const { site } = await sites.shared();
    const context = await sites.context();
    const tab = await openTab(context, site);
    const person = await site.person();
    await tab.evaluate(async () => {
      const load = (sandbox: string | null): Promise<void> =>
        new Promise((resolve) => {
          const frame = document.createElement('iframe');
          if (sandbox !== null) frame.setAttribute('sandbox', sandbox);
          frame.src = '/other';
          frame.onload = () => resolve();
          document.body.append(frame);
        });
      await load(null);
      await load('allow-scripts');
    });
    const [, same, sandboxed] = tab.frames();
    for (const frame of [same!, sandboxed!]) await startClient(frame as unknown as Page);
    await signInAt(tab, person);
    await waitForUser(same as unknown as Page, person.id);
    expect(await userAt(sandboxed as unknown as Page)).toBeNull();
    expect(
      await sandboxed!.evaluate(() =>
        window.client.refresh().catch((error: unknown) => (error as { code: string }).code),
      ),
    ).toBe('NETWORK_ERROR');
    await (same as unknown as Page).evaluate(() => window.client.signOut());
    expect(await waitForEvent(tab, 'signed-out')).toMatchObject({ reason: 'user' });
  });

  test('a listener that throws keeps no other from hearing, and is heard of itself', async () => {
    const { site } = await sites.shared();
    const tab = await openTab(await sites.context(), site);
    const thrown = tab.waitForEvent('pageerror');
    await tab.evaluate(() => {
      window.events = [];
      window.client.close();
      window.client = window.latchkey.createAuthClient({ url: '/graphql' });
      window.client.subscribe(() => {
        throw new Error('of the listener');
      });
      const stop = window.client.subscribe(() => window.events.push({} as never));
      stop();
      window.client.subscribe((event) => window.events.push(event));
    });
    await signInAt(tab, await site.person());
    expect(await eventsAt(tab)).toEqual(['signed-in']);
    expect((await thrown).message).toBe('of the listener');
  });

  test('a client that was closed refreshes nothing by itself, and hears nothing', async () => {
    const site = await sites.site({ environment: { ACCESS_TOKEN_TTL_SECONDS: '2' } });
    const context = await sites.context();
    const [first, second] = [await openTab(context, site), await openTab(context, site)];
    const userId = await signInAt(first, await site.person());
    await waitForUser(second, userId);
    await first.evaluate(() => window.client.close());
    await eventually(async () => (await eventsAt(second)).filter((event) => event === 'refreshed').length >= 3);
    expect(await eventsAt(first)).toEqual(['signed-in']);
  });

  test.each([
    ['by no JSON', answerWith(401, 'sign in first'), 1],
    ['by JSON of another kind', answerWith(401, '{"error":"no"}', 'application/json'), 1],
    ['by JSON that is cut off', answerWith(401, '{"errors":[', 'application/json'), 1],
    [
      'with the code of our route guard',
      answerWith(401, '{"errors":[{"extensions":{"code":"TOKEN_EXPIRED"}}]}', 'application/json'),
      2,
    ],
  ])('a route beside GraphQL that answers 401 %s', async (_name, rule, times) => {
    const { site } = await sites.shared();
    const tab = await openTab(await sites.context(), site);
    await signInAt(tab, await site.person());
    site.proxy.rule('/rest', rule);
    const answer = await tab.evaluate(async () => {
      const response = await window.client.fetch('/rest');
      return { status: response.status, text: await response.text() };
    });
    expect(answer.status).toBe(times === 1 ? 401 : 404);
    expect(answer.text).not.toBe('');
    expect(site.proxy.count('/rest')).toBe(times);
    expect(site.proxy.count('RefreshSession')).toBe(times - 1);
  });

  test('a Request is sent again with its body; and one with a signal of its own', async () => {
    const { site, clock } = await sites.shared();
    const tab = await openTab(await sites.context(), site);
    const person = await site.person();
    await signInAt(tab, person);
    clock.advance(TOKEN_LIFE_MS);
    const answer = await tab.evaluate(async (query) => {
      const headers = { 'content-type': 'application/json' };
      const { signal } = new AbortController();
      const request = new Request('/graphql', { method: 'POST', headers, body: JSON.stringify({ query }), signal });
      return (await window.client.fetch(request)).json() as Promise<unknown>;
    }, WHO);
    expect(answer).toEqual({ data: { viewer: { id: person.id } } });
    expect(site.proxy.count('Who')).toBe(2);
  });
});

describeInBrowser('cookies', (browser) => {
  const sites = createSites(browser);

  test('go to no other origin of the same host: not when asked, and not by a redirect', async () => {
    const { site } = await sites.shared();
    const foreign = await sites.site({ environment: { ALLOWED_ORIGINS: site.proxy.origin } });
    const tab = await openTab(await sites.context(), site);
    await signInAt(tab, await site.person());
    site.proxy.rule('/away', (exchange) =>
      exchange.answer({
        ...{ status: 307, body: Buffer.alloc(0) },
        headers: { location: `${foreign.proxy.origin}/graphql` },
      }),
    );
    await tab.evaluate(async (origin) => {
      const init = {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"query":"{ __typename }"}',
      };
      await window.client.fetch(`${origin}/graphql`, init);
      await window.client.fetch(new Request(`${origin}/graphql`, init));
      await window.client.fetch('/away', init).catch(() => undefined);
    }, foreign.proxy.origin);
    expect(foreign.proxy.credentials.length).toBeGreaterThanOrEqual(3);
    expect(foreign.proxy.credentials.filter((line) => line.includes('latchkey'))).toEqual([]);
  });
});

describeInBrowser('header transport', (browser) => {
  const sites = createSites(browser);
  const HEADER = { transport: 'header' } as const;

  test('tokens live in memory, in no cookie and no storage, and a reload forgets them', async () => {
    const { site, clock } = await sites.shared();
    const context = await sites.context();
    const [tab, other] = [await openTab(context, site, HEADER), await openTab(context, site, HEADER)];
    const person = await site.person();
    await signInAt(tab, person);
    const token = await tab.evaluate(() => window.client.getAccessToken());
    expect(token).toMatch(/^ey/);
    clock.advance(TOKEN_LIFE_MS);
    expect((await askAt(tab, WHO)).body?.data?.['viewer']).toEqual({ id: person.id });
    expect(await tab.evaluate(() => window.client.getAccessToken())).not.toBe(token);
    expect(await context.cookies()).toEqual([]);
    expect(await tab.evaluate(() => [localStorage.length, sessionStorage.length])).toEqual([0, 0]);
    expect(await userAt(other)).toBeNull();
    await tab.reload();
    await startClient(tab, HEADER);
    await tab.evaluate(() => window.client.ready());
    expect(await userAt(tab)).toBeNull();
    expect(await tab.evaluate(() => window.client.getAccessToken())).toBeNull();
  });

  test('tokens in a storage of the application’s are shared by tabs, each rotation made once', async () => {
    const { site, clock } = await sites.shared();
    const context = await sites.context();
    const tabs = [await context.newPage(), await context.newPage()];
    for (const tab of tabs) {
      await tab.goto(site.proxy.origin);
      await tab.evaluate(() => {
        window.client = window.latchkey.createAuthClient({
          url: '/graphql',
          transport: 'header',
          storage: {
            get: async () => localStorage.getItem('mine'),
            set: async (value) => localStorage.setItem('mine', value),
            remove: async () => localStorage.removeItem('mine'),
          },
        });
        window.events = [];
        window.client.subscribe((event) => window.events.push(event));
      });
    }
    const person = await site.person();
    await signInAt(tabs[0]!, person);
    await waitForEvent(tabs[1]!, 'signed-in');
    for (let round = 1; round <= 5; round += 1) {
      clock.advance(TOKEN_LIFE_MS);
      const answers = await Promise.all(tabs.map((tab) => askAt(tab, WHO)));
      expect(answers.map(({ body }) => body?.data?.['viewer'])).toEqual([{ id: person.id }, { id: person.id }]);
      expect(site.proxy.count('RefreshSession')).toBe(round);
    }
    expect(await context.cookies()).toEqual([]);
    await tabs[1]!.evaluate(() => window.client.signOut());
    expect(await waitForEvent(tabs[0]!, 'signed-out')).toMatchObject({ reason: 'user' });
    expect(await tabs[0]!.evaluate(() => localStorage.getItem('mine'))).not.toMatch(/lkr_|ey/);
  });

  test('no other origin is sent a token: not when asked, and not by a redirect', async () => {
    const { site } = await sites.shared();
    const foreign = await sites.site({ environment: { ALLOWED_ORIGINS: site.proxy.origin } });
    const tab = await openTab(await sites.context(), site, HEADER);
    await signInAt(tab, await site.person());
    site.proxy.credentials.length = 0;
    site.proxy.rule('/away', (exchange) =>
      exchange.answer({
        ...{ status: 307, body: Buffer.alloc(0) },
        headers: { location: `${foreign.proxy.origin}/graphql` },
      }),
    );
    await tab.evaluate(async (origin) => {
      const init = {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"query":"{ __typename }"}',
      };
      await window.client.fetch(`${origin}/graphql`, init);
      await window.client.fetch(new Request(`${origin}/graphql`, init));
      await window.client.fetch(new URL(`${origin}/graphql`), init);
      await window.client.fetch('/away', init).catch(() => undefined);
      await window.client.fetch('/graphql', init);
    }, foreign.proxy.origin);
    expect(foreign.proxy.credentials.length).toBeGreaterThanOrEqual(3);
    expect(foreign.proxy.credentials.filter((line) => /Bearer|ey/.test(line))).toEqual([]);
    // What its own origin is sent.
    expect(site.proxy.credentials.filter((line) => line.includes('Bearer ey'))).toHaveLength(2);
  });

  test('a header of the caller’s own stays as it is', async () => {
    const { site } = await sites.shared();
    const tab = await openTab(await sites.context(), site, HEADER);
    await signInAt(tab, await site.person());
    site.proxy.credentials.length = 0;
    await tab.evaluate(() => window.client.fetch('/rest', { headers: { authorization: 'Basic eA==' } }));
    expect(site.proxy.credentials).toEqual(['/rest Basic eA== ']);
  });
});
