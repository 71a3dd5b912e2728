import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { MongoMemoryServer } from 'mongodb-memory-server-core';
import { startStandalone, withFreshDatabase } from '../support/mongo.js';
import { startServer, type TestServer } from '../support/server.js';
import { describeOnOwnMongod } from '../support/stores.js';
import { eventually } from './support/eventually.js';
import { refresh, signUp, VIEWER, type Person } from './support/people.js';
import { withMongo } from './support/raw-store.js';

const BAN = 'mutation ($id: ID!) { banUser(input: { userId: $id }) { revokedSessionIds } }';
const GRANT = 'mutation ($id: ID!) { grantRole(userId: $id, role: MODERATOR) { user { id } } }';
const SET_PERMISSIONS =
  'mutation ($permissions: [String!]!) { setRolePermissions(role: ADMIN, permissions: $permissions) { rolePermissions { role } } }';
const ROTATE = 'mutation { rotateSigningKey(revokeCurrent: true) { key { id } } }';

/** The longest that a server may take to hear of a revocation. */
const BOUND_SECONDS = 5;

/** Two servers on a MongoDB that is no replica set and has no change streams. */
describeOnOwnMongod('a standalone MongoDB', (binary) => {
  let mongod: MongoMemoryServer;
  let url: string;
  let here: TestServer;
  let elsewhere: TestServer;
  let admin: Person;
  beforeAll(async () => {
    mongod = await startStandalone(binary);
    url = withFreshDatabase(mongod.getUri());
    const environment = { PUBLIC_URL: 'http://auth.example.com' };
    here = await startServer(url, { environment });
    elsewhere = await startServer(url, { environment });
    admin = await signUp(here, { setupCode: here.app.setUpCode ?? '' });
  });
  afterAll(async () => {
    await Promise.all([here.close(), elsewhere.close()]);
    await mongod.stop();
  });

  const codeAt = async (server: TestServer, { token }: Pick<Person, 'token'>): Promise<string> =>
    (await server.client().ask(VIEWER, { token })).code ?? 'good';
  const act = (query: string, variables = {}): Promise<unknown> =>
    here.client().ask(query, { token: admin.token, variables });

  test('says once that it is polled, and is ready', async () => {
    for (const server of [here, elsewhere]) {
      expect(server.log().match(/revocations are polled for/g)).toHaveLength(1);
      const response = await server.client().fetch('/readyz');
      expect(await response.json()).toEqual({
        status: 'ready',
        store: 'reachable',
        revocationFeed: 'fresh',
        auditLog: 'writable',
      });
    }
  });

  test('a ban is refused here at once, elsewhere with the next look, and nobody else is', async () => {
    const [victim, bystander] = [await signUp(here), await signUp(here)];
    expect([await codeAt(here, victim), await codeAt(elsewhere, victim)]).toEqual(['good', 'good']);
    await act(BAN, { id: victim.id });
    expect(await codeAt(here, victim)).toBe('SESSION_EXPIRED');
    await eventually(async () => (await codeAt(elsewhere, victim)) === 'SESSION_EXPIRED', BOUND_SECONDS);
    expect([await codeAt(here, bystander), await codeAt(elsewhere, bystander)]).toEqual(['good', 'good']);
  });

  test('who was deleted is refused here at once, elsewhere with the next look, and by a server that starts later', async () => {
    const victim = await signUp(here);
    expect(await codeAt(elsewhere, victim)).toBe('good');
    await here.client().ask('mutation { deleteAccount { deleted } }', { token: victim.token });
    expect(await codeAt(here, victim)).toBe('SESSION_EXPIRED');
    await eventually(async () => (await codeAt(elsewhere, victim)) === 'SESSION_EXPIRED', BOUND_SECONDS);
    const restarted = await startServer(url, { environment: { PUBLIC_URL: 'http://auth.example.com' } });
    expect(await codeAt(restarted, victim)).toBe('SESSION_EXPIRED');
    await restarted.close();
  });

  test('what a role allows holds here at once, elsewhere with the next look, and is withdrawn the same way', async () => {
    const permissionsAt = async (server: TestServer): Promise<unknown> => {
      const answer = await server.client().ask('{ viewer { permissions } }', { token: admin.token });
      return answer.body.data?.['viewer'];
    };
    for (const permissions of [['post:write'], []]) {
      await act(SET_PERMISSIONS, { permissions });
      expect(await permissionsAt(here)).toEqual({ permissions });
      await eventually(async () => JSON.stringify(await permissionsAt(elsewhere)) === JSON.stringify({ permissions }));
    }
  });

  test('a change of roles and a revoked key ask for a refresh, elsewhere too', async () => {
    const person = await signUp(here);
    await act(GRANT, { id: person.id });
    await eventually(async () => (await codeAt(elsewhere, person)) === 'TOKEN_EXPIRED', BOUND_SECONDS);
    const answer = await refresh(elsewhere, person.refreshToken);
    const token = answer.text('refreshSession.accessToken');
    expect(await codeAt(elsewhere, { token })).toBe('good');
    await act(ROTATE);
    expect(await codeAt(here, { token })).toBe('TOKEN_EXPIRED');
    await eventually(async () => (await codeAt(elsewhere, { token })) === 'TOKEN_EXPIRED', BOUND_SECONDS);
    const again = await refresh(elsewhere, answer.text('refreshSession.refreshToken'));
    const renewed = { token: again.text('refreshSession.accessToken') };
    expect([await codeAt(here, renewed), await codeAt(elsewhere, renewed)]).toEqual(['good', 'good']);
  });

  test('a write that had to wait for long, and bears the time when it began, is told all the same', async () => {
    const victim = await signUp(here);
    expect(await codeAt(elsewhere, victim)).toBe('good');
    const endedAt = new Date(Date.now() - 60_000);
    await withMongo(url, (database) =>
      database
        .collection<{ _id: string }>('sessions')
        .updateOne({ _id: victim.sessionId }, { $set: { endedAt, endReason: 'signed-out' } }),
    );
    await eventually(async () => (await codeAt(elsewhere, victim)) === 'SESSION_EXPIRED', BOUND_SECONDS);
  });
});
