import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { eventually } from '../http/support/eventually.js';
import { describeInBrowserWithHistory } from '../support/browser.js';
import { createSites, openTab, signInAt, userAt, waitForEvent, waitForUser, type Site } from './support/site.js';

const watchReturn = (tab: Page): Promise<void> =>
  tab.evaluate(() => {
    window.addEventListener('pageshow', ({ persisted }) => Object.assign(window, { persisted }));
  });

/** To the page of before, which {@link watchReturn} watches, by way of the back-forward cache. */
async function goBack(tab: Page, { proxy }: Site): Promise<void> {
  // Playwright's own waits for a load, which there is none of.
  await tab.evaluate(() => history.back());
  await tab.waitForURL(`${proxy.origin}/`, { waitUntil: 'commit' });
  // The very page of before, with its client: a fresh one would have none.
  expect(await tab.evaluate(() => (window as { persisted?: boolean }).persisted)).toBe(true);
}

describeInBrowserWithHistory('a page that comes from the back-forward cache', (browser) => {
  const sites = createSites(browser);

  test('knows of a sign-out that it slept through', async () => {
    const { site } = await sites.shared();
    const context = await sites.context();
    const tab = await openTab(context, site);
    const person = await site.person();
    await signInAt(tab, person);
    await watchReturn(tab);
    // A page that leaves in the middle of an exchange, with the lock, is not kept.
    await eventually(() => tab.evaluate(async () => (await navigator.locks.query()).held?.length === 0));
    await tab.goto(`${site.proxy.origin}/other`);
    const other = await openTab(context, site);
    await other.evaluate(() => window.client.signOut());
    await goBack(tab, site);
    expect(await userAt(tab)).toBeNull();
    expect(await waitForEvent(tab, 'signed-out')).toMatchObject({ reason: 'user' });
    // And hears of what comes after.
    await signInAt(other, person);
    await waitForUser(tab, person.id);
  });

  test('without room in storage, hears other tabs again', async () => {
    const { site } = await sites.shared();
    const context = await sites.context();
    await context.addInitScript(() => {
      Storage.prototype.setItem = () => {
        throw new DOMException('full', 'QuotaExceededError');
      };
    });
    const [first, second] = [await openTab(context, site), await openTab(context, site)];
    await watchReturn(first);
    await first.goto(`${site.proxy.origin}/other`);
    await goBack(first, site);
    await waitForUser(first, await signInAt(second, await site.person()));
  });
});
