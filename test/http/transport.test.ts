import { describe, expect, test } from '@jest/globals';
import type { Answer, Client } from '../support/client.js';
import { describeOnEachServer } from './support/fixture.js';
import {
  freshEmail,
  PASSWORD,
  REFRESH,
  signIn,
  signInBrowser,
  SIGN_IN,
  SIGN_OUT,
  SIGN_UP,
  signUp,
  VIEWER,
} from './support/people.js';
import { readSetCookies } from './support/set-cookies.js';

const ACCESS = 'latchkey-access';
const REFRESH_COOKIE = 'latchkey-refresh';
/** Which stays behind a sign-out. */
const DEVICE_COOKIE = 'latchkey-device';

const setsNoCookie = ({ headers }: Answer): void => expect(headers.getSetCookie()).toEqual([]);

const held = ({ cookies }: Client): string[] => [...cookies.keys()];

describeOnEachServer('Transports', (fixture) => {
  const person = () => signUp(fixture().server);
  const browserOf = (someone: { email: string; password: string }) => signInBrowser(fixture().server, someone);
  const program = () => fixture().server.client();

  describe('the transport of a sign-in', () => {
    test.each([
      ['a program', {}, 'header'],
      ['a program that asks for cookies', { 'x-session-transport': 'cookie' }, 'cookie'],
      ['a page', { origin: 'own' }, 'cookie'],
      ['a page of a browser without Origin', { 'sec-fetch-site': 'same-origin' }, 'cookie'],
      ['a page that asks for tokens', { origin: 'own', 'x-session-transport': 'header' }, 'header'],
    ])('of %s is as it should be', async (_name, given: Record<string, string>, transport) => {
      const { email } = await person();
      const headers = { ...given, ...(given['origin'] && { origin: fixture().server.origin }) };
      for (const [query, input] of [
        [SIGN_IN, { email, password: PASSWORD }],
        [SIGN_UP, { email: freshEmail(), password: PASSWORD }],
      ] as const) {
        const answer = await program().ask(query, { variables: { input }, headers });
        const payload = Object.values(answer.body.data ?? {})[0];
        const names = readSetCookies(answer.headers).map(({ name }) => name);
        if (transport === 'cookie') {
          expect(payload).toMatchObject({ accessToken: null, refreshToken: null });
          expect(names).toEqual([ACCESS, REFRESH_COOKIE, DEVICE_COOKIE]);
        } else {
          expect(payload).toMatchObject({
            accessToken: expect.any(String),
            refreshToken: expect.stringMatching(/^lkr_/),
          });
          expect(names).toEqual([]);
        }
      }
    });

    test('cannot be anything but cookie or header, and then no account is made', async () => {
      const input = { email: freshEmail(), password: PASSWORD };
      for (const given of ['Cookie', 'cookie, header', 'both', 'null', '']) {
        const answer = await program().ask(SIGN_UP, {
          variables: { input },
          headers: { 'x-session-transport': given },
        });
        expect(answer).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
      }
      expect((await program().ask(SIGN_IN, { variables: { input } })).code).toBe('INVALID_CREDENTIALS');
    });
  });

  describe('a refresh', () => {
    test('answers in cookies where the token came in one', async () => {
      const browser = await browserOf(await person());
      const before = new Map(browser.cookies);
      const answer = await browser.ask(REFRESH);

      expect(answer.body.data).toMatchObject({ refreshSession: { accessToken: null, refreshToken: null } });
      expect(browser.cookies.get(ACCESS)).not.toBe(before.get(ACCESS));
      expect(browser.cookies.get(REFRESH_COOKIE)).not.toBe(before.get(REFRESH_COOKIE));
      expect((await browser.ask(VIEWER)).status).toBe(200);
    });

    test('answers in the payload where the token is an argument, and that goes before a cookie', async () => {
      const someone = await person();
      const browser = await browserOf(await person());
      const variables = { input: { refreshToken: someone.refreshToken } };
      const answer = await browser.ask(REFRESH, { variables, headers: { 'x-session-transport': 'cookie' } });

      setsNoCookie(answer);
      expect(answer.text('refreshSession.user.id')).toBe(someone.id);
      expect(answer.text('refreshSession.refreshToken')).toMatch(/^lkr_/);
    });

    test('takes the cookie where the argument is null, and is UNAUTHENTICATED without either', async () => {
      const browser = await browserOf(await person());
      expect((await browser.ask(REFRESH, { variables: { input: { refreshToken: null } } })).status).toBe(200);
      expect(await program().ask(REFRESH)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    });

    test('goes on with an access cookie that has expired', async () => {
      const browser = await browserOf(await person());
      fixture().clock.advance(606_000);
      expect(await browser.ask(VIEWER)).toMatchObject({ status: 401, code: 'TOKEN_EXPIRED' });
      expect((await browser.ask(REFRESH)).status).toBe(200);
      expect((await browser.ask(VIEWER)).status).toBe(200);
    });
  });

  describe('where tokens come both ways', () => {
    test('the header goes before the cookie, also where it has expired', async () => {
      const someone = await person();
      const browser = await browserOf(await person());
      expect((await browser.ask(VIEWER, { token: someone.token })).text('viewer.id')).toBe(someone.id);
      fixture().clock.advance(606_000);
      await browser.ask(REFRESH);
      expect(await browser.ask(VIEWER, { token: someone.token })).toMatchObject({ status: 401, code: 'TOKEN_EXPIRED' });
    });

    test.each(['garbage', 'a.b.c', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln', ''])(
      'a Bearer that is no JWT of ours (%j) is left to the application beside our cookie, and refused without one',
      async (token) => {
        const someone = await person();
        const browser = await browserOf(someone);
        const headers = { authorization: `Bearer ${token}` };
        expect((await browser.ask(VIEWER, { headers })).text('viewer.id')).toBe(someone.id);
        expect(await program().ask(VIEWER, { headers })).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
      },
    );

    test('a Bearer that is no JWT of ours does not keep a browser with a refresh cookie alone from signing out', async () => {
      const someone = await person();
      const browser = await browserOf(someone);
      browser.cookies.delete('latchkey-access');
      const answer = await browser.ask(SIGN_OUT, { headers: { authorization: 'Bearer of-the-application' } });
      expect(answer.body.data).toEqual({ signOut: { signedOut: true } });
      expect(held(browser)).toEqual([DEVICE_COOKIE]);
    });

    test('a signOut behind a signIn in one operation ends the session presented, and the one just begun', async () => {
      const someone = await person();
      const both = `mutation ($input: SignInInput!) {
        signIn(input: $input) { refreshToken }
        signOut { signedOut }
      }`;
      const { email, password, token, refreshToken } = someone;
      const answer = await program().ask(both, { token, variables: { input: { email, password } } });
      expect(answer.body.data?.['signOut']).toEqual({ signedOut: true });
      for (const each of [refreshToken, answer.text('signIn.refreshToken')]) {
        const variables = { input: { refreshToken: each } };
        const query = 'mutation ($input: RefreshSessionInput) { refreshSession(input: $input) { expiresInSeconds } }';
        expect((await program().ask(query, { variables })).code).toBe('SESSION_EXPIRED');
      }
    });

    test('a scheme other than Bearer is left alone', async () => {
      const someone = await person();
      const browser = await browserOf(someone);
      for (const authorization of ['Basic dXNlcjpwYXNz', `DPoP ${someone.token}`, 'Bearerx y', someone.token]) {
        expect((await browser.ask(VIEWER, { headers: { authorization } })).text('viewer.id')).toBe(someone.id);
        expect((await program().ask(VIEWER, { headers: { authorization } })).code).toBe('UNAUTHENTICATED');
        expect((await program().ask('{ __typename }', { headers: { authorization } })).status).toBe(200);
      }
    });

    test('the scheme is Bearer in whatever case', async () => {
      const { id, token } = await person();
      for (const authorization of [`bearer ${token}`, `BEARER   ${token}`]) {
        expect((await program().ask(VIEWER, { headers: { authorization } })).text('viewer.id')).toBe(id);
      }
    });
  });

  describe('signOut', () => {
    test('in cookies clears them, also where the session was gone already', async () => {
      const someone = await person();
      const [first, second] = [await browserOf(someone), await browserOf(someone)];
      expect((await first.ask(SIGN_OUT)).body.data).toEqual({ signOut: { signedOut: true } });
      expect(held(first)).toEqual([DEVICE_COOKIE]);

      await first.ask(SIGN_IN, { variables: { input: { email: someone.email, password: PASSWORD } } });
      await first.ask('mutation { revokeOtherSessions { revokedSessionIds } }');
      expect((await second.ask(SIGN_OUT)).body.data).toEqual({ signOut: { signedOut: false } });
      expect(held(second)).toEqual([DEVICE_COOKIE]);
    });

    test('ends the session of either token: cookie or argument, access token expired or not', async () => {
      const someone = await person();
      const left = async (act: (browser: Client) => Promise<unknown>) => {
        const browser = await browserOf(someone);
        const refreshToken = browser.cookies.get(REFRESH_COOKIE);
        await act(browser);
        return (await program().ask(REFRESH, { variables: { input: { refreshToken } } })).code;
      };

      expect(
        await left(async (browser) => {
          browser.cookies.delete(ACCESS);
          expect((await browser.ask(SIGN_OUT)).body.data).toEqual({ signOut: { signedOut: true } });
        }),
      ).toBe('SESSION_EXPIRED');
      expect(
        await left(async (browser) => {
          browser.cookies.delete(REFRESH_COOKIE);
          expect((await browser.ask(SIGN_OUT)).body.data).toEqual({ signOut: { signedOut: true } });
        }),
      ).toBe('SESSION_EXPIRED');
      expect(
        await left(async (browser) => {
          browser.cookies.delete(REFRESH_COOKIE);
          fixture().clock.advance(606_000);
          expect((await browser.ask(SIGN_OUT)).body.data).toEqual({ signOut: { signedOut: true } });
        }),
      ).toBe('SESSION_EXPIRED');
    });

    test('by header takes the access token or the argument, and sets no cookie', async () => {
      const someone = await person();
      const byToken = await program().ask(SIGN_OUT, { token: someone.token });
      const other = await signIn(fixture().server, someone);
      const byArgument = await program().ask(SIGN_OUT, { variables: { input: { refreshToken: other.refreshToken } } });
      for (const answer of [byToken, byArgument]) {
        expect(answer.body.data).toEqual({ signOut: { signedOut: true } });
        setsNoCookie(answer);
      }
    });

    test('of nobody, and of junk, ends nothing and is no error', async () => {
      const answers = [
        await program().ask(SIGN_OUT),
        await program().ask(SIGN_OUT, { token: 'junk' }),
        await program().ask(SIGN_OUT, { variables: { input: { refreshToken: 'junk' } } }),
      ];
      for (const { status, body } of answers) {
        expect([status, body]).toEqual([200, { data: { signOut: { signedOut: false } } }]);
      }
    });
  });

  test('no refusal clears cookies: neither SESSION_EXPIRED nor theft nor a ban', async () => {
    const { server, clock } = fixture();
    const { token } = await fixture().admin();
    const someone = await person();
    const browser = await browserOf(someone);
    const old = browser.cookies.get(REFRESH_COOKIE) ?? '';
    await browser.ask(REFRESH);
    clock.advance(10_000);
    await browser.ask(REFRESH);
    browser.cookies.set(REFRESH_COOKIE, old);
    const theft = await browser.ask(REFRESH);
    expect(theft).toMatchObject({ status: 401, code: 'TOKEN_THEFT_DETECTED' });

    const revoked = await browserOf(someone);
    await server.client().ask('mutation ($id: ID!) { revokeUserSessions(userId: $id) { revokedSessionIds } }', {
      token,
      variables: { id: someone.id },
    });
    const expired = await revoked.ask(REFRESH);
    expect(expired.code).toBe('SESSION_EXPIRED');

    const banned = await browserOf(someone);
    const ban = 'mutation ($id: ID!) { banUser(input: { userId: $id }) { user { id } } }';
    await server.client().ask(ban, { token, variables: { id: someone.id } });
    const refused = await banned.ask(REFRESH);
    expect(refused.code).toBe('USER_BANNED');

    for (const answer of [theft, expired, refused]) setsNoCookie(answer);
    expect(banned.cookies.size).toBe(3);
  });

  test('a cookie that was planted before a sign-in is replaced by it, and of no use', async () => {
    const attacker = await browserOf(await person());
    const victim = await person();
    const browser = fixture().server.client({ kind: 'browser' });
    attacker.cookies.forEach((value, name) => browser.cookies.set(name, value));
    await browser.ask(SIGN_IN, { variables: { input: { email: victim.email, password: PASSWORD } } });

    for (const name of [ACCESS, REFRESH_COOKIE]) expect(browser.cookies.get(name)).not.toBe(attacker.cookies.get(name));
    const ids = [browser, attacker].map(async (each) => (await each.ask('{ session { id } }')).text('session.id'));
    const [ofVictim, ofAttacker] = await Promise.all(ids);
    expect(ofVictim).not.toBe(ofAttacker);
    expect((await browser.ask(VIEWER)).text('viewer.id')).toBe(victim.id);
  });
});
