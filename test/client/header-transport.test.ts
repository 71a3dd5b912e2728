import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  AuthClientError,
  createAuthClient,
  type AuthClient,
  type AuthEvent,
  type TokenStorage,
} from '../../src/client/auth-client.js';
import { clientDocuments } from '../../src/client/documents.js';
import { eventually } from '../http/support/eventually.js';
import { signIn, signUp, type Person } from '../http/support/people.js';
import { ManualClock } from '../support/clock.js';
import { answerWith, createGate, dropAnswer, startHttpProxy, type HttpProxy } from '../support/http-proxy.js';
import { startServer, type TestServer } from '../support/server.js';
import { createBackend, type Backend } from '../support/stores.js';
import { createMemory } from './support/memory.js';

const TOKEN_LIFE_MS = 606_000;
const WHO = JSON.stringify({ query: 'query Who { viewer { id } }' });

const clock = new ManualClock();
let backend: Backend;
let server: TestServer;
let proxy: HttpProxy;
beforeAll(async () => {
  backend = createBackend('SQLite');
  server = await startServer(backend.url, { clock });
  proxy = await startHttpProxy(server.origin);
});
beforeEach(() => proxy.reset());
afterAll(async () => {
  await proxy.close();
  await server.close();
  await backend.destroy();
});

const open = (storage?: TokenStorage): AuthClient =>
  createAuthClient({ url: `${proxy.origin}/graphql`, transport: 'header', storage });

const post = (body: BodyInit): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body,
});

const credentials = ({ email, password }: Person) => ({ email, password });

async function viewerOf(client: AuthClient): Promise<unknown> {
  const response = await client.fetch(`${proxy.origin}/graphql`, post(WHO));
  return ((await response.json()) as { data?: { viewer: unknown } }).data?.viewer;
}

const codeOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => (error instanceof AuthClientError ? error.code : error),
  );

test('in Node, a client signs up, asks, refreshes, proves its password and signs out', async () => {
  const client = open();
  const events: AuthEvent['type'][] = [];
  client.subscribe(({ type }) => void events.push(type));
  const email = 'node@example.com';
  const password = 'correct horse battery';
  const session = await client.signUp({ email, password, deviceName: 'a program' });
  expect(await viewerOf(client)).toEqual({ id: session!.userId });
  clock.advance(TOKEN_LIFE_MS);
  expect(await viewerOf(client)).toEqual({ id: session!.userId });
  expect((await client.reauthenticate(password)).sessionId).toBe(session!.sessionId);
  expect(client.session()!.expiresAt.getTime()).toBeGreaterThan(clock.now().getTime());
  const token = await client.getAccessToken();
  await client.signOut();
  expect(client.session()).toBeNull();
  expect(await client.getAccessToken()).toBeNull();
  expect(client.signedOut()).toEqual({ reason: 'user', publicReason: null, until: null });
  expect(events).toEqual(['signed-in', 'refreshed', 'refreshed', 'signed-out']);
  // It is over on the server, too.
  expect((await server.client().ask('{ viewer { id } }', { token })).code).toBe('SESSION_EXPIRED');
  expect(await codeOf(client.signIn({ email, password: 'wrong password' }))).toBe('INVALID_CREDENTIALS');
  expect(await codeOf(client.signUp({ email, password }))).toBe('EMAIL_TAKEN');
});

test('what a storage keeps is there again after a start, device token included', async () => {
  const storage = createMemory();
  const person = await signUp(server);
  const first = open(storage);
  await first.signIn(credentials(person));
  const second = open(storage);
  expect(second.session()).toBeNull();
  await second.ready();
  expect(second.session()).toEqual(first.session());
  clock.advance(TOKEN_LIFE_MS);
  expect(await viewerOf(second)).toEqual({ id: person.id });
  await second.signOut();
  expect(storage.text).not.toMatch(/lkr_|ey[A-Z]/);
  proxy.rule('SignIn', async (exchange) => {
    expect(exchange.body).toContain('"deviceToken":"');
    exchange.answer(await exchange.forward());
  });
  const third = open(storage);
  await third.signIn(credentials(person));
  expect(await viewerOf(third)).toEqual({ id: person.id });
});

test('clients that share a storage without any lock are both still signed in after refreshes at once', async () => {
  const storage = createMemory();
  const person = await signUp(server);
  const clients = [open(storage), open(storage)];
  await clients[0]!.signIn(credentials(person));
  for (let round = 0; round < 10; round += 1) {
    clock.advance(TOKEN_LIFE_MS);
    const viewers = await Promise.all(clients.map(viewerOf));
    expect(viewers).toEqual([{ id: person.id }, { id: person.id }]);
  }
});

test('reordered answers: an older refresh that arrives last overwrites nothing that is newer, and is no theft', async () => {
  const storage = createMemory();
  const person = await signUp(server);
  const [first, second] = [open(storage), open(storage)];
  await first.signIn(credentials(person));
  await second.ready();
  const late = createGate();
  proxy.rule('RefreshSession', late.rule);
  const held = first.refresh({ newerThan: first.version() });
  await eventually(() => late.waiting() === 1);
  // By grace the second gets the same pair; then a newer one, and uses it.
  for (let round = 0; round < 3; round += 1) {
    await second.refresh({ newerThan: second.version() });
    clock.advance(60_000);
  }
  const newest = storage.text;
  late.open();
  expect((await held)?.userId).toBe(person.id);
  expect(storage.text).toBe(newest);
  expect(first.version()).toBe(second.version());
  clock.advance(TOKEN_LIFE_MS);
  for (const client of [first, second]) expect(await viewerOf(client)).toEqual({ id: person.id });
  expect(first.signedOut()).toBeNull();
});

test('reordered answers: an older proof of the password that arrives last is none for who signed in meanwhile', async () => {
  const storage = createMemory();
  const [ann, bob] = [await signUp(server), await signUp(server)];
  const [first, second] = [open(storage), open(storage)];
  await first.signIn(credentials(ann));
  await second.ready();
  const late = createGate();
  proxy.rule('Reauthenticate', late.rule);
  const held = codeOf(first.reauthenticate(ann.password));
  await eventually(() => late.waiting() === 1);
  await second.signIn(credentials(bob));
  const newest = storage.text;
  late.open();
  expect(await held).toBe('SESSION_CHANGED');
  expect(storage.text).toBe(newest);
  for (const client of [first, second]) expect(await viewerOf(client)).toEqual({ id: bob.id });
});

test('reordered answers: the end of an older session that is told last signs nobody out', async () => {
  const storage = createMemory();
  const [ann, bob] = [await signUp(server), await signUp(server)];
  const [first, second] = [open(storage), open(storage)];
  await first.signIn(credentials(ann));
  await second.ready();
  await server
    .client()
    .ask('mutation { revokeOtherSessions { revokedSessionIds } }', { token: (await signIn(server, ann)).token });
  const late = createGate();
  proxy.rule('RefreshSession', late.rule);
  const held = first.refresh({ newerThan: first.version() });
  await eventually(() => late.waiting() === 1);
  await second.signIn(credentials(bob));
  const newest = storage.text;
  late.open();
  expect((await held)?.userId).toBe(bob.id);
  expect(storage.text).toBe(newest);
  expect(first.signedOut()).toBeNull();
});

test('a storage that does not take the next pair does not keep the one of before, which would look like theft', async () => {
  const storage = createMemory();
  const person = await signUp(server);
  const client = open(storage);
  await client.signIn(credentials(person));
  storage.set = async () => {
    throw new Error('full');
  };
  clock.advance(TOKEN_LIFE_MS);
  expect(await viewerOf(client)).toEqual({ id: person.id });
  expect(storage.text).toBeNull();
  clock.advance(TOKEN_LIFE_MS);
  expect(await viewerOf(client)).toEqual({ id: person.id });
});

test('a storage that fails to be read leaves what memory holds', async () => {
  const failing: TokenStorage = {
    get: () => Promise.reject(new Error('broken')),
    set: () => Promise.reject(new Error('broken')),
    remove: () => Promise.reject(new Error('broken')),
  };
  const person = await signUp(server);
  const client = open(failing);
  await client.ready();
  await client.signIn(credentials(person));
  clock.advance(TOKEN_LIFE_MS);
  expect(await viewerOf(client)).toEqual({ id: person.id });
});

test('an answer to a refresh that got lost, and was retried long after grace, signs nobody out', async () => {
  const person = await signUp(server);
  const client = open();
  await client.signIn(credentials(person));
  clock.advance(TOKEN_LIFE_MS);
  proxy.rule('RefreshSession', dropAnswer, 2);
  expect(await codeOf(viewerOf(client))).toBe('NETWORK_ERROR');
  expect(client.session()?.userId).toBe(person.id);
  clock.advance(60_000);
  // The client waits a little before it tries again.
  await eventually(async () => (await codeOf(client.refresh({ newerThan: client.version() }))) === null);
  expect(await viewerOf(client)).toEqual({ id: person.id });
});

/** What the application itself refuses: with data, and as a whole. */
const OWN_REFUSALS = [
  ['with data', 200, '{"data":{"a":null},"errors":[{"message":"","extensions":{"code":"UNAUTHENTICATED"}}]}', null],
  ['as a whole', 401, '{"errors":[{"message":"","extensions":{"code":"UNAUTHENTICATED"}}]}', 'TOKEN_REFUSED'],
] as const;

test.each(OWN_REFUSALS)(
  'two clients that poll what the application itself refuses as UNAUTHENTICATED, %s, refresh once each',
  async (_name, status, text, code) => {
    const storage = createMemory();
    const person = await signUp(server);
    const clients = [open(storage), open(storage)];
    await clients[0]!.signIn(credentials(person));
    await clients[1]!.ready();
    proxy.rule('Who', answerWith(status, text, 'application/json'), 100);
    for (let poll = 0; poll < 5; poll += 1) {
      for (const client of clients) expect(await codeOf(viewerOf(client))).toBe(code);
    }
    expect(proxy.count('RefreshSession')).toBe(2);
    // Some minutes later it may be another reason: such as a cookie that was lost.
    const nowMs = performance.now.bind(performance);
    const now = jest.spyOn(performance, 'now').mockImplementation(() => nowMs() + 301_000);
    for (let poll = 0; poll < 3; poll += 1) expect(await codeOf(viewerOf(clients[0]!))).toBe(code);
    now.mockRestore();
    expect(proxy.count('RefreshSession')).toBe(3);
    // And another session is another matter.
    await clients[0]!.signIn(credentials(person));
    expect(await codeOf(viewerOf(clients[0]!))).toBe(code);
    expect(proxy.count('RefreshSession')).toBe(4);
  },
);

test('a sign-out ends who was known when it was called, and not who signed in a moment ago', async () => {
  const storage = createMemory();
  const [ann, bob] = [await signUp(server), await signUp(server)];
  const [first, second] = [open(storage), open(storage)];
  await first.signIn(credentials(ann));
  await second.ready();
  const token = await first.getAccessToken();
  await first.signIn(credentials(bob));
  // Nothing told the second of it: it shows Ann when somebody signs out there. Hers alone is over.
  await second.signOut();
  expect((await server.client().ask('{ viewer { id } }', { token })).code).toBe('SESSION_EXPIRED');
  expect(await viewerOf(first)).toEqual({ id: bob.id });
  // One that has heard nothing yet means who is there.
  await open(storage).signOut();
  expect(await viewerOf(first)).toBeUndefined();
});

test('a password is proof for nobody but who was known when it was given', async () => {
  const storage = createMemory();
  const [ann, bob] = [await signUp(server), await signUp(server)];
  const [first, second] = [open(storage), open(storage)];
  await first.signIn(credentials(ann));
  await second.ready();
  await first.signIn(credentials(bob));
  expect(await codeOf(second.reauthenticate(ann.password))).toBe('SESSION_CHANGED');
  expect(proxy.count('Reauthenticate')).toBe(0);
  expect((await second.reauthenticate(bob.password)).userId).toBe(bob.id);
});

test('a request on a token that has expired already costs one refresh, also where its answer is refused for ever', async () => {
  const client = open();
  await client.signIn(credentials(await signUp(server)));
  const nowMs = performance.now.bind(performance);
  const now = jest.spyOn(performance, 'now').mockImplementation(() => nowMs() + TOKEN_LIFE_MS);
  const refusal = '{"errors":[{"message":"","extensions":{"code":"TOKEN_EXPIRED"}}]}';
  proxy.rule('Who', answerWith(401, refusal, 'application/json'), 100);
  expect(await codeOf(viewerOf(client))).toBe('TOKEN_REFUSED');
  now.mockRestore();
  expect(proxy.count('RefreshSession')).toBe(1);
  expect(proxy.count('Who')).toBe(1);
});

test('a body that is a stream is sent once: the next request has the fresh token', async () => {
  const person = await signUp(server);
  const client = open();
  await client.signIn(credentials(person));
  clock.advance(TOKEN_LIFE_MS);
  const body = Readable.toWeb(Readable.from([Buffer.from(WHO)])) as ReadableStream;
  const init = { ...post(body), duplex: 'half' };
  const response = await client.fetch(`${proxy.origin}/graphql`, init);
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'TOKEN_EXPIRED' } }] });
  expect(proxy.count('Who')).toBe(1);
  expect(await viewerOf(client)).toEqual({ id: person.id });
  expect(proxy.count('RefreshSession')).toBe(1);
});

test('a Request with a body that is a stream is sent again with a copy of it', async () => {
  const person = await signUp(server);
  const client = open();
  await client.signIn(credentials(person));
  clock.advance(TOKEN_LIFE_MS);
  const body = Readable.toWeb(Readable.from([Buffer.from(WHO)])) as ReadableStream;
  const response = await client.fetch(
    new Request(`${proxy.origin}/graphql`, { ...post(body), duplex: 'half' } as RequestInit),
  );
  expect(await response.json()).toEqual({ data: { viewer: { id: person.id } } });
});

test('a token that ends in the middle of a long wait is fresh when it is asked for', async () => {
  const person = await signUp(server);
  const client = open();
  await client.signIn(credentials(person));
  const before = await client.getAccessToken();
  expect(await client.getAccessToken()).toBe(before);
  expect(proxy.count('RefreshSession')).toBe(0);
  await client.refresh({ newerThan: client.version() });
  expect(await client.getAccessToken()).not.toBe(before);
});

test('a server that runs trusted documents alone runs those of the client', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-client-'));
  const manifest = join(folder, 'manifest.json');
  const byHash = Object.values(clientDocuments).map((text) => [createHash('sha256').update(text).digest('hex'), text]);
  writeFileSync(manifest, JSON.stringify(Object.fromEntries(byHash)));
  const trusted = createBackend('SQLite');
  const strict = await startServer(trusted.url, { environment: { TRUSTED_DOCUMENTS: manifest } });
  const client = createAuthClient({ url: `${strict.origin}/graphql`, transport: 'header' });
  const password = 'correct horse battery';
  await client.signUp({ email: 'a@example.com', password });
  await client.refresh({ newerThan: client.version() });
  await client.reauthenticate(password);
  await client.signOut();
  await client.signIn({ email: 'a@example.com', password });
  expect((await strict.client().ask(clientDocuments.session, { token: await client.getAccessToken() })).status).toBe(
    200,
  );
  expect((await strict.client().ask('{ viewer { id } }')).code).toBe('PERSISTED_QUERY_NOT_FOUND');
  await strict.close();
  await trusted.destroy();
  rmSync(folder, { recursive: true });
});

test.each([
  [{ url: 'http://localhost', transport: 'cookies' }, /^transport: /],
  [{ url: 'http://localhost', storage: createMemory() }, /^storage: /],
])('options that are wrong stop the start, by name: %#', (options, message) => {
  expect(() => createAuthClient(options as never)).toThrow(TypeError);
  expect(() => createAuthClient(options as never)).toThrow(message);
});

test('rendered on a server, a client with an address relative to the page is made, and knows nobody', async () => {
  const client = createAuthClient({ url: '/graphql' });
  await client.ready();
  expect(client.session()).toBeNull();
  expect(client.hasRole('ADMIN')).toBe(false);
  await expect(client.fetch('/graphql')).rejects.toThrow('Invalid URL');
  client.close();
});
