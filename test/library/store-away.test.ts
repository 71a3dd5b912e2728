import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AuthError, getServerSession, requireSession } from '../../src/index.js';
import { eventually } from '../http/support/eventually.js';
import { startMongod, type Mongod } from '../http/support/mongod.js';
import { signUp } from '../http/support/people.js';
import { createTestAuthServer, type TestAuthServer } from '../support/auth-server.js';
import { createClient, readAnswer, type Answer } from '../support/client.js';
import { describeOnOwnMongod } from '../support/stores.js';
import { startExpress, type Host } from './support/hosts.js';

describeOnOwnMongod('routes beside GraphQL while MongoDB is away', (binary) => {
  let mongod: Mongod;
  let latchkey: TestAuthServer;
  let host: Host;
  beforeAll(async () => {
    mongod = await startMongod(binary);
    latchkey = await createTestAuthServer({ env: { STORE_URL: mongod.url } });
    host = await startExpress((app) => {
      app.use(latchkey.server.handler);
      app.get('/mine', requireSession(), (request, response) => void response.json(request.principal));
      app.get('/page', async (request, response) => {
        const outcome = await getServerSession(request).catch((error: unknown) => error);
        response.json(outcome instanceof AuthError ? outcome.code : outcome);
      });
    });
  }, 120_000);
  afterAll(async () => {
    await host.close();
    await latchkey.close();
    await mongod.remove();
  });

  const client = () => createClient(host.origin);
  const get = async (path: string, token?: string): Promise<Answer> => {
    const headers: HeadersInit = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return readAnswer(await client().fetch(path, { headers }));
  };

  test('let nobody in whose session may be revoked by now, and say when to try again', async () => {
    const ann = await signUp({ client });
    expect(await get('/mine', ann.token)).toMatchObject({ status: 200, body: { userId: ann.id } });
    await mongod.kill();
    // What is known is good for 5 s.
    await eventually(async () => (await get('/mine', ann.token)).status !== 200);
    const refused = await get('/mine', ann.token);
    expect(refused).toMatchObject({ status: 503, code: 'SERVICE_UNAVAILABLE' });
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(refused.headers.get('cache-control')).toBe('no-store');
    expect(JSON.stringify(refused.body)).not.toMatch(/mongo|127\.0|ECONN|topology/i);
    // A page must not be rendered as for nobody, for who may be signed in.
    expect((await get('/page', ann.token)).body).toBe('SERVICE_UNAVAILABLE');
    expect(await get('/mine')).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });

    await mongod.start();
    await eventually(async () => (await get('/mine', ann.token)).status === 200);
    expect((await get('/page', ann.token)).body).toMatchObject({ userId: ann.id });
  }, 120_000);
});
