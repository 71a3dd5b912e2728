import { afterAll, afterEach } from '@jest/globals';
import { build, stop, type BuildOptions } from 'esbuild';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { AuthClient, AuthClientOptions, AuthEvent } from '../../../src/client/auth-client.js';
import type * as clientModule from '../../../src/client/auth-client.js';
import type { Environment } from '../../../src/config.js';
import { signIn, signUp, type Person } from '../../http/support/people.js';
import { ManualClock } from '../../support/clock.js';
import { startHttpProxy, type HttpProxy } from '../../support/http-proxy.js';
import { startServer, type TestServer } from '../../support/server.js';
import { createBackend, type BackendName } from '../../support/stores.js';

declare global {
  interface Window {
    latchkey: typeof clientModule;
    client: AuthClient;
    /** What the page's client told, in order. */
    events: AuthEvent[];
    ask: (query: string, options?: { readonly method?: string }) => Promise<PageAnswer>;
  }
}

/** What a page learned of a call of its client: its answer, or the code of its refusal. */
export interface PageAnswer {
  readonly status?: number;
  readonly body?: {
    readonly data?: Record<string, unknown>;
    readonly errors?: { extensions: Record<string, unknown> }[];
  };
  readonly code?: string;
}

export interface SiteOptions {
  readonly backendName?: BackendName;
  readonly environment?: Environment;
  /** Stands still until the test advances it; left out: the real time. */
  readonly clock?: ManualClock;
}

/** Needs a session. */
export const WHO = 'query Who { viewer { id } }';

/** A server behind a proxy, which serves a page that uses the client. */
export interface Site {
  readonly server: TestServer;
  readonly proxy: HttpProxy;
  /** A new user, signed up past the browser. */
  person(): Promise<Person>;
  admin: Person;
  /** Gives a user a role, so that access tokens of before are TOKEN_EXPIRED. */
  changeRoles(person: Person): Promise<void>;
  /** Changes a user past the browser. */
  asAdmin(query: string, variables: object): Promise<void>;
  close(): Promise<void>;
}

const HTML = `<!doctype html><title>A page</title><script src="/client.js"></script>`;

let bundle: Promise<string> | undefined;
/** The script of a page that uses the client. */
export const bundleClient = (): Promise<string> => (bundle ??= buildPage('page.ts', { format: 'iife' }));

/** The script of a page of ours; leaves no process behind. */
export async function buildPage(file: string, options: BuildOptions): Promise<string> {
  const entryPoints = [join(import.meta.dirname, file)];
  const { outputFiles } = await build({ ...options, entryPoints, bundle: true, write: false });
  await stop();
  return outputFiles[0]!.text;
}

/** Starts one on a fresh database. */
export async function openSite({ backendName = 'SQLite', environment, clock }: SiteOptions = {}): Promise<Site> {
  const backend = createBackend(backendName);
  const server = await startServer(backend.url, { ...(environment && { environment }), ...(clock && { clock }) });
  const html = { type: 'text/html', text: HTML };
  const proxy = await startHttpProxy(server.origin, {
    ...{ '/': html, '/other': html, '/client.js': { type: 'text/javascript', text: await bundleClient() } },
  });
  const admin = await signUp(server, { setupCode: server.app.setUpCode ?? '' });
  const asAdmin = async (query: string, variables: object): Promise<void> => {
    // Whatever a test did to the time, this proof of the password is fresh.
    const { token } = await signIn(server, admin);
    const { body } = await server.client().ask(query, { token, variables: { ...variables } });
    if (body.errors) throw new Error(JSON.stringify(body.errors));
  };
  return {
    ...{ server, proxy, admin, asAdmin },
    person: () => signUp(server),
    changeRoles: ({ id }) =>
      asAdmin('mutation ($id: ID!) { grantRole(userId: $id, role: MODERATOR) { user { id } } }', { id }),
    async close() {
      await proxy.close();
      await server.close();
      await backend.destroy();
    },
  };
}

/** Opens sites and contexts for one test each, and closes them after it. */
export function createSites(browser: () => Browser) {
  const opened: { close(): Promise<void> }[] = [];
  let shared: Promise<Site> | undefined;
  const clock = new ManualClock();
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
  });
  afterAll(async () => (await shared)?.close());
  return {
    async site(options?: SiteOptions): Promise<Site> {
      const site = await openSite(options);
      opened.push(site);
      return site;
    },
    /** One for all tests of a file, whose proxy knows of nothing that came before; its time stands still. */
    async shared(): Promise<{ readonly site: Site; readonly clock: ManualClock }> {
      const site = await (shared ??= openSite({ clock }));
      site.proxy.reset();
      return { site, clock };
    },
    async context(options?: Parameters<Browser['newContext']>[0]): Promise<BrowserContext> {
      const context = await browser().newContext(options);
      opened.push(context);
      return context;
    },
  };
}

/** Opens a page of the site with a client. */
export async function openTab(
  context: BrowserContext,
  { proxy }: Pick<Site, 'proxy'>,
  options: Partial<AuthClientOptions> = {},
): Promise<Page> {
  const page = await context.newPage();
  await page.goto(proxy.origin);
  await startClient(page, options);
  return page;
}

/** Makes the client of a page, as its own script would. */
export const startClient = (page: Page, options: Partial<AuthClientOptions> = {}): Promise<void> =>
  page.evaluate((given) => {
    window.client = window.latchkey.createAuthClient({ url: '/graphql', ...given });
    window.events = [];
    window.client.subscribe((event) => window.events.push(event));
  }, options as object);

/** Signs in by the client of the page. */
export const signInAt = (page: Page, { email, password }: Pick<Person, 'email' | 'password'>): Promise<string> =>
  page.evaluate(async (input) => (await window.client.signIn(input)).userId, { email, password });

/** Asks something by the client of the page; any refusal by its code. */
export const askAt = (page: Page, query: string): Promise<PageAnswer> =>
  page.evaluate((text) => window.ask(text), query);

/** So many at once. */
export const askManyAt = (page: Page, query: string, count: number): Promise<PageAnswer[]> =>
  page.evaluate(([text, times]) => Promise.all(Array.from({ length: times }, () => window.ask(text))), [
    query,
    count,
  ] as const);

/** What a page that nobody looks at says of itself: a headless browser shows every page. */
export const hide = (page: Page): Promise<void> =>
  page.evaluate(() => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' });
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  });

export const show = (page: Page): Promise<void> =>
  page.evaluate(() => {
    Reflect.deleteProperty(document, 'visibilityState');
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
  });

export const userAt = (page: Page): Promise<string | null> =>
  page.evaluate(() => window.client.session()?.userId ?? null);

export const eventsAt = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    window.events.map((event) => (event.type === 'signed-out' ? `signed-out ${event.reason}` : event.type)),
  );

/** Waits until the page was told of such an event. */
export const waitForEvent = async (page: Page, type: AuthEvent['type']): Promise<AuthEvent> => {
  const found = await page.waitForFunction((wanted) => window.events.find((event) => event.type === wanted), type);
  return (await found.jsonValue())!;
};

/** Waits until the client of the page knows this user, or nobody. */
export const waitForUser = async (page: Page, userId: string | null): Promise<void> => {
  await page.waitForFunction((wanted) => (window.client.session()?.userId ?? null) === wanted, userId);
};

/** Where a script of the page finds one of these texts, looking wherever scripts can. */
export const findTokens = (page: Page, tokens: readonly string[]): Promise<string[]> =>
  page.evaluate(async (texts) => {
    const holdsOne = (text: unknown): boolean => texts.some((token) => String(text).includes(token));
    const found: string[] = [];
    const seen = new Set<unknown>();
    function search(value: unknown, path: string): void {
      if (typeof value === 'string' && holdsOne(value)) found.push(path);
      if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return;
      seen.add(value);
      for (const key of Reflect.ownKeys(value)) {
        // What a getter of the browser's throws is no token.
        try {
          search((value as Record<PropertyKey, unknown>)[key], `${path}.${String(key)}`);
        } catch {
          continue;
        }
      }
    }
    if (holdsOne(document.cookie)) found.push('document.cookie');
    if (holdsOne(JSON.stringify(localStorage))) found.push('localStorage');
    if (holdsOne(JSON.stringify(sessionStorage))) found.push('sessionStorage');
    if (holdsOne(document.documentElement.outerHTML)) found.push('document');
    if ((await indexedDB.databases()).length > 0) found.push('indexedDB');
    if ((await caches.keys()).length > 0) found.push('caches');
    [localStorage, sessionStorage].forEach((storage) => seen.add(storage));
    search(window, 'window');
    return found;
  }, tokens);
