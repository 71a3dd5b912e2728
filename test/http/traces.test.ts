import { context, propagation, trace } from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-node';
import { startServer, type TestServer } from '../support/server.js';
import { createBackend, describeOnEachBackend, type Backend } from '../support/stores.js';
import { eventually } from './support/eventually.js';
import { freshEmail, PASSWORD, signUp, SIGN_IN } from './support/people.js';

const exporter = new InMemorySpanExporter();
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT_ID = '00f067aa0ba902b7';
const TRACED = { traceparent: `00-${TRACE_ID}-${PARENT_ID}-01` };

/** Of the one request that carried our trace. */
const spansOfOurs = (): ReadableSpan[] =>
  exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === TRACE_ID);

async function spansOfRequest(): Promise<{ readonly request: ReadableSpan; readonly below: ReadableSpan[] }> {
  const isRequest = ({ parentSpanContext }: ReadableSpan): boolean => parentSpanContext?.spanId === PARENT_ID;
  await eventually(() => spansOfOurs().some(isRequest));
  const [request] = spansOfOurs().filter(isRequest);
  if (request === undefined) throw new Error('There is no span of the request.');
  return { request, below: spansOfOurs().filter((span) => span !== request) };
}

function register(): void {
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
}

function unregister(): void {
  trace.disable();
  context.disable();
  propagation.disable();
}

describeOnEachBackend('Traces', (backendName) => {
  let backend: Backend;
  let server: TestServer;
  beforeAll(async () => {
    register();
    backend = createBackend(backendName);
    server = await startServer(backend.url);
  });
  afterAll(async () => {
    await server.close();
    await backend.destroy();
    unregister();
  });
  afterEach(() => exporter.reset());

  test('continue the trace of the request, down to the hash and each call of the store', async () => {
    const { email } = await signUp(server);
    exporter.reset();
    const answer = await server
      .client()
      .ask(SIGN_IN, { variables: { input: { email, password: PASSWORD } }, headers: TRACED });
    expect(answer.text('signIn.user.email')).toBe(email);
    const { request, below } = await spansOfRequest();
    expect(request.name).toBe('POST /graphql');
    expect(request.attributes).toMatchObject({
      ...{ 'http.request.method': 'POST', 'http.route': '/graphql', 'http.response.status_code': 200 },
      ...{ 'graphql.operation.type': 'mutation' },
    });
    const names = below.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['verify password', 'store sessions.create']));
    expect(names.filter((name) => name === 'verify password')).toHaveLength(1);
    const ids = new Set(spansOfOurs().map((span) => span.spanContext().spanId));
    for (const { parentSpanContext } of below) expect(ids).toContain(parentSpanContext?.spanId);
  });

  test('name the codes of a refusal, and hold no password, token or address', async () => {
    const email = freshEmail();
    await server
      .client()
      .ask(SIGN_IN, { variables: { input: { email, password: 'not the password' } }, headers: TRACED });
    const { request } = await spansOfRequest();
    expect(request.attributes['latchkey.error.codes']).toEqual(['INVALID_CREDENTIALS']);
    const { token, refreshToken } = await signUp(server);
    const told = JSON.stringify(
      exporter.getFinishedSpans().map(({ name, attributes, events }) => [name, attributes, events]),
    );
    for (const secret of [email, 'not the password', PASSWORD, token, refreshToken]) expect(told).not.toContain(secret);
  });
});

describe('Without an SDK', () => {
  test('there are no spans, and nothing of the server is wrapped', async () => {
    const backend = createBackend('SQLite');
    const server = await startServer(backend.url);
    try {
      register();
      exporter.reset();
      await signUp(server);
      await server.client().ask('query { viewer { id } }', { headers: TRACED });
      await eventually(() => server.log().includes('"operationType":"query"'));
      expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual([]);
    } finally {
      await server.close();
      await backend.destroy();
      unregister();
    }
  });
});
