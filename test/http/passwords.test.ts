import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Answer, Client } from '../support/client.js';
import { startMailServer, tokenIn, type MailServer } from '../support/mail-server.js';
import { startServer, type TestServer } from '../support/server.js';
import { ManualClock } from '../support/clock.js';
import { createBackend, describeOnMongo, type Backend, type BackendName } from '../support/stores.js';
import {
  PASSWORD,
  REFRESH,
  SIGN_IN,
  VIEWER,
  freshEmail,
  refresh,
  refreshed,
  signIn,
  signInBrowser,
  signUp,
  type Person,
} from './support/people.js';
import { dumpStore } from './support/raw-store.js';
import { readSetCookies } from './support/set-cookies.js';

const NEW_PASSWORD = 'staple gun of another color';
const CHANGE = `mutation ($current: String!, $new: String!) {
  changePassword(input: { currentPassword: $current, newPassword: $new }) {
    accessToken refreshToken session { id } user { id } revokedSessionIds
  }
}`;
const REQUEST = 'mutation ($email: String!) { requestPasswordReset(email: $email) { requested } }';
const RESET = `mutation ($token: String!, $new: String!) {
  resetPassword(input: { token: $token, newPassword: $new }) { reset }
}`;
const REQUEST_VERIFICATION = 'mutation { requestEmailVerification { requested } }';
const VERIFY = 'mutation ($token: String!) { verifyEmail(token: $token) { verified } }';
const EMAIL_VERIFIED = '{ viewer { emailVerified } }';
const MINUTE_MS = 60_000;

/** Mails by a real SMTP server. */
const declareOn = (name: BackendName) => (): void => {
  let backend: Backend;
  let mail: MailServer;
  let server: TestServer;
  let clock: ManualClock;
  let admin: Person;
  beforeAll(async () => {
    backend = createBackend(name);
    mail = await startMailServer();
    clock = new ManualClock();
    const environment = { SMTP_URL: mail.url, MAIL_FROM: 'Example <auth@example.com>' };
    server = await startServer(backend.url, { environment, clock });
    admin = await signUp(server, { setupCode: server.app.setUpCode ?? '' });
  });
  afterAll(async () => {
    await server.close();
    await mail.close();
    await backend.destroy();
  });

  const program = (): Client => server.client();
  const change = (person: Pick<Person, 'token'>, next = NEW_PASSWORD, current = PASSWORD): Promise<Answer> =>
    program().ask(CHANGE, { token: person.token, variables: { current, new: next } });
  const reset = (token: string, next = NEW_PASSWORD): Promise<Answer> =>
    program().ask(RESET, { variables: { token, new: next } });
  const trySignIn = (email: string, password: string): Promise<Answer> =>
    program().ask(SIGN_IN, { variables: { input: { email, password } } });
  async function requestReset(email: string): Promise<string> {
    expect((await program().ask(REQUEST, { variables: { email } })).body).toEqual({
      data: { requestPasswordReset: { requested: true } },
    });
    return tokenIn(await mail.next(email));
  }

  describe('changePassword', () => {
    test('lets this session go on with a fresh pair, and ends the others', async () => {
      const person = await signUp(server);
      const other = await signIn(server, person);
      const answer = await change(person);
      expect(answer.body.data?.['changePassword']).toMatchObject({
        session: { id: person.sessionId },
        user: { id: person.id },
        revokedSessionIds: [other.sessionId],
      });
      for (const { token, refreshToken } of [person, other]) {
        expect((await program().ask(VIEWER, { token })).code).toBe('SESSION_EXPIRED');
        expect((await refresh(server, refreshToken)).code).toBe('SESSION_EXPIRED');
      }
      const token = answer.text('changePassword.accessToken');
      expect((await program().ask(VIEWER, { token })).text('viewer.id')).toBe(person.id);
      expect((await refresh(server, answer.text('changePassword.refreshToken'))).status).toBe(200);
      expect((await trySignIn(person.email, PASSWORD)).code).toBe('INVALID_CREDENTIALS');
      expect((await trySignIn(person.email, NEW_PASSWORD)).status).toBe(200);
    });

    test('by cookies gives the pair in cookies', async () => {
      const browser = await signInBrowser(server, await signUp(server));
      const answer = await browser.ask(CHANGE, { variables: { current: PASSWORD, new: NEW_PASSWORD } });
      expect(answer.body.data).toMatchObject({ changePassword: { accessToken: null, refreshToken: null } });
      expect(readSetCookies(answer.headers).map(({ name: cookie }) => cookie)).toEqual([
        'latchkey-access',
        'latchkey-refresh',
      ]);
      expect((await browser.ask(VIEWER)).status).toBe(200);
      expect((await browser.ask(REFRESH)).status).toBe(200);
    });

    test('changes nothing for a wrong password, a weak one, or one that is too long', async () => {
      const person = await signUp(server);
      expect(await change(person, NEW_PASSWORD, 'wrong password')).toMatchObject({ code: 'INVALID_CREDENTIALS' });
      expect(await change(person, 'short')).toMatchObject({ code: 'WEAK_PASSWORD' });
      expect(await change(person, 'x'.repeat(257))).toMatchObject({ code: 'BAD_USER_INPUT' });
      expect((await program().ask(VIEWER, { token: person.token })).status).toBe(200);
      expect((await trySignIn(person.email, PASSWORD)).status).toBe(200);
    });

    test('twice at once is done once', async () => {
      const person = await signUp(server);
      const answers = await Promise.all(['first of the two', 'second of the two'].map((next) => change(person, next)));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      const signIns = await Promise.all(
        ['first of the two', 'second of the two'].map((password) => trySignIn(person.email, password)),
      );
      expect(signIns.map(({ status }) => status)).toEqual(answers.map(({ status }) => (status === 200 ? 200 : 401)));
    });

    test('together with a sign-in is too much for one operation', async () => {
      const { token } = await signUp(server);
      const document = `mutation { changePassword(input: { currentPassword: "a", newPassword: "b" }) { user { id } }
        resetPassword(input: { token: "a", newPassword: "b" }) { reset } }`;
      expect(await program().ask(document, { token })).toMatchObject({ code: 'OPERATION_TOO_COMPLEX' });
    });
  });

  describe('a password reset', () => {
    test('by the link of a mail sets the password, once, and ends every session', async () => {
      const person = await signUp(server);
      await program().ask(REQUEST, { variables: { email: person.email.toUpperCase() } });
      const token = tokenIn(await mail.next(person.email));
      expect((await program().ask(VIEWER, { token: person.token })).status).toBe(200);
      const answers = await Promise.all([reset(token), reset(token, 'another password')]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
      expect(await reset(token)).toMatchObject({ code: 'BAD_USER_INPUT' });
      expect((await program().ask(VIEWER, { token: person.token })).code).toBe('SESSION_EXPIRED');
      expect((await refresh(server, person.refreshToken)).code).toBe('SESSION_EXPIRED');
      expect((await trySignIn(person.email, PASSWORD)).code).toBe('INVALID_CREDENTIALS');
    });

    test('is good for half an hour', async () => {
      const person = await signUp(server);
      const [early, late] = [await requestReset(person.email), await requestReset(person.email)];
      clock.advance(30 * MINUTE_MS - 5_000);
      expect((await reset(early)).status).toBe(200);
      clock.advance(5_000);
      expect(await reset(late)).toMatchObject({ code: 'BAD_USER_INPUT' });
    });

    test('refuses a weak password without using up the link', async () => {
      const person = await signUp(server);
      const token = await requestReset(person.email);
      expect(await reset(token, 'short')).toMatchObject({ code: 'WEAK_PASSWORD' });
      expect((await reset(token)).status).toBe(200);
      expect((await trySignIn(person.email, NEW_PASSWORD)).status).toBe(200);
    });

    test('refuses what was never in a mail', async () => {
      const person = await signUp(server);
      const token = await requestReset(person.email);
      const [head = '', secret = ''] = token.split('.');
      const bad = ['', 'lkm_', token.slice(0, -1), `${token}A`, `${head}.${secret.split('').reverse().join('')}`, head];
      for (const text of [...bad, `${token}.x`, token.replace('lkm_', 'lkr_'), 'x'.repeat(5_000)]) {
        expect(await reset(text)).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
      }
      expect((await reset(token)).status).toBe(200);
    });

    test('answers the same for an address that nobody has, and mails nobody', async () => {
      const [known, unknown] = [await signUp(server), freshEmail()];
      const other = await startServer(backend.url, { environment: { SMTP_URL: mail.url }, clock });
      const [of, none] = await Promise.all(
        [known.email, unknown].map((email) => other.client().ask(REQUEST, { variables: { email } })),
      );
      expect([none?.status, none?.body]).toEqual([of?.status, of?.body]);
      // A server that stops sends first what waits.
      await other.close();
      const recipients = mail.mails.flatMap(({ to = [] }) => to.map(({ address }) => address));
      expect([recipients.includes(known.email), recipients.includes(unknown)]).toEqual([true, false]);
    });

    test('fills nobody’s mailbox: five links at once, and the same answer', async () => {
      const person = await signUp(server);
      for (let asked = 0; asked < 5; asked += 1) await requestReset(person.email);
      const other = await startServer(backend.url, { environment: { SMTP_URL: mail.url }, clock });
      const answer = await other.client().ask(REQUEST, { variables: { email: person.email } });
      expect(answer.body).toEqual({ data: { requestPasswordReset: { requested: true } } });
      await other.close();
      const sent = mail.mails.filter(({ to = [] }) => to.some(({ address }) => address === person.email));
      expect(sent).toHaveLength(5);
    });

    test.each([
      ['whole, with its link', {}, true],
      ['without what it holds in production', { NODE_ENV: 'production' }, false],
    ])('is in the log %s, where there is no SMTP_URL', async (_name, environment, isWhole) => {
      const person = await signUp(server);
      const other = await startServer(backend.url, { environment, clock });
      await other.client().ask(REQUEST, { variables: { email: person.email } });
      await other.close();
      expect(other.log()).toContain('as there is no SMTP_URL');
      expect(/\/reset-password#[\w.-]+/.test(other.log())).toBe(isWhole);
      expect(other.log().includes(person.email)).toBe(isWhole);
    });

    test('leaves no token in the database', async () => {
      const person = await signUp(server);
      const token = await requestReset(person.email);
      const secret = token.split('.')[1] ?? '';
      const dump = (await dumpStore(backend.url)).toString('latin1');
      for (const leaked of [secret, Buffer.from(secret, 'base64url').toString('hex'), token]) {
        expect(dump.includes(leaked)).toBe(false);
      }
    });

    test('arrives although the mail server refuses it for a while', async () => {
      const person = await signUp(server);
      mail.refuse(1, 451);
      expect(await requestReset(person.email)).toMatch(/^lkm_/);
    });
  });

  describe('an e-mail address', () => {
    test('is confirmed by the link of a mail, once', async () => {
      const person = await signUp(server);
      await program().ask(REQUEST_VERIFICATION, { token: person.token });
      const token = tokenIn(await mail.next(person.email));
      const verify = (): Promise<Answer> => program().ask(VERIFY, { variables: { token } });
      expect((await verify()).body).toEqual({ data: { verifyEmail: { verified: true } } });
      expect(await verify()).toMatchObject({ code: 'BAD_USER_INPUT' });
      expect(await reset(token)).toMatchObject({ code: 'BAD_USER_INPUT' });
      const { body } = await program().ask(EMAIL_VERIFIED, { token: person.token });
      expect(body.data).toEqual({ viewer: { emailVerified: true } });
    });

    test('mails come from the address that the operator names, as automatic', async () => {
      const person = await signUp(server);
      await program().ask(REQUEST_VERIFICATION, { token: person.token });
      const { from, headers, text } = await mail.next(person.email);
      expect(from).toEqual({ name: 'Example', address: 'auth@example.com' });
      expect(headers).toContainEqual(expect.objectContaining({ key: 'auto-submitted', value: 'auto-generated' }));
      expect(text).toContain(`${server.origin}/verify-email#lkm_`);
    });
  });

  describe('users are told by a mail', () => {
    test('that their password was changed, or reset', async () => {
      const person = await signUp(server);
      await change(person);
      expect((await mail.next(person.email)).subject).toBe('Your password was changed');
      expect((await reset(await requestReset(person.email), PASSWORD)).status).toBe(200);
      expect((await mail.next(person.email)).subject).toBe('Your password was changed');
    });

    test('of a sign-in from a new device, and not of one from where they signed in before', async () => {
      const person = await signUp(server);
      const known = await program().ask('mutation ($input: SignInInput!) { signIn(input: $input) { deviceToken } }', {
        variables: { input: { email: person.email, password: PASSWORD, deviceName: 'Ann’s phone' } },
      });
      const first = await mail.next(person.email);
      expect([first.subject, first.text]).toEqual([
        'A sign-in from a new device',
        expect.stringContaining('Ann’s phone'),
      ]);
      const deviceToken = known.text('signIn.deviceToken');
      const input = { email: person.email, password: PASSWORD, deviceToken };
      expect((await program().ask(SIGN_IN, { variables: { input } })).status).toBe(200);
      await change(await signIn(server, person));
      const subjects = [(await mail.next(person.email)).subject, (await mail.next(person.email)).subject];
      expect(subjects.toSorted()).toEqual(['A sign-in from a new device', 'Your password was changed']);
    });

    test('that a theft was detected', async () => {
      const person = await signUp(server);
      const successor = await refreshed(server, person);
      clock.advance(11_000);
      const stolen = await refreshed(server, successor);
      clock.advance(11_000);
      expect((await refresh(server, person.refreshToken)).code).toBe('TOKEN_THEFT_DETECTED');
      expect((await program().ask(VIEWER, { token: stolen.token })).code).toBe('SESSION_EXPIRED');
      expect((await mail.next(person.email)).subject).toBe('A session of yours was ended');
    });

    test('of a ban, with the public reason and never the internal one', async () => {
      const person = await signUp(server);
      const { token } = await signIn(server, admin);
      const input = { userId: person.id, reason: 'internal words', publicReason: 'Spam', until: null };
      const ban = 'mutation ($input: BanUserInput!) { banUser(input: $input) { user { id } } }';
      expect((await program().ask(ban, { token, variables: { input } })).status).toBe(200);
      const { subject, text } = await mail.next(person.email);
      expect(subject).toBe('Your account was banned');
      expect(text).toContain('The reason: Spam');
      expect(text).not.toContain('internal words');
    });
  });

  describe('with EMAIL_VERIFICATION=required', () => {
    let strict: TestServer;
    beforeAll(async () => {
      const environment = { SMTP_URL: mail.url, EMAIL_VERIFICATION: 'required' };
      strict = await startServer(backend.url, { environment, clock });
    });
    afterAll(() => strict.close());
    const SIGN_UP = 'mutation ($input: SignUpInput!) { signUp(input: $input) { user { id } } }';
    const trySignUp = (email: string, password = PASSWORD): Promise<Answer> =>
      strict.client().ask(SIGN_UP, { variables: { input: { email, password } } });
    const enter = (email: string, password: string): Promise<Answer> =>
      strict.client().ask(SIGN_IN, { variables: { input: { email, password } } });

    test('signUp signs nobody in, and says nothing of whether the address is taken', async () => {
      const taken = await signUp(server);
      const email = freshEmail();
      const answers = [await trySignUp(email), await trySignUp(taken.email)];
      for (const { status, body, headers } of answers) {
        expect([status, body, headers.getSetCookie()]).toEqual([200, { data: { signUp: null } }, []]);
      }
      expect((await mail.next(email)).subject).toBe('Confirm your e-mail address');
      expect((await mail.next(taken.email)).subject).toBe('You have an account already');
      expect((await trySignIn(taken.email, PASSWORD)).status).toBe(200);
    });

    test('nobody signs in before the address is confirmed, which the answer does not tell; the link comes again', async () => {
      const email = freshEmail();
      await trySignUp(email);
      const first = await mail.next(email);
      const taken = await signUp(server);
      await trySignUp(taken.email, 'the password of somebody else');
      const wrong = await enter(email, 'wrong password');
      expect(wrong).toMatchObject({ status: 401, code: 'INVALID_CREDENTIALS' });
      // Who signs up and in by the same password is not to learn from it whose address was free.
      for (const answer of [await enter(email, PASSWORD), await enter(taken.email, 'the password of somebody else')]) {
        expect([answer.status, answer.body]).toEqual([wrong.status, wrong.body]);
      }
      const again = await mail.next(email);
      expect(tokenIn(again)).not.toBe(tokenIn(first));
      await strict.client().ask(VERIFY, { variables: { token: tokenIn(first) } });
      expect((await enter(email, PASSWORD)).status).toBe(200);
    });
  });
};

describe('passwords and mail over HTTP (SQLite)', declareOn('SQLite'));
describeOnMongo('passwords and mail over HTTP', declareOn('MongoDB'));
