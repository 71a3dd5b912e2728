import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createClient } from '../../src/client/client.js';
import { systemClock } from '../../src/client/clock.js';
import type { Environment, Page } from '../../src/client/environment.js';
import { AuthClientError } from '../../src/client/errors.js';
import { NOTHING, writeRecord } from '../../src/client/record.js';
import type { AuthClient } from '../../src/client/types.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const KEY = 'latchkey:http://page.example/graphql';
const SESSION = { userId: 'ann', sessionId: 'one', roles: [], permissions: [], expiresAt: new Date('2099-01-01') };
/** Of ann, whose access token has expired. */
const RECORD = writeRecord({ ...NOTHING, version: 1, session: SESSION, lifetimeMs: 1_000 });

/** What a server answers to all, or to each operation; null: nothing. */
type Answer = string | null | ((operation: string) => string | null);

/** A page that somebody looks at, whose server answers with this. */
function openPage(text: Answer, record: string | null) {
  const stored = new Map(record === null ? [] : [[KEY, record]]);
  const page = {
    window: new EventTarget(),
    document: { visibilityState: 'visible' },
    localStorage: {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => void stored.set(key, value),
      removeItem: (key: string) => void stored.delete(key),
    },
  } as unknown as Page;
  const environment: Environment = {
    ...{ clock: systemClock, random: () => 1, page },
    ...{ baseUrl: () => 'http://page.example/', origin: 'http://page.example' },
  };
  const server = { text };
  const fetch = jest.fn<typeof globalThis.fetch>(async (_url, init) => {
    const operation = /(?:mutation|query) (?<name>\w+)/.exec(init?.body as string)!.groups!['name']!;
    const answer = typeof server.text === 'function' ? server.text(operation) : server.text;
    if (answer === null) throw new TypeError('Failed to fetch');
    return new Response(answer, { headers: { 'content-type': 'application/json' } });
  });
  return { client: createClient({ url: '/graphql', fetch }, environment), fetch, server };
}

const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

/** The code of its refusal; any other error as it is. */
async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  const code = promise.then(
    () => null,
    (error: unknown) => (error instanceof AuthClientError ? error.code : error),
  );
  await pass(1_000);
  return code;
}

const pairOf = (fields: object): string =>
  JSON.stringify({
    data: { refreshSession: { session: { id: 'one', expiresAt: '2099-01-01' }, user: { id: 'ann' }, ...fields } },
  });

describe('a refresh that is answered', () => {
  test.each(['null', '[]', '7', '"text"', '{}', '{"data":null}', '{"errors":[null]}', '{"errors":{}}'])(
    'with %s is no answer, and is tried again ever more seldom',
    async (text) => expectSeldom(text, 'NETWORK_ERROR'),
  );

  test.each(['null', 'true', '{}', '{"user":{"id":"ann"}}'])(
    'with %s in place of a session is no answer either',
    async (field) => expectSeldom(`{"data":{"refreshSession":${field}}}`, 'NETWORK_ERROR'),
  );

  test.each([{ expiresInSeconds: 0 }, {}, { expiresInSeconds: 'soon' }, { expiresInSeconds: 0.001 }])(
    'with a token that lives no time, %j, is made once a second at most',
    async (fields) => expectSeldom(pairOf(fields), null),
  );

  async function expectSeldom(text: string, code: string | null): Promise<void> {
    const { client, fetch } = openPage(text, RECORD);
    await pass(0);
    for (let second = 0; second < 10; second += 1) {
      await pass(1_000);
      if (fetch.mock.calls.length > 12) break;
    }
    expect(fetch.mock.calls.length).toBeLessThanOrEqual(12);
    expect(fetch.mock.calls.length).toBeGreaterThan(2);
    expect(await codeOf(client.refresh({ newerThan: client.version() }))).toBe(code);
    expect(client.session()?.userId).toBe('ann');
    client.close();
  }
});

test('where nothing is known and the server cannot be reached, ready says so, and asks again when it is called again', async () => {
  const { client, server } = openPage(null, null);
  expect(await codeOf(client.ready())).toBe('NETWORK_ERROR');
  await pass(5_000);
  server.text = pairOf({ expiresInSeconds: 600, user: { id: 'ann', roles: ['EDITOR'] } });
  expect(await codeOf(client.ready())).toBeNull();
  expect(who(client)).toEqual({ userId: 'ann', roles: ['EDITOR'] });
  client.close();
});

const who = (client: AuthClient): unknown => {
  const { userId, roles } = client.session()!;
  return { userId, roles };
};

describe('a sign-in whose answer got lost', () => {
  const sessionOf = (user: unknown): string => JSON.stringify({ data: { session: { id: 'one', user } } });

  test.each([
    ['who has no address', sessionOf({ email: null }), 'NETWORK_ERROR'],
    ['whom the server does not name', null, 'NETWORK_ERROR'],
    ['that is refused', '{"errors":[{"message":"","extensions":{"code":"SERVICE_UNAVAILABLE"}}]}', 'NETWORK_ERROR'],
    ['of another address', sessionOf({ email: 'bob@example.com' }), 'SESSION_CHANGED'],
    ['of the same address, written otherwise', sessionOf({ email: 'zoe\u0301@example.com' }), null],
  ])('and left the cookies of a user %s', async (_name, session, code) => {
    const { client } = openPage((operation) => {
      if (operation === 'SignIn') return null;
      return operation === 'Session' ? session : pairOf({ expiresInSeconds: 600 });
    }, null);
    expect(await codeOf(client.signIn({ email: 'ZO\u00c9@example.com', password: 'x' }))).toBe(code);
    client.close();
  });

  test('is found out though refreshes failed just before, which wait', async () => {
    let isDown = true;
    const { client, server } = openPage(null, RECORD);
    server.text = (operation) => {
      if (isDown || operation === 'SignIn') return null;
      return operation === 'Session'
        ? sessionOf({ email: 'ann@example.com' })
        : pairOf({ expiresInSeconds: 600, session: { id: 'two', expiresAt: '2099-01-01' } });
    };
    expect(await codeOf(client.refresh({ newerThan: client.version() }))).toBe('NETWORK_ERROR');
    isDown = false;
    expect(await codeOf(client.signIn({ email: 'ann@example.com', password: 'x' }))).toBeNull();
    expect(client.session()?.sessionId).toBe('two');
    client.close();
  });
});

test('a client that was closed says so where it would have to ask', async () => {
  const { client, fetch } = openPage(null, null);
  client.close();
  expect(await codeOf(client.ready())).toMatchObject({ name: 'AbortError' });
  expect(fetch).not.toHaveBeenCalled();
});
