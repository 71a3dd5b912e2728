import { expect, test } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { SIGN_IN } from '../http/support/people.js';
import { eventually } from '../http/support/eventually.js';
import { describeInBrowser } from '../support/browser.js';
import { createGate } from '../support/http-proxy.js';
import { mongoUri } from '../support/mongo.js';
import {
  askAt,
  createSites,
  eventsAt,
  findTokens,
  openTab,
  signInAt,
  startClient,
  userAt,
  waitForEvent,
  waitForUser,
  WHO,
} from './support/site.js';

const TOKEN_LIFE_MS = 606_000;
const DAY_MS = 86_400_000;
const BACKENDS = mongoUri() === undefined ? (['SQLite'] as const) : (['SQLite', 'MongoDB'] as const);

const signOutAt = (page: Page): Promise<void> => page.evaluate(() => window.client.signOut());
const cookieNames = async (context: BrowserContext): Promise<string[]> =>
  (await context.cookies()).map(({ name }) => name).sort();

describeInBrowser('sessions over tabs', (browser) => {
  const sites = createSites(browser);

  test.each(BACKENDS)('a sign-in and a sign-out in one tab show in the others (%s)', async (backendName) => {
    const site = await sites.site({ backendName });
    const context = await sites.context();
    const tabs = [await openTab(context, site), await openTab(context, site), await openTab(context, site)];
    const person = await site.person();
    await signInAt(tabs[0]!, person);
    for (const tab of tabs) await waitForUser(tab, person.id);
    await signOutAt(tabs[1]!);
    for (const tab of tabs) {
      expect(await waitForEvent(tab, 'signed-out')).toMatchObject({ reason: 'user', publicReason: null, until: null });
      expect(await userAt(tab)).toBeNull();
      expect(await eventsAt(tab)).toEqual(['signed-in', 'signed-out user']);
    }
    expect(await cookieNames(context)).toEqual(['latchkey-device']);
  });

  test('a sign-out is told to a tab that asks for nothing: it has no timers, no network and no look at storage', async () => {
    const { site } = await sites.shared();
    const context = await sites.context();
    const [tab, other] = [await openTab(context, site), await openTab(context, site)];
    const person = await site.person();
    await signInAt(tab, person);
    await waitForUser(other, person.id);
    await other.route('**', (route) => route.abort());
    await other.evaluate(() => {
      Storage.prototype.getItem = () => {
        throw new DOMException('denied', 'SecurityError');
      };
      for (let timer = Number(setTimeout(() => undefined)); timer > 0; timer -= 1) clearTimeout(timer);
      Object.assign(window, { setTimeout: () => 0, setInterval: () => 0 });
    });
    await signOutAt(tab);
    expect(await waitForEvent(other, 'signed-out')).toMatchObject({ reason: 'user' });
    expect(await userAt(other)).toBeNull();
  });

  test('a sign-out while the first refresh is under way ends the session that it finds', async () => {
    const { site } = await sites.shared();
    const context = await sites.context();
    const tab = await openTab(context, site);
    await signInAt(tab, await site.person());
    await tab.evaluate(() => localStorage.clear());
    await tab.reload();
    await startClient(tab);
    const late = createGate();
    site.proxy.rule('RefreshSession', late.rule);
    const ready = tab.evaluate(() => window.client.ready());
    await eventually(() => late.waiting() === 1);
    const signedOut = signOutAt(tab);
    late.open();
    await Promise.all([ready, signedOut]);
    expect(await userAt(tab)).toBeNull();
    expect(site.proxy.count('SignOut')).toBe(1);
    expect(await cookieNames(context)).toEqual(['latchkey-device']);
  });

  test('after a reload, who is signed in is known without a request', async () => {
    const { site } = await sites.shared();
    const tab = await openTab(await sites.context(), site);
    const person = await site.person();
    await signInAt(tab, person);
    await site.asAdmin('mutation ($id: ID!) { grantRole(userId: $id, role: MODERATOR) { user { id } } }', person);
    await askAt(tab, WHO);
    site.proxy.operations.length = 0;
    await tab.reload();
    await startClient(tab);
    const known = await tab.evaluate(async () => {
      await window.client.ready();
      const { client } = window;
      return {
        ...client.session(),
        isModerator: client.hasRole('ADMIN', 'MODERATOR'),
        isAdmin: client.hasRole('ADMIN'),
      };
    });
    expect(known).toMatchObject({ userId: person.id, roles: ['MODERATOR'], permissions: [] });
    expect(known).toMatchObject({ isModerator: true, isAdmin: false });
    expect(known.sessionId).toEqual(expect.any(String));
    expect(site.proxy.operations).toEqual(['/', '/client.js']);
  });

  test('signing in as someone else reaches the other tabs, and no answer for the first user reaches them after that', async () => {
    const { site } = await sites.shared();
    const context = await sites.context();
    const [first, second] = [await openTab(context, site), await openTab(context, site)];
    const [ann, bob] = [await site.person(), await site.person()];
    await signInAt(first, ann);
    await waitForUser(second, ann.id);
    const late = createGate();
    site.proxy.rule('Who', late.rule);
    const held = askAt(second, WHO);
    await eventually(() => late.waiting() === 1);
    await signInAt(first, bob);
    await waitForUser(second, bob.id);
    late.open();
    expect(await held).toEqual({ code: 'SESSION_CHANGED' });
    expect(await eventsAt(second)).toEqual(['signed-in', 'signed-in']);
    expect((await askAt(second, WHO)).body?.data?.['viewer']).toEqual({ id: bob.id });
  });

  test('what was meant for the user of before is not sent as the one of now, though no event was told yet', async () => {
    const { site } = await sites.shared();
    const context = await sites.context();
    const [first, second] = [await openTab(context, site), await openTab(context, site)];
    const [ann, bob] = [await site.person(), await site.person()];
    await signInAt(first, ann);
    await waitForUser(second, ann.id);
    const record = await first.evaluate(() => Object.entries(localStorage)[0]! as [string, string]);
    await signInAt(first, bob);
    await waitForUser(second, bob.id);
    const newer = await first.evaluate(() => Object.entries(localStorage)[0]! as [string, string]);
    // A tab that was away: its client knows the first record, and what is stored is newer.
    site.proxy.operations.length = 0;
    const answer = await second.evaluate(
      async ([[key, before], [, now]]) => {
        window.client.close();
        localStorage.setItem(key, before);
        window.client = window.latchkey.createAuthClient({ url: '/graphql' });
        localStorage.setItem(key, now);
        return window.ask('mutation Act { revokeOtherSessions { revokedSessionIds } }');
      },
      [record, newer] as const,
    );
    expect(answer).toEqual({ code: 'SESSION_CHANGED' });
    expect(site.proxy.count('Act')).toBe(0);
    expect(await userAt(second)).toBe(bob.id);
  });

  test('a sign-in waits for a refresh on its way, whose answer then overwrites nothing', async () => {
    const { site, clock } = await sites.shared();
    const context = await sites.context();
    const [first, second] = [await openTab(context, site), await openTab(context, site)];
    const [ann, bob] = [await site.person(), await site.person()];
    await signInAt(first, ann);
    clock.advance(TOKEN_LIFE_MS);
    const late = createGate();
    site.proxy.rule('RefreshSession', late.rule);
    const asked = askAt(first, WHO);
    await eventually(() => late.waiting() === 1);
    const signedIn = signInAt(second, bob);
    expect(site.proxy.count('SignIn')).toBe(1);
    late.open();
    expect(await signedIn).toBe(bob.id);
    await asked;
    for (const tab of [first, second]) {
      await waitForUser(tab, bob.id);
      expect((await askAt(tab, WHO)).body?.data?.['viewer']).toEqual({ id: bob.id });
    }
  });

  test('a sign-out that is late does not end a newer sign-in', async () => {
    const { site } = await sites.shared();
    const context = await sites.context();
    const [first, second] = [await openTab(context, site), await openTab(context, site)];
    const [ann, bob] = [await site.person(), await site.person()];
    await signInAt(first, ann);
    await waitForUser(second, ann.id);
    const late = createGate();
    site.proxy.rule('SignIn', late.rule);
    const signedIn = signInAt(first, bob);
    await eventually(() => late.waiting() === 1);
    // Ann is who is known to the second tab: the sign-out is hers.
    const signedOut = signOutAt(second);
    const refused = expect(signedOut).rejects.toThrow('The user has changed.');
    late.open();
    expect(await signedIn).toBe(bob.id);
    await refused;
    expect(site.proxy.count('SignOut')).toBe(0);
    expect((await askAt(second, WHO)).body?.data?.['viewer']).toEqual({ id: bob.id });
  });

  test('a sign-in waits for a sign-out on its way, whose answer then clears no cookie of it', async () => {
    const { site } = await sites.shared();
    const context = await sites.context();
    const [first, second] = [await openTab(context, site), await openTab(context, site)];
    const person = await site.person();
    await signInAt(first, person);
    const late = createGate();
    site.proxy.rule('SignOut', late.rule);
    const signedOut = signOutAt(first);
    await eventually(() => late.waiting() === 1);
    const signedIn = signInAt(second, person);
    late.open();
    await Promise.all([signedOut, signedIn]);
    expect(await cookieNames(context)).toEqual(['latchkey-access', 'latchkey-device', 'latchkey-refresh']);
    for (const tab of [first, second]) await waitForUser(tab, person.id);
    expect((await askAt(first, WHO)).body?.data?.['viewer']).toEqual({ id: person.id });
  });

  test('without Web Locks, storage and channel, a late refresh that put other cookies there is found out', async () => {
    const { site, clock } = await sites.shared();
    const context = await sites.context();
    await context.addInitScript(() => {
      Object.defineProperty(navigator, 'locks', { value: undefined });
      Reflect.deleteProperty(window, 'BroadcastChannel');
      Object.defineProperty(window, 'localStorage', { get: () => undefined });
    });
    const [first, second] = [await openTab(context, site), await openTab(context, site)];
    const [ann, bob] = [await site.person(), await site.person()];
    await signInAt(first, ann);
    clock.advance(TOKEN_LIFE_MS);
    const late = createGate();
    site.proxy.rule('RefreshSession', late.rule);
    const asked = askAt(first, WHO);
    await eventually(() => late.waiting() === 1);
    await signInAt(second, bob);
    late.open();
    await asked;
    // The cookies are Ann's again: whatever a tab is told by the server is about her.
    clock.advance(TOKEN_LIFE_MS);
    const answer = await askAt(second, WHO);
    expect(answer).toEqual({ code: 'SESSION_CHANGED' });
    expect(await userAt(second)).toBe(ann.id);
    expect(await eventsAt(second)).toEqual(['signed-in', 'signed-in']);
  });

  test('a ban ends the session while the page is used, with its public reason and its end, and clears the cookies', async () => {
    const { site } = await sites.shared();
    const context = await sites.context();
    const [first, second] = [await openTab(context, site), await openTab(context, site)];
    const person = await site.person();
    await signInAt(first, person);
    await waitForUser(second, person.id);
    await site.asAdmin(
      `mutation ($id: ID!) { banUser(input: { userId: $id, reason: "secret", publicReason: "Spam", until: "2099-01-01T00:00:00Z" }) { user { id } } }`,
      person,
    );
    const answer = await askAt(first, WHO);
    expect(answer.body?.errors?.[0]?.extensions['code']).toBe('SESSION_EXPIRED');
    for (const tab of [first, second]) {
      await waitForEvent(tab, 'signed-out');
      const told = await tab.evaluate(() => JSON.stringify([window.events.at(-1), window.client.signedOut()]));
      const why = { reason: 'banned', publicReason: 'Spam', until: '2099-01-01T00:00:00.000Z' };
      expect(JSON.parse(told)).toEqual([{ type: 'signed-out', ...why }, why]);
    }
    expect(await cookieNames(context)).toEqual(['latchkey-device']);
    expect(site.proxy.count('RefreshSession')).toBe(1);
    // A sign-in is refused with the same.
    const refused = await first.evaluate(
      async ({ email, password }) =>
        window.client.signIn({ email, password }).then(
          () => null,
          (error: unknown) => {
            const { code, extensions } = error as InstanceType<typeof window.latchkey.AuthClientError>;
            return { code, ...extensions };
          },
        ),
      person,
    );
    expect(refused).toMatchObject({ code: 'USER_BANNED', reason: 'Spam', until: '2099-01-01T00:00:00.000Z' });
  });

  test('a change of roles while the page is used costs a refresh, shows in every tab, and signs nobody out', async () => {
    const { site } = await sites.shared();
    const context = await sites.context();
    const [first, second] = [await openTab(context, site), await openTab(context, site)];
    const person = await site.person();
    await signInAt(first, person);
    await waitForUser(second, person.id);
    await site.changeRoles(person);
    expect((await askAt(first, WHO)).body?.data?.['viewer']).toEqual({ id: person.id });
    for (const tab of [first, second]) {
      expect(await waitForEvent(tab, 'roles-changed')).toMatchObject({ session: { roles: ['MODERATOR'] } });
      expect(await tab.evaluate(() => window.client.hasRole('MODERATOR'))).toBe(true);
      expect(await eventsAt(tab)).toEqual(['signed-in', 'refreshed', 'roles-changed']);
    }
    expect(site.proxy.count('RefreshSession')).toBe(1);
  });

  test('a session that was revoked elsewhere is found to be over: one refresh, which says why, and one sign-out', async () => {
    const { site } = await sites.shared();
    const context = await sites.context();
    const tab = await openTab(context, site);
    const person = await site.person();
    await signInAt(tab, person);
    await site.asAdmin('mutation ($id: ID!) { revokeUserSessions(userId: $id) { revokedSessionIds } }', person);
    const answers = await Promise.all([askAt(tab, WHO), askAt(tab, WHO), askAt(tab, WHO)]);
    expect(answers.map(({ body }) => body?.errors?.[0]?.extensions['code'])).toEqual(Array(3).fill('SESSION_EXPIRED'));
    expect(await eventsAt(tab)).toEqual(['signed-in', 'signed-out expired']);
    expect(site.proxy.count('RefreshSession')).toBe(1);
    expect(site.proxy.count('SignOut')).toBe(1);
    expect(await cookieNames(context)).toEqual(['latchkey-device']);
  });

  test('a refresh token that somebody used after it was left behind ends the session as theft', async () => {
    const { site, clock } = await sites.shared();
    const context = await sites.context();
    const tab = await openTab(context, site);
    await signInAt(tab, await site.person());
    const stolen = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
    clock.advance(TOKEN_LIFE_MS);
    await askAt(tab, WHO);
    clock.advance(TOKEN_LIFE_MS);
    await askAt(tab, WHO);
    const thief = await fetch(`${site.server.origin}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: stolen, 'sec-fetch-site': 'same-origin' },
      body: JSON.stringify({ query: 'mutation { refreshSession { user { id } } }' }),
    });
    expect(thief.status).toBe(401);
    await askAt(tab, WHO);
    expect(await waitForEvent(tab, 'signed-out')).toMatchObject({ reason: 'theft' });
  });

  test('cookies cleared by hand end the session as expired, with one refresh and no loop', async () => {
    const { site } = await sites.shared();
    const context = await sites.context();
    const tab = await openTab(context, site);
    await signInAt(tab, await site.person());
    await context.clearCookies();
    for (let index = 0; index < 5; index += 1) {
      expect((await askAt(tab, WHO)).body?.errors?.[0]?.extensions['code']).toBe('UNAUTHENTICATED');
    }
    expect(await eventsAt(tab)).toEqual(['signed-in', 'signed-out expired']);
    expect(site.proxy.count('RefreshSession')).toBe(1);
    expect(site.proxy.count('Who')).toBe(5);
  });

  test('an access cookie whose refresh cookie is gone goes with the session', async () => {
    const { site, clock } = await sites.shared();
    const context = await sites.context();
    const tab = await openTab(context, site);
    await signInAt(tab, await site.person());
    await context.clearCookies({ name: 'latchkey-refresh' });
    clock.advance(TOKEN_LIFE_MS);
    expect((await askAt(tab, WHO)).body?.errors?.[0]?.extensions['code']).toBe('TOKEN_EXPIRED');
    expect(await eventsAt(tab)).toEqual(['signed-in', 'signed-out expired']);
    expect(await cookieNames(context)).toEqual(['latchkey-device']);
  });

  test('a first visit asks the server once who is signed in, and clears nothing', async () => {
    const { site } = await sites.shared();
    const context = await sites.context();
    for (let visit = 0; visit < 2; visit += 1) {
      const tab = await openTab(context, site);
      expect(await tab.evaluate(() => window.client.ready().then(() => window.client.session()))).toBeNull();
    }
    expect(site.proxy.count('RefreshSession')).toBe(1);
    expect(site.proxy.count('SignOut')).toBe(0);
  });

  test('a page left for longer than the session finds it over when somebody comes back to it', async () => {
    const { site, clock } = await sites.shared();
    const context = await sites.context();
    const tab = await openTab(context, site);
    await signInAt(tab, await site.person());
    clock.advance(31 * DAY_MS);
    // The page's own clocks went on as well.
    await tab.evaluate((ms) => {
      const now = Date.now.bind(Date);
      Date.now = () => now() + ms;
      window.dispatchEvent(new Event('focus'));
    }, 31 * DAY_MS);
    expect(await waitForEvent(tab, 'signed-out')).toMatchObject({ reason: 'expired' });
    expect(site.proxy.count('RefreshSession')).toBe(1);
    expect(await cookieNames(context)).toEqual(['latchkey-device']);
    expect((await askAt(tab, '{ __typename }')).status).toBe(200);
  });

  test('scripts can read no token: not in cookies, storage, globals, nor in what the client tells and keeps', async () => {
    const { site, clock } = await sites.shared();
    const context = await sites.context();
    const tab = await openTab(context, site);
    await tab.evaluate(() => {
      const heard: unknown[] = [];
      new BroadcastChannel(`latchkey:${location.origin}/graphql`).onmessage = ({ data }) => heard.push(data);
      Object.assign(window, { heard });
    });
    await signInAt(tab, await site.person());
    clock.advance(TOKEN_LIFE_MS);
    await askAt(tab, WHO);
    const tokens = (await context.cookies()).map(({ value }) => value);
    expect(tokens).toHaveLength(3);
    expect(await tab.evaluate(() => (window as unknown as { heard: unknown[] }).heard.length)).toBeGreaterThan(0);
    expect(await findTokens(tab, tokens)).toEqual([]);
    // The search finds what is there.
    await tab.evaluate(([token]) => Object.assign(window, { planted: { deep: [token] } }), tokens);
    await tab.evaluate(([token]) => localStorage.setItem('planted', `x${token!}`), tokens);
    expect(await findTokens(tab, tokens)).toEqual(['localStorage', 'window.planted.deep.0']);
  });

  test('a sign-in that went past the client is found by a refresh, and by the first TOKEN_EXPIRED', async () => {
    const { site, clock } = await sites.shared();
    const context = await sites.context();
    const tab = await openTab(context, site);
    const person = await site.person();
    const signInPastClient = (): Promise<void> =>
      tab.evaluate(
        async ([query, input]) => {
          const body = JSON.stringify({ query, variables: { input } });
          await fetch('/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
        },
        [SIGN_IN, { email: person.email, password: person.password }] as const,
      );
    await signInPastClient();
    expect(await userAt(tab)).toBeNull();
    expect(await tab.evaluate(async () => (await window.client.refresh())?.userId)).toBe(person.id);
    expect(await waitForEvent(tab, 'signed-in')).toMatchObject({ session: { userId: person.id } });
    await signOutAt(tab);

    await signInPastClient();
    clock.advance(TOKEN_LIFE_MS);
    expect((await askAt(tab, WHO)).body?.data?.['viewer']).toEqual({ id: person.id });
    expect(await userAt(tab)).toBe(person.id);
  });

  test('a fresh proof of the password is given, also by an access token that has expired', async () => {
    const { site, clock } = await sites.shared();
    const tab = await openTab(await sites.context(), site);
    const person = await site.person();
    await signInAt(tab, person);
    const exported = 'mutation Export { exportMyData { data } }';
    const reauthenticate = (password: string): Promise<string> =>
      tab.evaluate(
        async (given) =>
          window.client.reauthenticate(given).then(
            ({ userId }) => userId,
            (error: unknown) => (error as { code: string }).code,
          ),
        password,
      );
    clock.advance(TOKEN_LIFE_MS);
    expect((await askAt(tab, exported)).body?.errors?.[0]?.extensions['code']).toBe('REAUTHENTICATION_REQUIRED');
    expect(await reauthenticate('wrong password')).toBe('INVALID_CREDENTIALS');
    clock.advance(TOKEN_LIFE_MS);
    expect(await reauthenticate(person.password)).toBe(person.id);
    expect((await askAt(tab, exported)).body?.errors).toBeUndefined();
    await signOutAt(tab);
    expect(await reauthenticate(person.password)).toBe('UNAUTHENTICATED');
  });
});
