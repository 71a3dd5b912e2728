import { expect, test } from '@jest/globals';
import { describeOnEachServer } from '../http/support/fixture.js';
import { freshEmail, PASSWORD, SIGN_IN, SIGN_OUT, signUp, VIEWER } from '../http/support/people.js';
import { readSetCookies } from '../http/support/set-cookies.js';
import type { Client } from '../support/client.js';
import { countCodes, expectRateLimited, failToSignIn, freshAddress, ownTry, trySignIn } from './support/tries.js';

const DAY_SECONDS = 24 * 60 * 60;
const HOUR_MS = 3_600_000;
const DEVICE = 'latchkey-device';
const SIGN_UP_ON_DEVICE = 'mutation ($input: SignUpInput!) { signUp(input: $input) { deviceToken user { id } } }';

describeOnEachServer(
  'A device that an account is known on',
  (fixture) => {
    /** A new account, and the device token of where it was made. */
    async function signUpOnDevice(): Promise<{ email: string; password: string; deviceToken: string }> {
      const input = { email: freshEmail(), password: PASSWORD };
      const answer = await fixture().server.client().ask(SIGN_UP_ON_DEVICE, { variables: { input } });
      return { ...input, deviceToken: answer.text('signUp.deviceToken') };
    }

    /**
     * Fails from 100 addresses, which is all that an account from anywhere is allowed: ten at once, since all of them change
     * one row, and a machine that is busy would keep the last of a hundred waiting for longer than a store may.
     */
    async function lockOut(email: string): Promise<void> {
      const { server } = fixture();
      for (let round = 0; round < 10; round += 1) {
        const tries = Array.from({ length: 10 }, () => trySignIn(server, { email, from: freshAddress() }));
        expect(countCodes(await Promise.all(tries))).toEqual({ INVALID_CREDENTIALS: 10 });
      }
    }

    test('lets its owner in while an attacker has used up every try from anywhere, and gives the attacker nothing', async () => {
      const { server, clock } = fixture();
      const owner = await signUpOnDevice();
      await lockOut(owner.email);
      // From addresses that nobody tried from.
      expectRateLimited(await trySignIn(server, { email: owner.email, from: freshAddress() }), 900);
      expectRateLimited(await trySignIn(server, ownTry(owner, freshAddress())), 900);
      const { deviceToken } = owner;
      const known = await trySignIn(server, { ...ownTry(owner, freshAddress()), deviceToken });
      expect(known.text('signIn.session.transport')).toBe('HEADER');
      expectRateLimited(await trySignIn(server, { email: owner.email, from: freshAddress() }), 900);
      // One try a quarter of an hour, from wherever.
      clock.advance(900_000);
      await failToSignIn(server, 1, { email: owner.email, from: freshAddress() });
      expectRateLimited(await trySignIn(server, { email: owner.email, from: freshAddress() }), 900);
      expect((await trySignIn(server, { ...ownTry(owner), deviceToken })).code).toBeUndefined();
    });

    test('lets its owner in from an address that an attacker has used up, and beside one who guesses from there', async () => {
      const { server } = fixture();
      const owner = await signUpOnDevice();
      const from = freshAddress();
      await failToSignIn(server, 5, { email: owner.email, from });
      expectRateLimited(await trySignIn(server, ownTry(owner, from)), 10);
      const { deviceToken } = owner;
      expect((await trySignIn(server, { ...ownTry(owner, from), deviceToken })).code).toBeUndefined();
    });

    test('in a browser is known by a cookie that scripts cannot read, and that a sign-out leaves', async () => {
      const { server } = fixture();
      const owner = await signUp(server);
      const browser = server.client({ kind: 'browser' });
      const from = freshAddress();
      const signIn = (password: string): ReturnType<Client['ask']> => {
        const variables = { input: { email: owner.email, password } };
        return browser.ask(SIGN_IN, { variables, headers: { 'x-forwarded-for': from } });
      };
      const answer = await signIn(PASSWORD);
      const cookie = readSetCookies(answer.headers).find(({ name }) => name === DEVICE);
      expect(cookie?.attributes).toEqual({
        ...{ httponly: '', path: '/', samesite: 'Lax', 'max-age': String(400 * DAY_SECONDS) },
      });
      expect(cookie?.value).toMatch(/^lkd_[\w-]{51}$/);

      await browser.ask(SIGN_OUT);
      expect([...browser.cookies.keys()]).toEqual([DEVICE]);
      await failToSignIn(server, 5, { email: owner.email, from });
      expectRateLimited(await trySignIn(server, ownTry(owner, from)), 10);
      expect((await signIn(PASSWORD)).code).toBeUndefined();
    });

    test('has five tries an hour of its own; behind them it is as any other', async () => {
      const { server, clock } = fixture();
      const owner = await signUpOnDevice();
      const from = freshAddress();
      const { email, deviceToken } = owner;
      await failToSignIn(server, 5, { email, from, deviceToken });
      // Those of its address, which none of the five was counted by.
      await failToSignIn(server, 5, { email, from, deviceToken });
      expectRateLimited(await trySignIn(server, { ...ownTry(owner, from), deviceToken }), 10);
      clock.advance(HOUR_MS);
      expect((await trySignIn(server, { ...ownTry(owner, from), deviceToken })).code).toBeUndefined();
    });

    test('begins anew with each success', async () => {
      const { server } = fixture();
      const owner = await signUpOnDevice();
      const { email, deviceToken } = owner;
      const from = freshAddress();
      await failToSignIn(server, 5, { email, from });
      for (let times = 0; times < 3; times += 1) {
        await failToSignIn(server, 4, { email, from, deviceToken });
        const answer = await trySignIn(server, { ...ownTry(owner, from), deviceToken });
        expect(answer.text('signIn.deviceToken')).toMatch(/^lkd_/);
      }
    });

    test('is not one of another account: neither by its token, nor by one that was made up', async () => {
      const { server } = fixture();
      const [attacker, owner] = [await signUpOnDevice(), await signUpOnDevice()];
      const from = freshAddress();
      await failToSignIn(server, 5, { email: owner.email, from });
      const forged = [
        attacker.deviceToken,
        'junk',
        '',
        `${owner.deviceToken}A`,
        owner.deviceToken.replace('lkd_', 'lkr_'),
      ];
      for (const deviceToken of forged) {
        expectRateLimited(await trySignIn(server, { email: owner.email, from, deviceToken }), 10);
      }
    });

    test('however many of them somebody made while they had the password, has 100 tries a day together', async () => {
      const { server } = fixture();
      const owner = await signUp(server);
      const signIns = Array.from({ length: 21 }, () => trySignIn(server, ownTry(owner, freshAddress())));
      const devices = (await Promise.all(signIns)).map((answer) => answer.text('signIn.deviceToken'));
      const { email } = owner;
      for (const deviceToken of devices.slice(0, 20)) {
        const from = freshAddress();
        const tries = Array.from({ length: 5 }, () => trySignIn(server, { email, from, deviceToken }));
        expect(countCodes(await Promise.all(tries))).toEqual({ INVALID_CREDENTIALS: 5 });
      }
      const from = freshAddress();
      await failToSignIn(server, 5, { email, from, deviceToken: devices[20]! });
      expectRateLimited(await trySignIn(server, { email, from, deviceToken: devices[20]! }), 10);
    });

    test('cannot be made to use up its tries by the page of another origin', async () => {
      const { server } = fixture();
      const owner = await signUp(server);
      const browser = server.client({ kind: 'browser' });
      const variables = { input: { email: owner.email, password: owner.password } };
      await browser.ask(SIGN_IN, { variables });
      await browser.ask(SIGN_OUT);
      const wrong = { input: { email: owner.email, password: 'not the password' } };
      const headers = {
        ...{ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', 'x-session-transport': 'header' },
      };
      for (let times = 0; times < 6; times += 1) {
        const answer = await browser.ask(SIGN_IN, { variables: wrong, headers });
        expect([answer.status, answer.code]).toEqual([403, 'CSRF_BLOCKED']);
      }
      expect((await browser.ask(SIGN_IN, { variables })).code).toBeUndefined();
    });
  },
  { TRUST_PROXY: '1' },
);

describeOnEachServer(
  'Guessing in a session that somebody left open',
  (fixture) => {
    const REAUTHENTICATE = `mutation ($password: String!) {
      reauthenticate(input: { password: $password }) { accessToken }
    }`;

    test('has five tries an hour, then those of its address; the session goes on', async () => {
      const { server, clock } = fixture();
      const { token } = await signUp(server);
      const from = freshAddress();
      const prove = (password: string) =>
        server.client().ask(REAUTHENTICATE, { token, variables: { password }, headers: { 'x-forwarded-for': from } });
      for (let times = 0; times < 10; times += 1) expect((await prove('a guess')).code).toBe('INVALID_CREDENTIALS');
      expectRateLimited(await prove('a guess'), 10);
      expectRateLimited(await prove(PASSWORD), 10);
      expect((await server.client().ask(VIEWER, { token })).code).toBeUndefined();
      clock.advance(10_000);
      expect((await prove(PASSWORD)).text('reauthenticate.accessToken')).not.toBe('');
    });

    test('is counted with sign-ins at the same account: what is used up there is used up here', async () => {
      const { server } = fixture();
      const owner = await signUp(server);
      const from = freshAddress();
      const headers = { 'x-forwarded-for': from };
      await failToSignIn(server, 5, { email: owner.email, from });
      const { token } = owner;
      const prove = (password: string) =>
        server.client().ask(REAUTHENTICATE, { token, variables: { password }, headers });
      for (let times = 0; times < 5; times += 1) expect((await prove('a guess')).code).toBe('INVALID_CREDENTIALS');
      expectRateLimited(await prove('a guess'), 10);
    });
  },
  { TRUST_PROXY: '1' },
);
