import { afterEach, expect, test } from '@jest/globals';
import { describeOnEachServer } from '../http/support/fixture.js';
import { refresh, refreshed, signIn, signUp, VIEWER, type Asked } from '../http/support/people.js';
import { readRows } from '../http/support/raw-store.js';
import { ManualClock } from '../support/clock.js';
import { startServer, type TestServer } from '../support/server.js';
import { createBackend, describeOnMongo, type Backend } from '../support/stores.js';

async function generationOf({ url }: Backend, sessionId: string): Promise<unknown> {
  const { sessions } = await readRows(url);
  return sessions?.find((row) => (row['_id'] ?? row['id']) === sessionId)?.['generation'];
}

/** The refresh tokens that so many presentations of one at once are answered with, taking these servers in turn. */
async function refreshAtOnce(servers: readonly Asked[], refreshToken: string, times: number): Promise<string[]> {
  const answers = await Promise.all(
    Array.from({ length: times }, (_, index) => refresh(servers[index % servers.length]!, refreshToken)),
  );
  return answers.map((answer) => answer.text('refreshSession.refreshToken'));
}

describeOnEachServer('Refresh tokens', (fixture) => {
  test('50 refreshes at once with one token get one successor, and the generation advances once', async () => {
    const { server, backend } = fixture();
    const person = await signUp(server);
    const successors = await refreshAtOnce([server], person.refreshToken, 50);

    expect(new Set(successors).size).toBe(1);
    expect(successors[0]).not.toBe(person.refreshToken);
    expect(await generationOf(backend, person.sessionId)).toBe(1);
    expect((await refresh(server, successors[0]!)).status).toBe(200);
  });

  test('tabs that refresh again and again at once never sign each other out', async () => {
    const { server, backend } = fixture();
    const person = await signUp(server);
    let { refreshToken } = person;
    for (let round = 1; round <= 5; round += 1) {
      const successors = await refreshAtOnce([server], refreshToken, 10);
      expect(new Set(successors).size).toBe(1);
      expect(await generationOf(backend, person.sessionId)).toBe(round);
      refreshToken = successors[0]!;
      fixture().clock.advance(10_000);
    }
  });

  test('a token left behind, after its successor was used and grace is over, ends the session for both', async () => {
    const { server, clock } = fixture();
    const person = await signUp(server);
    const other = await signIn(server, person);
    const next = await refreshed(server, person);
    // The successor's access token is used; within a second the server has told the store so.
    await server.client().ask(VIEWER, { token: next.token });
    clock.advance(10_000);
    const newest = await refreshed(server, next);

    expect(await refresh(server, person.refreshToken)).toMatchObject({ status: 401, code: 'TOKEN_THEFT_DETECTED' });
    expect((await refresh(server, newest.refreshToken)).code).toBe('TOKEN_THEFT_DETECTED');
    expect((await refresh(server, next.refreshToken)).code).toBe('TOKEN_THEFT_DETECTED');
    expect((await refresh(server, other.refreshToken)).status).toBe(200);
    expect(server.log()).toContain('session.theft');
  });

  test('within grace the old token gets the same successor again, and after it another, where that was never used', async () => {
    const { server, clock } = fixture();
    const person = await signUp(server);
    const lost = (await refreshed(server, person)).refreshToken;
    clock.advance(9_999);
    expect((await refreshed(server, person)).refreshToken).toBe(lost);
    clock.advance(86_400_000);
    const again = (await refreshed(server, person)).refreshToken;
    expect(again).not.toBe(lost);
    expect((await refresh(server, again)).status).toBe(200);
  });
});

describeOnMongo('Two servers on one database', () => {
  const opened: (TestServer | Backend)[] = [];
  afterEach(async () => {
    for (const each of opened.splice(0).reverse()) await ('destroy' in each ? each.destroy() : each.close());
  });

  async function startTwo(): Promise<{ backend: Backend; servers: [TestServer, TestServer] }> {
    const backend = createBackend('MongoDB');
    const options = { environment: { PUBLIC_URL: 'http://auth.example.com' }, clock: new ManualClock() };
    const servers = [await startServer(backend.url, options), await startServer(backend.url, options)] as const;
    opened.push(backend, ...servers);
    return { backend, servers: [...servers] };
  }

  test('answer one token, presented 25 times at each at once, with one successor', async () => {
    const { backend, servers } = await startTwo();
    const person = await signUp(servers[0]);
    const successors = await refreshAtOnce(servers, person.refreshToken, 50);
    expect(new Set(successors).size).toBe(1);
    expect(await generationOf(backend, person.sessionId)).toBe(1);
  });

  test('take each other\u2019s tokens: signed in at one, refreshed at the other, signed out at the first', async () => {
    const { servers } = await startTwo();
    const [first, second] = servers;
    const person = await signUp(first);
    expect((await second.client().ask(VIEWER, { token: person.token })).text('viewer.id')).toBe(person.id);
    const next = await refreshed(second, person);
    expect((await first.client().ask(VIEWER, { token: next.token })).text('viewer.id')).toBe(person.id);
    await first.client().ask('mutation { signOut { signedOut } }', { token: next.token });
    expect((await refresh(second, next.refreshToken)).code).toBe('SESSION_EXPIRED');
    const keys = await Promise.all(
      servers.map(async (each) => (await each.client().fetch('/.well-known/jwks.json')).text()),
    );
    expect(keys[1]).toBe(keys[0]);
  });
});
