import { expect, test } from '@jest/globals';
import { describeOnEachServer, openFixture } from '../http/support/fixture.js';
import {
  PASSWORD,
  REFRESH,
  refresh,
  refreshed,
  signIn,
  signInBrowser,
  signUp,
  SIGN_IN,
  VIEWER,
  type Person,
} from '../http/support/people.js';
import { readSetCookies } from '../http/support/set-cookies.js';
import { readContent } from '../http/support/raw-store.js';
import { describeOnEachBackend } from '../support/stores.js';
import type { Client } from '../support/client.js';

const ACCESS = 'latchkey-access';
const REFRESH_COOKIE = 'latchkey-refresh';
const DEVICE = 'latchkey-device';
const SESSION = '{ session { id createdAt lastSeenAt expiresAt authenticatedAt user { id } } }';

describeOnEachServer('Session fixation', (fixture) => {
  const server = () => fixture().server;
  const credentials = ({ email }: Pick<Person, 'email'>) => ({ variables: { input: { email, password: PASSWORD } } });

  /** What the store holds of this session, but whether its newest pair has been seen: who presents it shows that. */
  async function rowOf(sessionId: string): Promise<unknown> {
    const { sessions = [] } = await readContent(fixture().backend.url);
    const row = sessions.find(({ id, _id = id }) => _id === sessionId);
    return row && Object.fromEntries(Object.entries(row).filter(([name]) => !/confirmed/i.test(name)));
  }

  /** A browser into which somebody has planted the cookies of another. */
  function planted(attacker: Client): Client {
    const browser = server().client({ kind: 'browser' });
    attacker.cookies.forEach((value, name) => browser.cookies.set(name, value));
    return browser;
  }

  test.each([
    ['all cookies', [ACCESS, REFRESH_COOKIE, DEVICE]],
    ['the access cookie', [ACCESS]],
    ['the refresh cookie', [REFRESH_COOKIE]],
  ])(
    'a sign-in with %s of an attacker begins a session of its own, and leaves theirs as it is',
    async (_name, names) => {
      const attacker = await signInBrowser(server(), await signUp(server()));
      const victim = await signUp(server());
      const sessionId = (await attacker.ask(SESSION)).text('session.id');
      const browser = planted(attacker);
      for (const name of [...browser.cookies.keys()]) if (!names.includes(name)) browser.cookies.delete(name);
      const before = await rowOf(sessionId);
      expect(before).toBeDefined();

      fixture().clock.advance(60_000);
      const answer = await browser.ask(SIGN_IN, credentials(victim));

      expect(answer.text('signIn.user.id')).toBe(victim.id);
      expect(answer.text('signIn.session.id')).not.toBe(sessionId);
      const set = readSetCookies(answer.headers);
      expect(set.map(({ name }) => name).sort()).toEqual([ACCESS, DEVICE, REFRESH_COOKIE]);
      for (const { name, value } of set) expect(value).not.toBe(attacker.cookies.get(name));
      // Neither extended nor ended nor taken over: not one column of it has changed.
      expect(await rowOf(sessionId)).toEqual(before);
      expect((await attacker.ask(SESSION)).text('session.id')).toBe(sessionId);
      expect((await attacker.ask(VIEWER)).text('viewer.id')).not.toBe(victim.id);
      expect((await browser.ask(SESSION)).text('session.user.id')).toBe(victim.id);
      expect((await attacker.ask(REFRESH)).text('refreshSession.session.id')).toBe(sessionId);
    },
  );

  test('nor does a sign-up with them', async () => {
    const attacker = await signInBrowser(server(), await signUp(server()));
    const sessionId = (await attacker.ask(SESSION)).text('session.id');
    const before = await rowOf(sessionId);
    const browser = planted(attacker);
    const input = { email: `fresh-${sessionId}@example.com`, password: PASSWORD };
    const answer = await browser.ask(
      'mutation ($input: SignUpInput!) { signUp(input: $input) { session { id } user { id } } }',
      {
        variables: { input },
      },
    );
    expect(answer.text('signUp.session.id')).not.toBe(sessionId);
    expect(browser.cookies.get(REFRESH_COOKIE)).not.toBe(attacker.cookies.get(REFRESH_COOKIE));
    expect(await rowOf(sessionId)).toEqual(before);
  });

  test('in header transport, a sign-in with somebody else\u2019s access token gives a pair of its own', async () => {
    const attacker = await signUp(server());
    const victim = await signUp(server());
    const before = await rowOf(attacker.sessionId);
    fixture().clock.advance(60_000);
    const answer = await server()
      .client()
      .ask(SIGN_IN, { ...credentials(victim), token: attacker.token });

    expect(answer.text('signIn.session.id')).not.toBe(attacker.sessionId);
    expect(answer.text('signIn.accessToken')).not.toBe(attacker.token);
    expect(answer.text('signIn.refreshToken')).not.toBe(attacker.refreshToken);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(await rowOf(attacker.sessionId)).toEqual(before);
    const asVictim = await server()
      .client()
      .ask(SESSION, { token: answer.text('signIn.accessToken') });
    expect(asVictim.text('session.user.id')).toBe(victim.id);
    expect((await server().client().ask(VIEWER, { token: attacker.token })).text('viewer.id')).toBe(attacker.id);
    expect((await refresh(server(), attacker.refreshToken)).text('refreshSession.session.id')).toBe(attacker.sessionId);
  });

  test('a sign-in with the viewer\u2019s own tokens begins another session, and leaves the one in use as it is', async () => {
    const person = await signUp(server());
    const before = await rowOf(person.sessionId);
    const again = await server()
      .client()
      .ask(SIGN_IN, { ...credentials(person), token: person.token });
    expect(again.text('signIn.session.id')).not.toBe(person.sessionId);
    expect(await rowOf(person.sessionId)).toEqual(before);
  });

  test('a sign-in that fails with planted cookies sets none, and changes nothing of theirs', async () => {
    const attacker = await signInBrowser(server(), await signUp(server()));
    const victim = await signUp(server());
    const sessionId = (await attacker.ask(SESSION)).text('session.id');
    const before = await rowOf(sessionId);
    const browser = planted(attacker);
    const wrong = { variables: { input: { email: victim.email, password: 'wrong horse battery' } } };
    const answer = await browser.ask(SIGN_IN, wrong);
    expect(answer.code).toBe('INVALID_CREDENTIALS');
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(await rowOf(sessionId)).toEqual(before);
  });

  test('an id of a session that the client makes up is nowhere taken', async () => {
    const victim = await signUp(server());
    const sessionId = 'A'.repeat(22);
    const browser = server().client({ kind: 'browser' });
    for (const name of [ACCESS, REFRESH_COOKIE, 'session', 'sid', 'connect.sid']) browser.cookies.set(name, sessionId);
    const headers = { 'x-session-id': sessionId };
    const answer = await browser.ask(SIGN_IN, { ...credentials(victim), headers });
    expect(answer.text('signIn.session.id')).not.toBe(sessionId);
    expect(await rowOf(sessionId)).toBeUndefined();
  });

  test('several browsers and devices of one user go on side by side, and one signs out alone', async () => {
    const person = await signUp(server());
    const browsers = [await signInBrowser(server(), person), await signInBrowser(server(), person)];
    const phone = await signIn(server(), person);
    const idsOf = async () =>
      Promise.all([
        ...browsers.map(async (browser) => (await browser.ask(SESSION)).text('session.id')),
        ...[person, phone].map(async ({ token }) =>
          (await server().client().ask(SESSION, { token })).text('session.id'),
        ),
      ]);
    const ids = await idsOf();
    expect(new Set(ids).size).toBe(4);
    for (const browser of browsers) (await browser.ask(REFRESH)).text('refreshSession.session.id');
    const next = await refreshed(server(), phone);
    expect(next.sessionId).toBe(phone.sessionId);
    expect(await idsOf()).toEqual(ids);

    const [first, second] = browsers;
    await first?.ask('mutation { signOut { signedOut } }');
    expect((await second?.ask(SESSION))?.text('session.id')).toBe(ids[1]);
    expect((await server().client().ask(SESSION, { token: next.token })).text('session.id')).toBe(phone.sessionId);
    const listed = await server().client().ask('{ viewer { sessions { id } } }', { token: next.token });
    expect(JSON.stringify(listed.body.data)).not.toContain(ids[0]);
  });
});

describeOnEachBackend('MAX_SESSIONS_PER_USER', (name) => {
  test('holds for many sign-ins at once, and the ones that remain are good', async () => {
    const fixture = await openFixture(name, { MAX_SESSIONS_PER_USER: '5' });
    const { server, clock } = fixture;
    const person = await signUp(server);
    const other = await signUp(server);
    clock.advance(1_000);
    const together = await Promise.all(Array.from({ length: 20 }, () => signIn(server, person)));
    expect(new Set(together.map(({ sessionId }) => sessionId)).size).toBe(20);

    const answers = await Promise.all(together.map(({ token }) => server.client().ask(SESSION, { token })));
    const live = answers.filter(({ body }) => body.errors === undefined);
    expect(live).toHaveLength(5);
    for (const answer of answers.filter((each) => !live.includes(each))) expect(answer.code).toBe('SESSION_EXPIRED');
    const [good] = together.filter((_, index) => answers[index]?.body.errors === undefined);
    const { body } = await server.client().ask('{ viewer { sessions { id } } }', { token: good?.token ?? null });
    expect(body.data).toMatchObject({ viewer: { sessions: live.map(() => ({ id: expect.any(String) })) } });
    // The oldest went, and nobody else's.
    expect((await server.client().ask(VIEWER, { token: person.token })).code).toBe('SESSION_EXPIRED');
    expect((await server.client().ask(VIEWER, { token: other.token })).text('viewer.id')).toBe(other.id);
    await fixture.close();
  }, 60_000);
});
