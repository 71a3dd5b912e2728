import { describe, expect, test } from '@jest/globals';
import type { Answer, Client } from '../support/client.js';
import { describeOnEachServer } from './support/fixture.js';
import { PASSWORD, REFRESH, refresh, refreshed, signIn, signInBrowser, signUp, VIEWER } from './support/people.js';
import { readSetCookies } from './support/set-cookies.js';

const REAUTHENTICATE = `mutation ($password: String!) {
  reauthenticate(input: { password: $password }) {
    accessToken refreshToken expiresInSeconds session { id current createdAt authenticatedAt } user { id email roles }
  }
}`;
const SESSION = '{ session { id authenticatedAt } }';
const ROTATE = 'mutation { rotateSigningKey { key { id } } }';
const ACCESS = 'latchkey-access';
const REFRESH_COOKIE = 'latchkey-refresh';
const HOUR_MS = 3_600_000;

describeOnEachServer('reauthenticate over HTTP', (fixture) => {
  const program = (): Client => fixture().server.client();
  const prove = (token: string | null, password = PASSWORD): Promise<Answer> =>
    program().ask(REAUTHENTICATE, { token, variables: { password } });
  const proveIn = (browser: Client, password = PASSWORD): Promise<Answer> =>
    browser.ask(REAUTHENTICATE, { variables: { password } });

  test('by header gives a fresh pair of the same session, and no cookie', async () => {
    const { server, clock } = fixture();
    const person = await signUp(server);
    clock.advance(60_000);
    const answer = await prove(person.token);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(answer.body.data?.['reauthenticate']).toMatchObject({
      session: { id: person.sessionId, current: true, authenticatedAt: clock.now().toISOString() },
      user: { id: person.id, email: person.email, roles: [] },
    });
    expect((await refresh(server, person.refreshToken)).code).toBe('SESSION_EXPIRED');
    const next = await refresh(server, answer.text('reauthenticate.refreshToken'));
    expect(next.text('refreshSession.session.id')).toBe(person.sessionId);
    const seen = await program().ask(SESSION, { token: answer.text('reauthenticate.accessToken') });
    expect(seen.text('session.id')).toBe(person.sessionId);
  });

  test('in cookies gives the fresh pair in cookies, with which the browser goes on', async () => {
    const { server, clock } = fixture();
    const browser = await signInBrowser(server, await signUp(server));
    const before = new Map(browser.cookies);
    clock.advance(60_000);
    const answer = await proveIn(browser);
    expect(answer.body.data).toMatchObject({ reauthenticate: { accessToken: null, refreshToken: null } });
    const cookies = readSetCookies(answer.headers);
    expect(cookies.map(({ name }) => name)).toEqual([ACCESS, REFRESH_COOKIE]);
    for (const { name, value, attributes } of cookies) {
      expect(value).not.toBe(before.get(name));
      expect(attributes).toMatchObject({ httponly: '', path: '/', samesite: 'Lax' });
    }
    expect((await browser.ask(SESSION)).text('session.authenticatedAt')).toBe(clock.now().toISOString());
    expect((await browser.ask(REFRESH)).status).toBe(200);
    const old = { input: { refreshToken: before.get(REFRESH_COOKIE) } };
    expect((await program().ask(REFRESH, { variables: old })).code).toBe('SESSION_EXPIRED');
    expect((await browser.ask(VIEWER)).status).toBe(200);
  });

  describe('lets through what asks for a fresh proof, for as long as that is fresh,', () => {
    const refused = { status: 403, code: 'REAUTHENTICATION_REQUIRED' };

    test('by header; the access token of before is still refused', async () => {
      const { server, clock } = fixture();
      const admin = await fixture().admin();
      clock.advance(HOUR_MS + 1_000);
      const old = await refreshed(server, admin);
      expect(await program().ask(ROTATE, { token: old.token })).toMatchObject(refused);
      const answer = await prove(old.token);
      const [token, refreshToken] = ['accessToken', 'refreshToken'].map((name) =>
        answer.text(`reauthenticate.${name}`),
      );
      expect((await program().ask(ROTATE, { token: token ?? '' })).text('rotateSigningKey.key.id')).not.toBe('');
      expect(await program().ask(ROTATE, { token: old.token })).toMatchObject(refused);

      clock.advance(HOUR_MS + 1_000);
      const later = await refreshed(server, { ...admin, refreshToken: refreshToken ?? '' });
      expect(await program().ask(ROTATE, { token: later.token })).toMatchObject(refused);
    });

    test('in cookies', async () => {
      const { server, clock } = fixture();
      const browser = await signInBrowser(server, await fixture().admin());
      clock.advance(HOUR_MS + 1_000);
      await browser.ask(REFRESH);
      expect(await browser.ask(ROTATE)).toMatchObject(refused);
      await proveIn(browser);
      expect((await browser.ask(ROTATE)).text('rotateSigningKey.key.id')).not.toBe('');

      clock.advance(HOUR_MS + 1_000);
      await browser.ask(REFRESH);
      expect(await browser.ask(ROTATE)).toMatchObject(refused);
    });
  });

  test('does not make up for itself: what asks for a fresh proof in the same operation is judged before it', async () => {
    const { server, clock } = fixture();
    const admin = await fixture().admin();
    clock.advance(HOUR_MS + 1_000);
    const next = await refresh(server, admin.refreshToken);
    const both = `mutation { reauthenticate(input: { password: "${PASSWORD}" }) { expiresInSeconds }
      rotateSigningKey { key { id } } }`;
    const answer = await program().ask(both, { token: next.text('refreshSession.accessToken') });
    expect(answer).toMatchObject({ status: 403, code: 'REAUTHENTICATION_REQUIRED' });
    expect((await refresh(server, next.text('refreshSession.refreshToken'))).code).toBeUndefined();
  });

  test.each(['', 'correct horse batterY', `${PASSWORD} `, 'x'.repeat(10_000)])(
    'with the wrong password %# is INVALID_CREDENTIALS, and changes nothing, cookies included',
    async (password) => {
      const { server } = fixture();
      const person = await signUp(server);
      expect(await prove(person.token, password)).toMatchObject({ status: 401, code: 'INVALID_CREDENTIALS' });
      expect((await refresh(server, person.refreshToken)).code).toBeUndefined();
      const browser = await signInBrowser(server, person);
      const before = new Map(browser.cookies);
      const answer = await proveIn(browser, password);
      expect([answer.code, answer.headers.getSetCookie()]).toEqual(['INVALID_CREDENTIALS', []]);
      expect(browser.cookies).toEqual(before);
    },
  );

  test('with another user’s password is INVALID_CREDENTIALS', async () => {
    const { server } = fixture();
    const [person] = [await signUp(server), await signUp(server, { password: 'of somebody else' })];
    expect((await prove(person.token, 'of somebody else')).code).toBe('INVALID_CREDENTIALS');
  });

  test('is for who is signed in: nobody, an expired access token and an ended session are refused', async () => {
    const { server, clock } = fixture();
    const person = await signUp(server);
    const ended = await signIn(server, person);
    await program().ask('mutation { signOut { signedOut } }', { token: ended.token });
    expect(await prove(null)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    expect(await prove(ended.token)).toMatchObject({ status: 401, code: 'SESSION_EXPIRED' });
    clock.advance(606_000);
    expect(await prove(person.token)).toMatchObject({ status: 401, code: 'TOKEN_EXPIRED' });
    expect((await refresh(server, person.refreshToken)).code).toBeUndefined();
  });

  describe('in one operation', () => {
    const proof = `reauthenticate(input: { password: "${PASSWORD}" }) { expiresInSeconds }`;
    const pairs: [string, string][] = [
      ['another', `again: ${proof}`],
      ['a sign-in', `signIn(input: { email: "a@example.com", password: "x" }) { expiresInSeconds }`],
      ['a sign-up', `signUp(input: { email: "a@example.com", password: "${PASSWORD}" }) { expiresInSeconds }`],
      ['a refresh', 'refreshSession { expiresInSeconds }'],
      ['another, hidden in a fragment', '...hidden'],
    ];
    test.each(pairs)('with %s it is OPERATION_TOO_COMPLEX, and nothing runs', async (_name, field) => {
      const { server } = fixture();
      const person = await signUp(server);
      const fragment = field === '...hidden' ? `fragment hidden on Mutation { hidden: ${proof} }` : '';
      for (const fields of [`${proof} ${field}`, `${field} ${proof}`]) {
        const answer = await program().ask(`mutation { ${fields} } ${fragment}`, { token: person.token });
        expect(answer).toMatchObject({ status: 400, code: 'OPERATION_TOO_COMPLEX' });
      }
      expect((await refresh(server, person.refreshToken)).code).toBeUndefined();
    });
  });

  test('sets no cookie for a foreign page, whatever it sends, and proves nothing there', async () => {
    const { server } = fixture();
    const person = await signUp(server);
    const victim = await signInBrowser(server, person);
    const foreign = server.client({ kind: 'browser', origin: 'https://evil.example' });
    victim.cookies.forEach((value, name) => foreign.cookies.set(name, value));
    for (const headers of [{}, { 'x-session-transport': 'cookie' }, { 'x-session-transport': 'header' }]) {
      const answer = await foreign.ask(REAUTHENTICATE, { variables: { password: PASSWORD }, headers });
      expect([answer.status, answer.code, answer.headers.getSetCookie()]).toEqual([403, 'CSRF_BLOCKED', []]);
    }
    expect((await victim.ask(REFRESH)).status).toBe(200);
  });

  test('by header beside cookies of another user leaves those as they are', async () => {
    const { server } = fixture();
    const person = await signUp(server);
    const browser = await signInBrowser(server, await signUp(server));
    const before = new Map(browser.cookies);
    const answer = await browser.ask(REAUTHENTICATE, { token: person.token, variables: { password: PASSWORD } });
    expect(answer.text('reauthenticate.user.id')).toBe(person.id);
    expect(answer.text('reauthenticate.refreshToken')).toMatch(/^lkr_/);
    expect([answer.headers.getSetCookie(), browser.cookies]).toEqual([[], before]);
  });

  test('shows the password nowhere: neither in errors nor in the log', async () => {
    const { server } = fixture();
    const { token } = await signUp(server);
    const secret = 'a-password-that-nobody-may-see';
    const answers = [
      await prove(token, secret),
      await program().ask(`mutation { reauthenticate(input: { password: "${secret}", x: 1 }) { user { id } } }`, {
        token,
      }),
      await program().ask(REAUTHENTICATE, { token, variables: { password: [secret] } }),
    ];
    expect(answers.map(({ code }) => code)).toEqual([
      'INVALID_CREDENTIALS',
      'GRAPHQL_VALIDATION_FAILED',
      'BAD_USER_INPUT',
    ]);
    expect(JSON.stringify(answers.map(({ body }) => body))).not.toContain(secret);
    expect(server.log()).not.toContain(secret);
  });
});
