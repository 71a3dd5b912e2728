import { describe, expect, test } from '@jest/globals';
import { describeOnEachServer } from '../http/support/fixture.js';
import {
  freshEmail,
  PASSWORD,
  signInBrowser,
  SIGN_IN,
  SIGN_OUT,
  SIGN_UP,
  signUp,
  VIEWER,
} from '../http/support/people.js';
import { readContent } from '../http/support/raw-store.js';
import { readAnswer } from '../support/client.js';

const ALLOWED = 'https://app.example.com';
const FOREIGN = 'https://evil.example';

/** What `Sec-Fetch-Site` and `Origin` can say; `own` is the server's own origin. */
const SITES = [null, 'same-origin', 'none', 'same-site', 'cross-site', 'nonsense'];
const ORIGINS = [null, 'own', ALLOWED, FOREIGN, 'null', `${ALLOWED}.evil.example`, ALLOWED.toUpperCase()];

const COMBINATIONS = SITES.flatMap((site) => ORIGINS.map((origin) => ({ site, origin })));

/** The rule of the contract, said once more. */
const isTrusted = (site: string | null, origin: string | null): boolean =>
  site === 'same-origin' || site === 'none' || origin === 'own' || origin === ALLOWED;

describeOnEachServer(
  'Cross-site request forgery',
  (fixture) => {
    const post = async (headers: Record<string, string>, body: string) => {
      const { server } = fixture();
      return readAnswer(
        await fetch(new URL('/graphql', server.origin), {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body,
        }),
      );
    };
    const fromPage = ({ site, origin }: { site: string | null; origin: string | null }): Record<string, string> => ({
      ...(site !== null && { 'sec-fetch-site': site }),
      ...(origin !== null && { origin: origin === 'own' ? fixture().server.origin : origin }),
    });
    const cookieOf = async (): Promise<string> => {
      const browser = await signInBrowser(fixture().server, await signUp(fixture().server));
      return [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    };

    test('with our cookies, only own, allowed or user-made requests are answered, in every combination', async () => {
      const cookie = await cookieOf();
      for (const { site, origin } of COMBINATIONS) {
        const answer = await post({ ...fromPage({ site, origin }), cookie }, JSON.stringify({ query: VIEWER }));
        const expected = isTrusted(site, origin)
          ? { status: 200, code: undefined }
          : { status: 403, code: 'CSRF_BLOCKED' };
        expect({ site, origin, status: answer.status, code: answer.code }).toEqual({ site, origin, ...expected });
        if (expected.code) expect(answer.body).not.toHaveProperty('data');
      }
    });

    test('it is judged before the body is read: a broken one is CSRF_BLOCKED all the same', async () => {
      const cookie = await cookieOf();
      for (const sent of [cookie, 'latchkey-access=junk', 'other=1; latchkey-refresh=', `theme=dark; ${cookie}`]) {
        expect(await post({ origin: FOREIGN, cookie: sent }, '{ broken')).toMatchObject({
          status: 403,
          code: 'CSRF_BLOCKED',
        });
        expect(await post({ cookie: sent }, '{ broken')).toMatchObject({ status: 403, code: 'CSRF_BLOCKED' });
        expect(await post({ origin: FOREIGN, cookie: sent, 'content-type': 'image/png' }, 'x')).toMatchObject({
          status: 403,
          code: 'CSRF_BLOCKED',
        });
      }
      expect(await post({ origin: FOREIGN, cookie: 'theme=dark' }, '{ broken')).toMatchObject({ code: 'BAD_REQUEST' });
    });

    test('where cookies would be set, a foreign page signs nobody in and up, in every combination', async () => {
      const { server, backend } = fixture();
      const { email } = await signUp(server);
      const before = await readContent(backend.url);
      for (const page of COMBINATIONS.filter(({ site, origin }) => !isTrusted(site, origin))) {
        // Without either header it is a program: it gets its tokens in the payload.
        if (page.site === null && page.origin === null) continue;
        for (const query of [SIGN_IN, SIGN_UP]) {
          const input = { email: query === SIGN_IN ? email : freshEmail(), password: PASSWORD };
          const answer = await post(fromPage(page), JSON.stringify({ query, variables: { input } }));
          expect({ ...page, status: answer.status, code: answer.code }).toEqual({
            ...page,
            status: 403,
            code: 'CSRF_BLOCKED',
          });
          expect(answer.headers.getSetCookie()).toEqual([]);
        }
      }
      expect(await readContent(backend.url)).toEqual(before);
    });

    test('asking for X-Session-Transport: cookie helps no foreign page, and a hidden sign-in helps none', async () => {
      const { email } = await signUp(fixture().server);
      const variables = { input: { email, password: PASSWORD } };
      const headers = { origin: FOREIGN, 'x-session-transport': 'cookie' };
      const hidden = `mutation Hidden($input: SignInInput!) { ...deep }
        fragment deep on Mutation { ... on Mutation { harmless: signIn(input: $input) { expiresInSeconds } } }`;
      for (const query of [SIGN_IN, hidden]) {
        const answer = await post(headers, JSON.stringify({ query, variables }));
        expect(answer).toMatchObject({ status: 403, code: 'CSRF_BLOCKED' });
        expect(answer.headers.getSetCookie()).toEqual([]);
      }
    });

    test('a foreign page that takes its tokens in the payload sets no cookie, and is not let read the answer', async () => {
      const { email } = await signUp(fixture().server);
      const variables = { input: { email, password: PASSWORD } };
      const headers = { origin: FOREIGN, 'x-session-transport': 'header' };
      const answer = await post(headers, JSON.stringify({ query: SIGN_IN, variables }));
      expect(answer.status).toBe(200);
      expect(answer.headers.getSetCookie()).toEqual([]);
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    });

    test('no foreign page has cookies cleared', async () => {
      const answer = await post({ origin: FOREIGN }, JSON.stringify({ query: SIGN_OUT }));
      expect(answer).toMatchObject({ status: 403, code: 'CSRF_BLOCKED' });
      expect(answer.headers.getSetCookie()).toEqual([]);
    });

    test('no foreign page has cookies cleared behind something else that runs', async () => {
      const { email } = await signUp(fixture().server);
      const both = `mutation ($input: SignInInput!) { signIn(input: $input) { user { id } } signOut { signedOut } }`;
      const body = JSON.stringify({ query: both, variables: { input: { email, password: PASSWORD } } });
      const before = await readContent(fixture().backend.url);
      for (const page of [{ origin: FOREIGN }, { origin: FOREIGN, 'sec-fetch-site': 'cross-site' }]) {
        const answer = await post({ ...page, 'x-session-transport': 'header' }, body);
        expect(answer).toMatchObject({ status: 403, code: 'CSRF_BLOCKED' });
        expect(answer.body).not.toHaveProperty('data');
        expect(answer.headers.getSetCookie()).toEqual([]);
      }
      expect(await readContent(fixture().backend.url)).toEqual(before);
    });

    test('an allowed page signs in with cookies, and may read the answer', async () => {
      const browser = fixture().server.client({ kind: 'browser', origin: ALLOWED });
      const { email } = await signUp(fixture().server);
      const answer = await browser.ask(SIGN_IN, { variables: { input: { email, password: PASSWORD } } });
      expect(browser.cookies.size).toBe(3);
      expect(answer.headers.get('access-control-allow-origin')).toBe(ALLOWED);
      expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
      expect(answer.headers.get('vary')?.toLowerCase()).toContain('origin');
      expect((await browser.ask(VIEWER)).status).toBe(200);
    });

    describe('CORS', () => {
      const preflight = (origin: string) =>
        fixture()
          .server.client()
          .fetch('/graphql', {
            method: 'OPTIONS',
            headers: {
              origin,
              'access-control-request-method': 'POST',
              'access-control-request-headers': 'content-type,x-session-transport,authorization',
            },
          });

      test('preflight allows an allowed origin, with credentials and our headers', async () => {
        const { status, headers } = await preflight(ALLOWED);
        expect(status).toBe(204);
        expect(headers.get('access-control-allow-origin')).toBe(ALLOWED);
        expect(headers.get('access-control-allow-credentials')).toBe('true');
        expect(headers.get('access-control-allow-headers')).toMatch(
          /content-type.*authorization.*x-session-transport/i,
        );
      });

      test.each([FOREIGN, 'null', `${ALLOWED}:8443`, `${ALLOWED}.evil.example`, 'http://app.example.com'])(
        'allows %s nothing, neither in preflight nor in the answer',
        async (origin) => {
          expect((await preflight(origin)).headers.get('access-control-allow-origin')).toBeNull();
          const answer = await post({ origin }, JSON.stringify({ query: '{ __typename }' }));
          expect(answer.status).toBe(200);
          expect(answer.headers.get('access-control-allow-origin')).toBeNull();
          expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
        },
      );
    });

    describe('Apollo\u2019s own prevention', () => {
      test.each(['text/plain', 'text/plain;charset=utf-8', 'application/x-www-form-urlencoded', 'multipart/form-data'])(
        'refuses what a form can post: %s',
        async (type) => {
          const answer = await post({ 'content-type': type }, JSON.stringify({ query: SIGN_OUT }));
          expect([400, 415]).toContain(answer.status);
          expect(answer.code).toBe('BAD_REQUEST');
        },
      );

      test('refuses a GET that an image could make, and answers one that only a script can', async () => {
        const { server } = fixture();
        const path = `/graphql?query=${encodeURIComponent('{ __typename }')}`;
        expect((await readAnswer(await server.client().fetch(path))).code).toBe('BAD_REQUEST');
        const headers = { 'apollo-require-preflight': 'yes' };
        expect((await server.client().fetch(path, { headers })).status).toBe(200);
      });
    });

    test.each([
      ['/healthz', {}],
      ['/readyz', {}],
      ['/.well-known/jwks.json', {}],
      ['/graphql', { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'sec-fetch-mode': 'navigate' }],
    ])('the page %s answers anyone, with our cookies too', async (path, headers: Record<string, string>) => {
      const cookie = await cookieOf();
      for (const page of [
        { site: 'cross-site', origin: null },
        { site: 'same-site', origin: null },
        { site: null, origin: null },
      ]) {
        const response = await fetch(new URL(path, fixture().server.origin), {
          headers: { ...headers, ...fromPage(page), cookie },
        });
        expect({ ...page, status: response.status }).toEqual({ ...page, status: 200 });
        if (path === '/graphql') expect(response.headers.get('content-type')).toContain('text/html');
      }
    });
  },
  { ALLOWED_ORIGINS: ALLOWED },
);
