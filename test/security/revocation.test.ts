import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../http/support/eventually.js';
import { refresh, refreshed, signIn, signInBrowser, signUp, VIEWER, type Person } from '../http/support/people.js';
import { startServer, type TestServer } from '../support/server.js';
import { createBackend, describeOnMongo, type Backend, type BackendName } from '../support/stores.js';

const BAN = 'mutation ($id: ID!) { banUser(input: { userId: $id }) { revokedSessionIds } }';
const UNBAN = 'mutation ($id: ID!) { unbanUser(userId: $id) { user { id } } }';
const REVOKE_USER = 'mutation ($id: ID!) { revokeUserSessions(userId: $id) { revokedSessionIds } }';
const DELETE_ACCOUNT = 'mutation { deleteAccount { deleted } }';
const GRANT = 'mutation ($id: ID!) { grantRole(userId: $id, role: MODERATOR) { user { id } } }';

/** What a server may trust at most, and hence the longest that it may take to hear of a revocation. */
const BOUND_SECONDS = 5;

/** Who was revoked goes on with what they hold: three servers on one database, over HTTP. */
const declareOn = (name: BackendName) => (): void => {
  let backend: Backend;
  let here: TestServer;
  let elsewhere: TestServer;
  let thirdPlace: TestServer;
  let admin: Person;
  beforeAll(async () => {
    backend = createBackend(name);
    const environment = { PUBLIC_URL: 'http://auth.example.com' };
    here = await startServer(backend.url, { environment });
    elsewhere = await startServer(backend.url, { environment });
    thirdPlace = await startServer(backend.url, { environment });
    admin = await signUp(here, { setupCode: here.app.setUpCode ?? '' });
  });
  afterAll(async () => {
    await Promise.all([here, elsewhere, thirdPlace].map((server) => server.close()));
    await backend.destroy();
  });

  const use = async (server: TestServer, { token }: Pick<Person, 'token'>): Promise<string> => {
    const { status, code } = await server.client().ask(VIEWER, { token });
    return code === undefined ? String(status) : `${status} ${code}`;
  };
  const ask = (query: string, token: string, variables = {}): ReturnType<ReturnType<TestServer['client']>['ask']> =>
    here.client().ask(query, { token, variables });

  const acts: [string, (victim: Person) => Promise<unknown>][] = [
    ['signOut by access token', ({ token }) => ask('mutation { signOut { signedOut } }', token)],
    [
      'signOut by refresh token',
      ({ refreshToken }) =>
        here.client().ask('mutation ($token: String) { signOut(input: { refreshToken: $token }) { signedOut } }', {
          variables: { token: refreshToken },
        }),
    ],
    [
      'revokeSession by another session of the same user',
      async (victim) => {
        const { token } = await signIn(here, victim);
        return ask('mutation ($id: ID!) { revokeSession(id: $id) { revokedSessionIds } }', token, {
          id: victim.sessionId,
        });
      },
    ],
    [
      'revokeOtherSessions by another session of the same user',
      async (victim) => {
        const { token } = await signIn(here, victim);
        return ask('mutation { revokeOtherSessions { revokedSessionIds } }', token);
      },
    ],
    ['revokeUserSessions by an administrator', ({ id }) => ask(REVOKE_USER, admin.token, { id })],
    ['deleteAccount by the user', ({ token }) => ask(DELETE_ACCOUNT, token)],
    ['banUser', ({ id }) => ask(BAN, admin.token, { id })],
    [
      'a ban that was lifted at once',
      async ({ id }) => {
        await ask(BAN, admin.token, { id });
        return ask(UNBAN, admin.token, { id });
      },
    ],
  ];

  test.each(acts)(
    '%s: the next request is refused, here at once and elsewhere as soon as it is told',
    async (_name, act) => {
      const victim = await signUp(here);
      const bystander = await signUp(here);
      expect([await use(here, victim), await use(elsewhere, victim)]).toEqual(['200', '200']);
      await act(victim);
      expect(await use(here, victim)).toBe('401 SESSION_EXPIRED');
      for (const server of [elsewhere, thirdPlace]) {
        await eventually(async () => (await use(server, victim)) === '401 SESSION_EXPIRED', BOUND_SECONDS);
      }
      expect([await use(here, bystander), await use(elsewhere, bystander)]).toEqual(['200', '200']);
    },
  );

  test('a browser is refused by its cookies as a program is by its header', async () => {
    const person = await signUp(here);
    const browser = await signInBrowser(here, person);
    expect((await browser.ask(VIEWER)).text('viewer.id')).toBe(person.id);
    await ask(BAN, admin.token, { id: person.id });
    expect(await browser.ask(VIEWER)).toMatchObject({ status: 401, code: 'SESSION_EXPIRED' });
    // The cookies are still there for signOut to clear, and refreshSession says why.
    expect(await browser.ask('mutation { refreshSession { expiresInSeconds } }')).toMatchObject({
      code: 'USER_BANNED',
    });
  });

  test('mutations of who is revoked run nowhere, whatever else stands in the document', async () => {
    const victim = await signUp(here);
    await ask(REVOKE_USER, admin.token, { id: victim.id });
    const document = 'mutation { revokeOtherSessions { revokedSessionIds } signOut { signedOut } }';
    expect(await here.client().ask(document, { token: victim.token })).toMatchObject({
      status: 401,
      code: 'SESSION_EXPIRED',
    });
  });

  test('what is public answers who is revoked, as anybody', async () => {
    const victim = await signUp(here);
    await ask(BAN, admin.token, { id: victim.id });
    expect((await here.client().ask('{ __typename }', { token: victim.token })).status).toBe(200);
  });

  test('theft ends the access tokens of both, everywhere', async () => {
    const server = await startServer(backend.url, {
      environment: { PUBLIC_URL: 'http://auth.example.com', REFRESH_GRACE_SECONDS: '0' },
    });
    const owner = await signUp(server);
    const first = await refreshed(server, owner);
    const second = await refreshed(server, first);
    expect(await use(server, second)).toBe('200');
    expect((await refresh(server, owner.refreshToken)).code).toBe('TOKEN_THEFT_DETECTED');
    for (const held of [owner, first, second]) {
      expect(await use(server, held)).toBe('401 SESSION_EXPIRED');
      await eventually(async () => (await use(elsewhere, held)) === '401 SESSION_EXPIRED', BOUND_SECONDS);
    }
    await server.close();
  });

  test('who was deleted stays refused by a server that starts afterwards', async () => {
    const victim = await signUp(here);
    expect((await ask(DELETE_ACCOUNT, victim.token)).body).toEqual({ data: { deleteAccount: { deleted: true } } });
    const restarted = await startServer(backend.url, { environment: { PUBLIC_URL: 'http://auth.example.com' } });
    expect(await use(restarted, victim)).toBe('401 SESSION_EXPIRED');
    expect((await refresh(restarted, victim.refreshToken)).code).toBe('SESSION_EXPIRED');
    expect((await refresh(here, victim.refreshToken)).code).toBe('SESSION_EXPIRED');
    await restarted.close();
  });

  test('a change of roles asks for a refresh, after which the new roles count, on either server', async () => {
    const person = await signUp(here);
    await ask(GRANT, admin.token, { id: person.id });
    expect(await use(here, person)).toBe('401 TOKEN_EXPIRED');
    await eventually(async () => (await use(elsewhere, person)) === '401 TOKEN_EXPIRED', BOUND_SECONDS);
    const token = (await refresh(elsewhere, person.refreshToken)).text('refreshSession.accessToken');
    for (const server of [here, elsewhere]) {
      const answer = await server.client().ask('{ viewer { roles } users(first: 1) { totalCount } }', { token });
      expect(answer.body).toMatchObject({ data: { viewer: { roles: ['MODERATOR'] } } });
      expect(answer.body.errors).toBeUndefined();
    }
  });

  test('readyz says that the store is reachable and the feed fresh', async () => {
    const response = await elsewhere.client().fetch('/readyz');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: 'ready',
      store: 'reachable',
      revocationFeed: 'fresh',
      auditLog: 'writable',
    });
  });
};

describe('revoked access tokens (SQLite)', declareOn('SQLite'));
describeOnMongo('revoked access tokens', declareOn('MongoDB'));
