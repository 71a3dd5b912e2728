import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { eventually } from '../http/support/eventually.js';
import { listen } from '../library/support/hosts.js';
import { describeInBrowser } from '../support/browser.js';
import { startServer, type TestServer } from '../support/server.js';
import { createBackend } from '../support/stores.js';

const HARM = encodeURIComponent('<img src=x onerror="document.title=1"></script><script>document.title=1</script>');
/** What other pages may let somebody follow. */
const ADDRESS = `/explorer?query=mutation%7BsignOut%7BsignedOut%7D%7D&endpoint=${HARM}#${HARM}`;

describeInBrowser('the explorer', (browser) => {
  const backend = createBackend('SQLite');
  let server: TestServer;
  let context: BrowserContext;
  /** One for all tests: it takes seconds to load. */
  let page: Page;
  /** What was sent, but for questions about the schema. */
  const operations: string[] = [];
  /** Errors of the console, a blocked policy among them, and requests that go elsewhere. */
  const troubles: string[] = [];

  beforeAll(async () => {
    server = await startServer(backend.url);
    context = await browser().newContext();
    page = await context.newPage();
    page.setDefaultTimeout(120_000);
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      if (origin !== server.origin && protocol !== 'data:') troubles.push(request.url());
      const body = request.postData();
      if (body !== null && !body.includes('IntrospectionQuery')) operations.push(body);
    });
    page.on('console', (message) => {
      if (message.type() === 'error') troubles.push(message.text());
    });
    page.on('pageerror', ({ message }) => troubles.push(message));
    await page.goto(server.origin + ADDRESS);
  });
  afterAll(async () => {
    await context.close();
    await server.close();
    await backend.destroy();
  });

  const click = (text: string): Promise<void> => page.getByText(text, { exact: true }).click();

  /** Sends one of the operations that are shown, by its button, and waits for an answer that says so. */
  async function send(operation: string, answer: string): Promise<void> {
    await page.getByText(`(Send ${operation})`).click();
    await page.locator('.query-result__list-item', { hasText: answer }).waitFor();
  }

  test('does nothing that its address asks for', async () => {
    await page.getByText('(Send mutation SignUp)').waitFor();
    expect(operations).toEqual([]);
    expect(await page.title()).toBe('Latchkey explorer');
    expect(troubles).toEqual([]);
  });

  test('signs up, in, and out again by its examples and its cookies, and asks nobody but its server', async () => {
    await page.getByText('null', { exact: true }).dblclick();
    await page.keyboard.type(`"${server.app.setUpCode ?? ''}"`);
    await send('mutation SignUp', '"ADMIN"');
    await send('mutation SignIn', '"refreshToken": null');
    await click('Sessions');
    await send('query Sessions', '"deviceName": "Explorer"');
    await click('Administration');
    await send('query Users', '"totalCount": 1');
    const cookies = await context.cookies();
    expect(cookies.map(({ name, httpOnly }) => [name, httpOnly]).sort()).toEqual([
      ['latchkey-access', true],
      ['latchkey-device', true],
      ['latchkey-refresh', true],
    ]);
    await click('Account');
    await page.locator('.query-editor__input .cm-scroller').evaluate((element) => element.scrollTo(0, 10_000));
    await send('mutation Refresh', '"accessTokenExpiresAt"');
    await send('mutation SignOut', '"signedOut": true');
    expect((await context.cookies()).map(({ name }) => name)).toEqual(['latchkey-device']);
    expect(troubles).toEqual([]);
  });

  test('completes by the schema, and keeps what was typed over a reload, but no token', async () => {
    await page.locator('.query-editor__input .cm-content').click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.type('query Mine { sess');
    await page.getByRole('option', { name: 'session' }).waitFor();
    await eventually(() => page.evaluate(keeps, 'query Mine { sess'));
    const tokens = (await context.cookies()).map(({ value }) => value);
    for (const token of tokens) expect(await page.evaluate(keeps, token)).toBe(false);
    await page.reload();
    await page.getByText('(Send query Mine)').waitFor();
    expect(troubles).toEqual([]);
  });

  test('shows itself in no page of another', async () => {
    const evil = await listen((_request, response) => {
      response.setHeader('content-type', 'text/html').end(`<iframe src="${server.origin}/explorer"></iframe>`);
    });
    const other = await context.newPage();
    const refused = other.waitForEvent('console', (message) => message.text().includes("frame-ancestors 'none'"));
    await other.goto(evil.origin);
    await refused;
    expect(await other.frames()[1]!.locator('app-root').count()).toBe(0);
    await evil.close();
  });
});

/** Whether a page has a text in any of its storages. */
async function keeps(text: string): Promise<boolean> {
  const settle = <Result>(request: IDBRequest<Result>): Promise<Result> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error!);
    });
  const found = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
  for (const { name = '' } of await indexedDB.databases()) {
    const database = await settle(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      found.push(JSON.stringify(await settle(database.transaction(store).objectStore(store).getAll())));
    }
    database.close();
  }
  return found.join().includes(text);
}
