import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Answer } from '../support/client.js';
import { startServer, type TestServer } from '../support/server.js';
import { describeOnOwnMongod } from '../support/stores.js';
import { eventually } from './support/eventually.js';
import { startMongod, type Mongod } from './support/mongod.js';
import {
  freshEmail,
  PASSWORD,
  refresh,
  refreshed,
  signIn,
  SIGN_IN,
  SIGN_UP,
  signUp,
  VIEWER,
  type Person,
} from './support/people.js';

describeOnOwnMongod('While MongoDB is away', (binary) => {
  let mongod: Mongod;
  let server: TestServer;
  let person: Person;
  beforeAll(async () => {
    mongod = await startMongod(binary);
    server = await startServer(mongod.url);
    person = await signUp(server);
  }, 120_000);
  afterAll(async () => {
    await mongod.recover();
    await server.close();
    await mongod.remove();
  });

  /** What became an INTERNAL_SERVER_ERROR: with its stack, so that a failure here says why. */
  const internalErrors = () =>
    server
      .log()
      .split('\n')
      .filter((line) => line.includes('"level":50'));

  const statusOf = async (path: string) => (await server.client().fetch(path)).status;

  /** What needs the store, each in a request of its own, all at once. */
  const askAll = (): Promise<Answer[]> => {
    const { email, token, refreshToken } = person;
    const ask = (query: string, variables: Record<string, unknown> = {}) =>
      server.client().ask(query, { token, variables });
    return Promise.all([
      ask('{ viewer { email } }'),
      ask('{ session { createdAt } }'),
      ask('mutation { revokeOtherSessions { revokedSessionIds } }'),
      ask(SIGN_IN, { input: { email, password: PASSWORD } }),
      ask(SIGN_UP, { input: { email: freshEmail(), password: PASSWORD } }),
      ask('mutation { signOut { signedOut } }'),
      refresh(server, refreshToken),
    ]);
  };

  async function expectUnavailable(): Promise<void> {
    const answers = await askAll();
    expect(internalErrors()).toEqual([]);
    for (const { status, headers, body, code } of answers) {
      const outcome = {
        status,
        code,
        isBare: code === undefined || !/mongo|127\.0|ECONN|topology/i.exec(JSON.stringify(body)),
      };
      expect(outcome).toEqual({ status: body.data ? 200 : 503, code: 'SERVICE_UNAVAILABLE', isBare: true });
      if (status === 503) expect(headers.get('retry-after')).toMatch(/^\d+$/);
    }
    expect(await statusOf('/readyz')).toBe(503);
    expect(await statusOf('/healthz')).toBe(200);
    // What an access token says by itself is answered for 5 s; then nobody can tell whether it was revoked.
    await eventually(async () => (await server.client().ask(VIEWER, { token: person.token })).status === 503);
    const answer = await server.client().ask(VIEWER, { token: person.token });
    expect(answer).toMatchObject({ status: 503, code: 'SERVICE_UNAVAILABLE' });
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect((await server.client().ask('{ __typename }', { token: person.token })).status).toBe(200);
  }

  async function expectRecovery(): Promise<void> {
    await eventually(async () => (await statusOf('/readyz')) === 200);
    person = await refreshed(server, await signIn(server, person));
    expect((await server.client().ask('{ viewer { email } }', { token: person.token })).text('viewer.email')).toBe(
      person.email,
    );
  }

  test('killed: SERVICE_UNAVAILABLE with Retry-After, and by itself as before when it comes back', async () => {
    await mongod.kill();
    await expectUnavailable();
    await mongod.start();
    await expectRecovery();
  }, 120_000);

  test('hung, with its sockets open: the same, in bounded time', async () => {
    mongod.hang();
    await expectUnavailable();
    await mongod.recover();
    await expectRecovery();
  }, 120_000);

  test('a refresh that was refused loses nobody their session', async () => {
    const before = await signIn(server, person);
    await mongod.kill();
    const refused = await refresh(server, before.refreshToken);
    expect(internalErrors()).toEqual([]);
    expect(refused).toMatchObject({ status: 503, code: 'SERVICE_UNAVAILABLE' });
    await mongod.start();
    await eventually(async () => (await statusOf('/readyz')) === 200);
    const after = await refreshed(server, before);
    expect((await refresh(server, after.refreshToken)).status).toBe(200);
  }, 120_000);

  test('a server that starts then says so, and nothing of it stays behind', async () => {
    await mongod.kill();
    await expect(startServer(mongod.url)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await mongod.start();
  }, 120_000);
});
