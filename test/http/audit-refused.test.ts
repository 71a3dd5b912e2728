import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startServer, type TestServer } from '../support/server.js';
import { createBackend, describeOnMongo, type Backend } from '../support/stores.js';
import { eventually } from './support/eventually.js';
import { SIGN_IN, signIn, signUp } from './support/people.js';
import { withMongo } from './support/raw-store.js';

const BAN = 'mutation ($id: ID!) { banUser(input: { userId: $id }) { user { id } } }';
const BANNED = 'query ($id: ID!) { user(id: $id) { ban { at } } }';

describeOnMongo('an audit log that refuses what is to be written', () => {
  let backend: Backend;
  let server: TestServer;
  beforeAll(async () => {
    backend = createBackend('MongoDB');
    server = await startServer(backend.url, { environment: { LOG_LEVEL: 'silent' } });
  });
  afterAll(async () => {
    await refuseEntries(false);
    await server.close();
    await backend.destroy();
  });

  const refuseEntries = (isRefused: boolean): Promise<unknown> =>
    withMongo(backend.url, (database) =>
      database.command({ collMod: 'auditEntries', validator: isRefused ? { $expr: false } : {} }),
    );

  test('is told as SERVICE_UNAVAILABLE, nothing is changed meanwhile, and the server is not ready until it is cured', async () => {
    const admin = await signUp(server, { setupCode: server.app.setUpCode ?? '' });
    const user = await signUp(server);
    const ask = (query: string) => server.client().ask(query, { token: admin.token, variables: { id: user.id } });
    const readiness = async (): Promise<unknown[]> => {
      const response = await server.client().fetch('/readyz');
      return [response.status, ((await response.json()) as { auditLog: string }).auditLog];
    };
    expect(await readiness()).toEqual([200, 'writable']);

    await refuseEntries(true);
    const input = { email: user.email, password: 'a wrong one' };
    expect(await server.client().ask(SIGN_IN, { variables: { input } })).toMatchObject({
      ...{ status: 503, code: 'SERVICE_UNAVAILABLE' },
    });
    expect(await readiness()).toEqual([503, 'refusing']);
    expect(await ask(BAN)).toMatchObject({ status: 503, code: 'SERVICE_UNAVAILABLE' });
    expect((await ask(BANNED)).body.data).toEqual({ user: { ban: null } });
    expect(
      await server.client().ask(SIGN_IN, { variables: { input: { ...input, email: admin.email } } }),
    ).toMatchObject({
      ...{ status: 503, code: 'SERVICE_UNAVAILABLE' },
    });

    await refuseEntries(false);
    await eventually(async () => (await readiness())[0] === 200);
    expect((await signIn(server, admin)).id).toBe(admin.id);
  });
});
