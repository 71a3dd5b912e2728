import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { listen } from '../library/support/hosts.js';
import { describeInBrowser } from '../support/browser.js';
import { createClient } from '../support/client.js';
import { PASSWORD, SIGN_IN } from '../http/support/people.js';

const root = resolve(import.meta.dirname, '../..');
/** `SCREENSHOTS=docs/images` puts them where the documents show them. */
const SCREENSHOTS = process.env['SCREENSHOTS'];

describeInBrowser('examples/web', (browser) => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-web-'));
  const screenshots = resolve(root, SCREENSHOTS ?? folder);
  const contexts: BrowserContext[] = [];
  let program: ChildProcess;
  let origin: string;

  beforeAll(async () => {
    mkdirSync(screenshots, { recursive: true });
    origin = `http://localhost:${await freePort()}`;
    program = spawn(process.execPath, ['--import', 'tsx', 'examples/web/main.ts'], {
      cwd: root,
      env: {
        ...process.env,
        ...{
          PORT: new URL(origin).port,
          API_PORT: '0',
          LOG_LEVEL: 'error',
          STORE_URL: `file:${join(folder, 'web.db')}`,
        },
        ...{ TSX_TSCONFIG_PATH: 'examples/web/tsconfig.json' },
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface({ input: program.stdout! })) if (line.includes(origin)) break;
  }, 120_000);
  afterAll(async () => {
    const ended = once(program, 'exit');
    program.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
  });

  async function open(path: string): Promise<Page> {
    const context = await browser().newContext({ viewport: { width: 960, height: 600 }, colorScheme: 'light' });
    contexts.push(context);
    const page = await context.newPage();
    await page.goto(`${origin}${path}`);
    return page;
  }
  const heading = (page: Page, name: string): Promise<void> =>
    page.getByRole('heading', { name, exact: true }).waitFor();
  const press = (page: Page, name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
  const follow = (page: Page, name: string): Promise<void> =>
    page.getByRole('link', { name, exact: true }).first().click();
  const shoot = async (page: Page, name: string): Promise<void> => {
    // Nothing shall look as if somebody pointed at it.
    await page.mouse.move(0, 0);
    await page.screenshot({ path: join(screenshots, `${name}.png`) });
  };

  async function fill(page: Page, email: string, password = 'correct horse battery'): Promise<void> {
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password').fill(password);
  }
  async function signIn(page: Page, email: string): Promise<void> {
    await fill(page, email);
    await press(page, 'Sign in');
    await page.getByRole('button', { name: 'Sign out', exact: true }).waitFor();
  }
  /** Past the browser. */
  async function ban(email: string): Promise<void> {
    const client = createClient(origin);
    const input = { email: 'admin@example.com', password: 'correct horse battery' };
    const token = (await client.ask(SIGN_IN, { variables: { input } })).text('signIn.accessToken');
    const id = (
      await client.ask('query ($email: String) { user(email: $email) { id } }', { token, variables: { email } })
    ).text('user.id');
    const query = 'mutation ($input: BanUserInput!) { banUser(input: $input) { user { id } } }';
    const variables = { input: { userId: id, publicReason: 'Advertising in comments', until: '2099-01-31T12:00:00Z' } };
    (await client.ask(query, { token, variables })).text('banUser.user.id');
  }
  async function signUp(page: Page, email: string): Promise<void> {
    await follow(page, 'Sign in');
    await follow(page, 'Sign up');
    // On a machine that is busy the form before has the same fields for a while.
    await heading(page, 'Sign up');
    await fill(page, email, PASSWORD);
    await press(page, 'Sign up');
    await page.getByRole('button', { name: 'Sign out', exact: true }).waitFor();
  }

  test('shows stories to anyone, and nothing else', async () => {
    const page = await open('/');
    await heading(page, 'Library lends out telescopes');
    await shoot(page, 'example-signed-out');
    expect(await page.getByRole('navigation').getByRole('link').allTextContents()).toEqual(['Stories', 'Profile']);
  });

  test('signs up, in, and out again', async () => {
    const page = await open('/');
    const email = 'ben@example.com';
    await signUp(page, email);
    await follow(page, 'Account');
    await page.getByText(email).waitFor();
    await press(page, 'Sign out');
    await page.waitForURL(`${origin}/`);
    await follow(page, 'Sign in');
    await fill(page, email, 'not the password');
    await press(page, 'Sign in');
    expect(await page.getByRole('alert').textContent()).toContain('E-mail address or password is wrong.');
    expect(await page.getByLabel('E-mail').inputValue()).toBe(email);
    await fill(page, email, PASSWORD);
    await press(page, 'Sign in');
    await page.getByRole('button', { name: 'Sign out', exact: true }).waitFor();
  });

  test('leads to sign in from a page that needs it, and back', async () => {
    const page = await open('/account');
    await page.waitForURL(`${origin}/sign-in?returnTo=%2Faccount`);
    await signIn(page, 'reader@example.com');
    await heading(page, 'Account');
    expect(page.url()).toBe(`${origin}/account`);
  });

  test('lists the devices, and signs out there', async () => {
    const here = await open('/');
    const email = 'nadia@example.com';
    await signUp(here, email);
    const there = await open('/sign-in');
    await fill(there, email, PASSWORD);
    await press(there, 'Sign in');
    await follow(there, 'Account');
    await heading(there, 'Where you are signed in');
    await follow(here, 'Account');
    await here.getByRole('listitem').nth(1).waitFor();
    await shoot(here, 'example-signed-in');
    await press(here, 'Sign out there');
    await here.getByRole('listitem').nth(1).waitFor({ state: 'detached' });
    await follow(there, 'Stories');
    await follow(there, 'Account');
    await there.getByText('Your session is over: sign in again.').waitFor();
    await heading(there, 'Sign in');
  });

  test('has a page for editors, who publish there', async () => {
    const page = await open('/sign-in?returnTo=/drafts');
    await signIn(page, 'editor@example.com');
    await heading(page, 'Council weighs a night market');
    await shoot(page, 'example-editors');
    await press(page, 'Publish “What the flood gauges say”');
    await page.getByRole('heading', { name: 'What the flood gauges say' }).waitFor({ state: 'detached' });
    await follow(page, 'Stories');
    await heading(page, 'What the flood gauges say');
  });

  test('keeps others from it, in words', async () => {
    const page = await open('/sign-in?returnTo=/drafts');
    await signIn(page, 'reader@example.com');
    await heading(page, 'This page is for editors');
    await shoot(page, 'example-forbidden');
  });

  test('tells of a ban while the page is used, and at the next sign-in', async () => {
    const page = await open('/');
    const email = 'mallory@example.com';
    await signUp(page, email);
    await ban(email);
    await follow(page, 'Account');
    await heading(page, 'Your account is banned');
    expect(await page.getByRole('alert').textContent()).toBe(
      'Your account is bannedThe reason: Advertising in commentsIt ends on January 31, 2099.',
    );
    await shoot(page, 'example-banned');
    const other = await open('/sign-in');
    await fill(other, email, PASSWORD);
    await press(other, 'Sign in');
    await heading(other, 'Your account is banned');
  });

  test('renders a page on the server, also when the access token is gone', async () => {
    const page = await open('/profile');
    await page.getByText('Nobody is signed in.').waitFor();
    await follow(page, 'Sign in');
    await fill(page, 'editor@example.com');
    await press(page, 'Sign in');
    await page.getByText('Password proved').waitFor();
    expect(page.url()).toBe(`${origin}/profile`);
    expect(await page.locator('dd').nth(2).textContent()).toBe('EDITOR');
    await shoot(page, 'example-profile');
    await page.context().clearCookies({ name: 'latchkey-access' });
    const paths: string[] = [];
    page.on('request', (request) => paths.push(`${request.method()} ${new URL(request.url()).pathname}`));
    await page.reload();
    await page.getByText('Password proved').waitFor();
    expect(paths.filter((path) => !path.includes('.'))).toEqual([
      'GET /profile',
      'GET /refresh',
      'POST /graphql',
      'GET /profile',
    ]);
  });

  test('goes on when the access token is gone, with nobody noticing', async () => {
    const page = await open('/sign-in');
    await signIn(page, 'reader@example.com');
    await page.context().clearCookies({ name: 'latchkey-access' });
    await follow(page, 'Account');
    await page.getByText('reader@example.com').waitFor();
  });

  test.each(['/', '/sign-in', '/nowhere'])('%s fits a phone, in the dark', async (path) => {
    const context = await browser().newContext({ viewport: { width: 360, height: 640 }, colorScheme: 'dark' });
    contexts.push(context);
    const page = await context.newPage();
    await page.goto(`${origin}${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  });
});

async function freePort(): Promise<string> {
  const host = await listen(() => undefined);
  await host.close();
  return new URL(host.origin).port;
}
