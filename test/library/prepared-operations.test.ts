import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import {
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestListener,
} from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { RequestHandler } from 'express';
import Fastify from 'fastify';
import { GraphQLError } from 'graphql';
import { freshEmail, PASSWORD } from '../http/support/people.js';
import { eventually } from '../http/support/eventually.js';
import { createTestAuthServer, type TestAuthServer } from '../support/auth-server.js';
import { listen, startExpress, type Host } from './support/hosts.js';

const TYPE_DEFS = `#graphql
  extend type Query { hello: String @public slow: String @public }
  extend type Mutation { touch: String @public whoAmI: String @public }
`;
const HELLO = '{ hello }';
const TOUCH = 'mutation Touch { touch }';

interface Asked {
  readonly query: string;
  readonly variables?: object;
  readonly headers?: OutgoingHttpHeaders;
}

/** Sends a request, whose body comes in two parts. */
function begin(origin: string, path: string, { query, variables, headers = {} }: Asked) {
  const body = Buffer.from(JSON.stringify({ query, variables }));
  const all = { 'content-type': 'application/json', 'content-length': body.length, ...headers };
  const asked = httpRequest(new URL(path, origin), { method: 'POST', headers: all, agent: false });
  asked.on('error', () => undefined);
  asked.write(body.subarray(0, -5));
  return { asked, sendRest: () => void setTimeout(() => asked.end(body.subarray(-5)), 20) };
}

async function ask(origin: string, path: string, given: Asked) {
  const { asked, sendRest } = begin(origin, path, given);
  sendRest();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

/** With a query in its URL a request is left to Apollo Server. */
describe.each([
  ['run before', '/graphql'],
  ['that Apollo Server runs', '/graphql?a=b'],
])('Within an application, an operation %s', (_name, path) => {
  const tenants = new AsyncLocalStorage<string>();
  let latchkey: TestAuthServer;
  let host: Host | undefined;
  /** How much of the log is of other tests. */
  let linesBefore: number;
  /** What the application's `context` saw, each time that it was asked. */
  let seen: (string | undefined)[];
  let touched: number;
  let makeContext: () => Promise<object> | object;
  let release: () => void;

  beforeAll(async () => {
    latchkey = await createTestAuthServer({
      typeDefs: TYPE_DEFS,
      resolvers: {
        Query: {
          hello: () => 'hello',
          slow: () => new Promise<string>((resolve) => (release = () => resolve('slow'))),
        },
        Mutation: {
          touch: () => {
            touched += 1;
            return 'touched';
          },
          whoAmI: (_source: unknown, _arguments: unknown, { whoAmI }: { whoAmI?: () => string }) => whoAmI?.(),
        },
      },
      context: async (context) => {
        seen.push(tenants.getStore());
        return { whoAmI: () => context.principal?.userId ?? 'nobody', ...(await makeContext()) };
      },
    });
  });

  beforeEach(() => {
    makeContext = () => ({});
    host = undefined;
    linesBefore = 0;
    linesBefore = lines().length;
    seen = [];
    touched = 0;
  });
  afterEach(() => host?.close());
  afterAll(() => latchkey.close());

  /** Starts a program that hands its requests on, and has it run these operations once. */
  async function startHost(listener: RequestListener, ...queries: readonly string[]): Promise<string> {
    host = await listen(listener);
    for (const query of queries) await ask(host.origin, path, { query });
    await eventually(() => lines().length === queries.length);
    seen = [];
    touched = 0;
    linesBefore += queries.length;
    return host.origin;
  }
  const lines = (): Record<string, unknown>[] =>
    latchkey
      .log()
      .split('\n')
      .filter((line) => line.includes('"msg":"request"'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .slice(linesBefore);

  test('sees the AsyncLocalStorage of who called the handler, also the first time', async () => {
    const origin = await startHost((...given) => tenants.run('tenant', () => latchkey.server.handler(...given)));
    const query = '{ hello } # for a tenant';
    for (let times = 0; times < 2; times += 1) await ask(origin, path, { query });
    expect(seen).toEqual(['tenant', 'tenant']);
  });

  test('sees that of another Fastify’s hooks', async () => {
    const app = Fastify();
    app.addHook('onRequest', (_request, _reply, done) => tenants.run('tenant', done));
    await app.register(latchkey.server.handler);
    const { origin } = new URL(await app.listen({ host: 'localhost', port: 0 }));
    for (let times = 0; times < 2; times += 1) await ask(origin, path, { query: HELLO });
    expect(seen).toEqual(['tenant', 'tenant']);
    app.server.closeAllConnections();
    await app.close();
  });

  test('is no trouble where the host has answered meanwhile', async () => {
    let isLate = false;
    const origin = await startHost((request, response) => {
      latchkey.server.handler(request, response);
      if (isLate) response.writeHead(503).end('late');
    }, HELLO);
    isLate = true;
    expect((await ask(origin, path, { query: HELLO })).status).toBe(503);
    isLate = false;
    expect((await ask(origin, path, { query: HELLO })).status).toBe(200);
    await eventually(() => lines().length === 2);
    expect(lines().map(({ status }) => status)).toEqual([503, 200]);
  });

  test('is no trouble where the host has the body read as text', async () => {
    const origin = await startHost((request, response) => {
      request.setEncoding('utf8');
      latchkey.server.handler(request, response);
    }, HELLO);
    expect((await ask(origin, path, { query: HELLO })).body).toBe('{"data":{"hello":"hello"}}\n');
  });

  test('leaves the headers of the host, and adds to them', async () => {
    const origin = await startHost((request, response) => {
      response.setHeader('Vary', 'Accept-Encoding').setHeader('Set-Cookie', 'theirs=kept').setHeader('X-Host', '1');
      latchkey.server.handler(request, response);
    }, HELLO);
    const { headers } = await ask(origin, path, { query: HELLO });
    expect(headers).toMatchObject({ vary: 'Accept-Encoding, Origin', 'set-cookie': ['theirs=kept'], 'x-host': '1' });
  });

  test('leaves no body on the request of the host', async () => {
    const bodies: unknown[] = [];
    host = await startExpress((app) => {
      app.use((request, response, next) => {
        response.once('close', () => bodies.push(request.body));
        next();
      });
      app.use(latchkey.server.handler as RequestHandler);
    });
    for (const query of Array<string>(2).fill('{ hello } # without a body')) await ask(host.origin, path, { query });
    await eventually(() => bodies.length === 2);
    expect(bodies).toEqual([undefined, undefined]);
  });

  test('tells what the application kept of its context who has signed in meanwhile', async () => {
    const query =
      'mutation ($input: SignUpInput!) { before: whoAmI signUp(input: $input) { user { id } } after: whoAmI }';
    const origin = await startHost(latchkey.server.handler);
    for (let times = 0; times < 2; times += 1) {
      const variables = { input: { email: freshEmail(), password: PASSWORD } };
      const { data } = JSON.parse((await ask(origin, path, { query, variables })).body) as {
        readonly data: { readonly before: string; readonly after: string; readonly signUp: { user: { id: string } } };
      };
      expect([data.before, data.after]).toEqual(['nobody', data.signUp.user.id]);
    }
  });

  test('asks an application once for a context that it cannot make', async () => {
    const origin = await startHost(latchkey.server.handler, HELLO);
    makeContext = () => {
      throw new GraphQLError('closed on Sundays', { extensions: { code: 'CLOSED', http: { status: 503 } } });
    };
    const { status, body } = await ask(origin, path, { query: HELLO });
    expect([status, seen.length]).toEqual([503, 1]);
    expect(JSON.parse(body)).toEqual({ errors: [{ message: 'closed on Sundays', extensions: { code: 'CLOSED' } }] });
  });

  test('has its line also where the client is gone before there is a context', async () => {
    const origin = await startHost(latchkey.server.handler, TOUCH);
    let proceed: () => void = () => undefined;
    makeContext = () => new Promise<object>((resolve) => (proceed = () => resolve({})));
    const { asked, sendRest } = begin(origin, path, { query: TOUCH });
    sendRest();
    await eventually(() => seen.length === 1);
    asked.destroy();
    await new Promise((resolve) => void setTimeout(resolve, 50));
    proceed();
    await eventually(() => lines().length > 0);
    expect(touched).toBe(1);
    expect(lines()).toEqual([
      expect.objectContaining({
        ...{ path: '/graphql', operation: 'Touch', operationType: 'mutation', status: 200, codes: [] },
        ipAddress: expect.stringMatching(/127\.0\.0\.1|::1/),
      }),
    ]);
  });

  test('has its line also where the body is broken off', async () => {
    const origin = await startHost(latchkey.server.handler, HELLO);
    const { asked } = begin(origin, path, { query: HELLO });
    await new Promise((resolve) => void setTimeout(resolve, 50));
    asked.destroy();
    await eventually(() => lines().length === 1);
    expect(lines()[0]).toMatchObject({ path: '/graphql', status: 400, ipAddress: expect.stringMatching(/\d/) });
  });

  test('has a line that counts the time in which its body came, also the first time', async () => {
    const handedOverAt: number[] = [];
    const origin = await startHost((request, response) => {
      latchkey.server.handler(request, response);
      handedOverAt.push(performance.now());
    });
    const query = '{ hello } # a new one';
    const bodiesTookMs: number[] = [];
    for (let times = 0; times < 2; times += 1) {
      const { asked, sendRest } = begin(origin, path, { query });
      await eventually(() => handedOverAt.length > times);
      await new Promise((resolve) => void setTimeout(resolve, 150));
      bodiesTookMs.push(performance.now() - (handedOverAt[times] ?? NaN));
      sendRest();
      await once(asked, 'response');
    }
    await eventually(() => lines().length === 2);
    for (const [index, { durationMs }] of lines().entries()) {
      expect(durationMs).toBeGreaterThanOrEqual(Math.floor(bodiesTookMs[index] ?? NaN));
    }
  });

  test('lets the host end a request that takes too long', async () => {
    let isLate = false;
    const origin = await startHost((request, response) => {
      latchkey.server.handler(request, response);
      if (isLate) setTimeout(() => response.writeHead(503).end('late'), 50);
    });
    const first = ask(origin, path, { query: '{ slow }' });
    await eventually(() => seen.length === 1);
    await new Promise((resolve) => void setTimeout(resolve, 50));
    release();
    expect((await first).body).toBe('{"data":{"slow":"slow"}}\n');
    isLate = true;
    expect((await ask(origin, path, { query: '{ slow }' })).status).toBe(503);
    release();
    isLate = false;
    expect((await ask(origin, path, { query: HELLO })).status).toBe(200);
  });
});
