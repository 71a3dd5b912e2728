import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import Fastify from 'fastify';
import { createTestAuthServer, type TestAuthServer } from '../support/auth-server.js';
import { createClient, readAnswer, type Answer, type Client } from '../support/client.js';
import { freshEmail, PASSWORD, SIGN_IN, SIGN_UP, VIEWER } from '../http/support/people.js';
import { HOSTS, startExpress, type Host } from './support/hosts.js';

describe.each(HOSTS)('the handler in $name', ({ prefix, isWhole, hasRoutes, start }) => {
  let latchkey: TestAuthServer;
  let host: Host;

  beforeAll(async () => {
    latchkey = await createTestAuthServer();
    host = await start(latchkey.server.handler);
  });

  afterAll(async () => {
    await host.close();
    await latchkey.close();
  });

  async function ask(client: Client, query: string, variables: object = {}, headers: object = {}): Promise<Answer> {
    const response = await client.fetch(`${prefix}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    return readAnswer(response);
  }

  const signUp = (client: Client): Promise<Answer> =>
    ask(client, SIGN_UP, { input: { email: freshEmail(), password: PASSWORD } });

  test('signs up by header transport, and knows the token again', async () => {
    const program = createClient(host.origin);
    const answer = await signUp(program);
    const headers = { authorization: `Bearer ${answer.text('signUp.accessToken')}` };
    const viewer = await ask(program, VIEWER, {}, headers);
    expect(viewer.text('viewer.id')).toBe(answer.text('signUp.user.id'));
  });

  test('signs up by cookies, and knows them again', async () => {
    const browser = createClient(host.origin, { kind: 'browser' });
    const answer = await signUp(browser);
    expect([...browser.cookies.keys()].sort()).toEqual(['latchkey-access', 'latchkey-device', 'latchkey-refresh']);
    expect((await ask(browser, VIEWER)).text('viewer.id')).toBe(answer.text('signUp.user.id'));
  });

  test('blocks cookies that another site’s page sends', async () => {
    const browser = createClient(host.origin, { kind: 'browser' });
    await signUp(browser);
    const headers = { origin: 'https://evil.example.com', 'sec-fetch-site': 'cross-site' };
    const answer = await ask(browser, VIEWER, {}, headers);
    expect([answer.status, answer.code]).toEqual([403, 'CSRF_BLOCKED']);
  });

  test('tells whom it refuses for too many tries when to come back', async () => {
    const input = { email: freshEmail(), password: 'not the password' };
    const signIn = (): Promise<Answer> => ask(createClient(host.origin), SIGN_IN, { input });
    for (let times = 0; times < 5; times += 1) expect((await signIn()).code).toBe('INVALID_CREDENTIALS');
    const refused = await signIn();
    expect([refused.status, refused.code]).toEqual([429, 'RATE_LIMITED']);
    const seconds = refused.body.errors?.[0]?.extensions['retryAfterSeconds'];
    expect(seconds).toBeGreaterThan(0);
    expect(refused.headers.get('retry-after')).toBe(String(seconds));
  });

  test('takes queries by GET', async () => {
    const url = `${prefix}/graphql?query=${encodeURIComponent('{ __typename }')}`;
    const headers = { 'apollo-require-preflight': '1' };
    const answer = await readAnswer(await createClient(host.origin).fetch(url, { headers }));
    expect(answer.body.data).toEqual({ __typename: 'Query' });
  });

  test('refuses broken JSON and a body of a megabyte with an error', async () => {
    for (const body of ['{ "query": ', JSON.stringify({ query: '{ __typename }', pad: 'x'.repeat(1_100_000) })]) {
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
      const response = await createClient(host.origin).fetch(`${prefix}/graphql`, init);
      expect([400, 413]).toContain(response.status);
    }
  });

  test('answers a POST that brings no body', async () => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json', 'content-length': '0' } };
    const signal = AbortSignal.timeout(20_000);
    const answer = await readAnswer(await createClient(host.origin).fetch(`${prefix}/graphql`, { ...init, signal }));
    expect([answer.status, answer.code]).toEqual([400, 'BAD_REQUEST']);
  });

  test('serves what is ours beside GraphQL, where all of it is installed', async () => {
    const client = createClient(host.origin);
    const paths = ['/.well-known/jwks.json', '/healthz', '/readyz', '/refresh', '/explorer'];
    const answers = await Promise.all(paths.map((path) => client.fetch(`${prefix}${path}`)));
    expect(answers.map(({ status }) => status)).toEqual(paths.map(() => (isWhole ? 200 : 404)));
  });

  test('passes on what is not ours: to the application’s routes, else 404', async () => {
    const client = createClient(host.origin);
    expect((await client.fetch('/nowhere')).status).toBe(404);
    expect((await client.fetch(`${prefix}/graphql/more`)).status).toBe(404);
    if (!hasRoutes) return;
    expect(await (await client.fetch('/own')).text()).toBe('own');
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":[1]}' };
    expect(await (await client.fetch('/echo', init)).json()).toEqual({ a: [1] });
  });

  test('answers preflights of our path, and leaves those of others to the application', async () => {
    const headers = { origin: 'http://localhost:0', 'access-control-request-method': 'POST' };
    const preflight = async (path: string): Promise<string | null> => {
      const response = await createClient(host.origin).fetch(path, { method: 'OPTIONS', headers });
      return response.headers.get('access-control-allow-credentials');
    };
    expect(await preflight(`${prefix}/graphql`)).toBe('true');
    expect(await preflight('/echo')).toBe(hasRoutes ? null : 'true');
  });
});

describe('a handler whose server is closed', () => {
  test('waits for what runs, and refuses what comes', async () => {
    let release: (value: string) => void = () => undefined;
    let begin: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const latchkey = await createTestAuthServer({
      typeDefs: 'extend type Query { slow: String }',
      resolvers: {
        Query: {
          slow: () =>
            new Promise<string>((resolve) => {
              release = resolve;
              begin();
            }),
        },
      },
    });
    const host = await startExpress((app) => void app.use(latchkey.server.handler));
    const client = createClient(host.origin);
    const running = client.ask('{ slow }');
    await begun;
    const closing = latchkey.close();
    const late = await client.ask('{ __typename }');
    expect([late.status, late.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    release('done');
    expect((await running).body.data).toEqual({ slow: 'done' });
    await closing;
    expect(await (await client.fetch('/own')).text()).toBe('own');
    await host.close();
  });
});

describe('a handler behind other middleware', () => {
  test('keeps the cookies that were set before', async () => {
    const latchkey = await createTestAuthServer();
    const host = await startExpress((app) => {
      app.use((_request, response, next) => {
        response.cookie('theirs', 'kept');
        next();
      });
      app.use(latchkey.server.handler);
    });
    const browser = createClient(host.origin, { kind: 'browser' });
    await browser.ask(SIGN_UP, { variables: { input: { email: freshEmail(), password: PASSWORD } } });
    expect([...browser.cookies.keys()].sort()).toEqual([
      'latchkey-access',
      'latchkey-device',
      'latchkey-refresh',
      'theirs',
    ]);
    await host.close();
    await latchkey.close();
  });

  test('keeps what the hooks of another Fastify add to an answer', async () => {
    const latchkey = await createTestAuthServer();
    const app = Fastify();
    app.addHook('onRequest', async (_request, reply) => {
      void reply.header('x-frame-options', 'DENY').header('set-cookie', 'theirs=kept').header('vary', 'accept');
    });
    await app.register(latchkey.server.handler);
    const { origin } = new URL(await app.listen({ host: 'localhost', port: 0 }));
    const browser = createClient(origin, { kind: 'browser' });
    const answer = await browser.ask(SIGN_UP, { variables: { input: { email: freshEmail(), password: PASSWORD } } });
    expect([...browser.cookies.keys()].sort()).toEqual([
      ...['latchkey-access', 'latchkey-device', 'latchkey-refresh', 'theirs'],
    ]);
    expect(answer.headers.get('x-frame-options')).toBe('DENY');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    app.server.closeAllConnections();
    await app.close();
    await latchkey.close();
  });

  test('says in the log that a body was read and thrown away, and answers 500', async () => {
    const latchkey = await createTestAuthServer();
    const host = await startExpress((app) => {
      app.use((request, _response, next) => {
        request.resume().once('end', () => next());
      });
      app.use(latchkey.server.handler);
    });
    const answer = await createClient(host.origin).ask('{ __typename }');
    expect([answer.status, answer.code]).toEqual([500, 'INTERNAL_SERVER_ERROR']);
    expect(latchkey.log()).toContain('put server.handler before what reads it');
    await host.close();
    await latchkey.close();
  });

  test('goes by TRUST_PROXY of its own, whatever Express trusts', async () => {
    const latchkey = await createTestAuthServer({ env: { TRUST_PROXY: '1' } });
    const host = await startExpress((app) => void app.use(latchkey.server.handler));
    const answer = await createClient(host.origin).ask(
      'mutation ($input: SignUpInput!) { signUp(input: $input) { session { ipAddress } } }',
      {
        variables: { input: { email: freshEmail(), password: PASSWORD } },
        headers: { 'x-forwarded-for': '198.51.100.1, 203.0.113.9' },
      },
    );
    expect(answer.text('signUp.session.ipAddress')).toBe('203.0.113.9');
    await host.close();
    await latchkey.close();
  });
});

test('the handler on a socket of the file system serves whose address nobody knows', async () => {
  const latchkey = await createTestAuthServer();
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-socket-'));
  const server = createServer(latchkey.server.handler);
  const socketPath = join(folder, 'http.sock');
  try {
    await once(server.listen(socketPath), 'listening');
    const input = { email: freshEmail(), password: PASSWORD };
    // The first of each is Apollo Server's to run, the second is prepared.
    for (const query of [SIGN_UP, SIGN_IN, SIGN_IN]) {
      const asking = request({ socketPath, path: '/graphql', method: 'POST' });
      asking.setHeader('content-type', 'application/json').end(JSON.stringify({ query, variables: { input } }));
      const [response] = (await once(asking, 'response')) as [NodeJS.ReadableStream];
      expect(JSON.parse(await text(response))).not.toHaveProperty('errors');
    }
  } finally {
    server.closeAllConnections();
    server.close();
    await latchkey.close();
    rmSync(folder, { recursive: true });
  }
});
