import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import type { IncomingMessage } from 'node:http';
import { HeaderMap } from '@apollo/server';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { GraphQLError } from 'graphql';
import { AuthError } from '../../src/domain/errors.js';
import { PASSWORD, SIGN_IN } from '../http/support/people.js';
import { startDirectiveServer, type DirectiveServer } from './support/directive-server.js';

const TYPE_DEFS = `#graphql
  type Thing { id: ID! size(unit: String! = "m"): Int secret: String @hasRole(anyOf: [ADMIN]) broken: String deep: Thing }
  input Choice { id: ID! count: Int @hasRole(anyOf: [EDITOR]) }
  extend type Query {
    thing(id: ID, choice: Choice): Thing @public
    needed: Thing! @public
    mine: String @auth
    fresh: String @auth(maxAgeSeconds: 1)
    busy: String @public
    refused(code: String!): String @public
    things: [Thing!]! @public
  }
  extend type Query { own(kind: String!): String @public ownNeeded(kind: String!): String! @public }
  extend type Mutation {
    change(id: ID!): Thing @auth
    deleteAll: Int @hasRole(anyOf: [ADMIN])
    ownChange(kind: String!): String @public
  }
`;

const thing = { id: 'a "quoted" ü \u2028 thing', deep: { id: 'b' } };
/** An error that says of the answer what its application wants. */
const saying = (http: { readonly status?: number; readonly headers?: ReadonlyMap<string, unknown> }) => (): never => {
  throw new GraphQLError('mine', { extensions: { code: 'MINE', http: http as never } });
};

/** What an application's resolver may do. */
const FAULTS = {
  teapot: () => {
    const http = { status: 418, headers: new HeaderMap([['x-tea', 'green']]) };
    const extensions = { code: 'TEAPOT', http: http as never, kind: 'green' };
    throw new GraphQLError('a teapot', { extensions });
  },
  oddHeaders: () => {
    throw new GraphQLError('odd', {
      extensions: { code: 'ODD', http: { status: 418, headers: { 'x-tea': 'green' } } },
    });
  },
  oddStatus: () => {
    throw new GraphQLError('odd', { extensions: { code: 'ODD', http: { status: '418' as never } } });
  },
  badStatus: () => {
    throw new GraphQLError('bad status', { extensions: { code: 'BAD', http: { status: 99 } } });
  },
  badHeader: () => {
    const http = { headers: new HeaderMap([['x-tea', 'green\r\nx-other: tea']]) };
    throw new GraphQLError('bad header', { extensions: { code: 'BAD', http: http as never } });
  },
  noCode: () => {
    throw new GraphQLError('no code', { extensions: { http: { status: 402 } } });
  },
  ownCode: () => {
    throw new GraphQLError('mine', { extensions: { code: 'MINE' } });
  },
  plain: () => {
    throw new GraphQLError('plain');
  },
  text: () => {
    // oxlint-disable-next-line typescript/only-throw-error -- which some do
    throw 'a text';
  },
  nothing: () => {
    // oxlint-disable-next-line typescript/only-throw-error -- which some do
    throw null;
  },
  returned: () => new Error('returned'),
  ownCaching: saying({ headers: new HeaderMap([['cache-control', 'public']]) }),
  ownCachingInCapitals: saying({ headers: new Map([['Cache-Control', 'public']]) }),
  ownLength: saying({ headers: new HeaderMap([['content-length', '5']]) }),
  ownLengthInCapitals: saying({ headers: new Map([['Content-Length', '5']]) }),
  ownTypeInCapitals: saying({ headers: new Map([['Content-Type', 'text/plain']]) }),
  ownCookie: saying({ headers: new Map([['set-cookie', 'theirs=kept']]) }),
  emptyHeader: saying({ headers: new Map([['x-tea', undefined]]) }),
  noContent: saying({ status: 204 }),
  noStatus: saying({ status: 0 }),
  noNumber: saying({ status: NaN }),
  ownTime: () => {
    const http = { headers: new Map([['Retry-After', '9']]) };
    throw new GraphQLError('later', {
      extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 3, http: http as never },
    });
  },
  codeOfNull: () => {
    throw new GraphQLError('the password of the database is hunter2', { extensions: { code: null } });
  },
  unreadable: () => {
    const extensions = {
      get code(): string {
        throw new Error('the password of the database is hunter2');
      },
    };
    throw Object.defineProperty(new GraphQLError('unreadable'), 'extensions', { value: extensions });
  },
  noJson: () => {
    throw new GraphQLError('no JSON', { extensions: { code: 'MINE', count: 10n } });
  },
  ownPath: () => {
    throw Object.assign(new Error('the password of the database is hunter2'), { path: ['own'] });
  },
  ownType: saying({ headers: new Map([['content-type', 'application/xml; charset=utf-8']]) }),
  wrongType: () => ({}),
} as const;

const RESOLVERS = {
  Query: {
    thing: () => thing,
    needed: () => null,
    mine: () => 'mine',
    fresh: () => 'fresh',
    busy: async () => {
      throw new AuthError('SERVICE_UNAVAILABLE', { extensions: { retryAfterSeconds: 7 } });
    },
    refused: (_source: unknown, { code }: { code: string }) => {
      throw new AuthError(code as 'CONFLICT');
    },
    own: (_source: unknown, { kind }: { kind: keyof typeof FAULTS }) => FAULTS[kind](),
    ownNeeded: (_source: unknown, { kind }: { kind: keyof typeof FAULTS }) => FAULTS[kind](),
    things: () => Array.from({ length: 50 }, (_, index) => ({ id: String(index) })),
  },
  Thing: {
    size: () => 3,
    secret: () => 'secret',
    broken: () => {
      throw new Error('the password of the database is hunter2');
    },
  },
  Mutation: {
    change: () => thing,
    deleteAll: () => 3,
    ownChange: (_source: unknown, { kind }: { kind: keyof typeof FAULTS }) => FAULTS[kind](),
  },
};

const APP = 'https://app.example.com';

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: unknown;
}

interface Received {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends exactly these headers. */
async function send(
  origin: string,
  { method = 'POST', path = '/graphql', headers = {}, body }: Sent,
): Promise<Received> {
  const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body ?? {});
  const all = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(bytes), ...headers };
  const asked = httpRequest(new URL(path, origin), { method, headers: all, agent: false });
  asked.end(bytes);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

/** What no two answers have in common. */
const plain = ({ status, headers, body }: Received): unknown => ({
  status,
  headers: JSON.parse(withoutNews(JSON.stringify({ ...headers, date: 'now' }))) as unknown,
  body: withoutNews(body),
});
const withoutNews = (from: string): string =>
  from
    .replaceAll(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, 'JWT')
    .replaceAll(/[\da-f]{8}-[\da-f]{4}-[\da-f-]{22}/g, 'UUID')
    .replaceAll(/[\w-]{22,}/g, 'TOKEN')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/"expiresInSeconds":\d+/g, 'SECONDS')
    .replaceAll(/"signedOut":(?:true|false)/g, 'SIGNED OUT')
    .replaceAll(/Max-Age=\d+/g, 'Max-Age')
    .replace(/"content-length":"\d+"/, '"content-length":"some"');

describe.each([
  ['An operation that was run before is answered as by Apollo Server', true],
  ['the same without introspection', false],
])('%s', (_title, introspection) => {
  let server: DirectiveServer;
  beforeAll(async () => {
    server = await startDirectiveServer({
      ...{ typeDefs: [TYPE_DEFS], resolvers: RESOLVERS },
      isAllowedOrigin: (origin) => origin === APP,
      introspection,
    });
  });
  afterAll(() => server.close());

  /** By Apollo Server, which learns of it, and then by the other way: whether that ran it, and what both said. */
  async function compare(sent: Sent): Promise<{ readonly wasPrepared: boolean; readonly body: string }> {
    const byApollo = await send(server.apolloOrigin, sent);
    const before = server.ranPrepared();
    const again = await send(server.origin, sent);
    expect(plain(again)).toEqual(plain(byApollo));
    return { wasPrepared: server.ranPrepared() > before, body: again.body };
  }

  const bearer = (who: keyof DirectiveServer['people']): OutgoingHttpHeaders => ({
    authorization: `Bearer ${server.people[who].token}`,
  });

  describe('where there is nothing unusual', () => {
    test.each<[string, unknown]>([
      ['for anybody', { query: '{ thing { id size deep { id } } }' }],
      ['with an error at a field, and data', { query: '{ thing { id broken } }' }],
      ['with an error of ours at a field, and data', { query: '{ thing { id } busy }' }],
      ['with nothing but an error of ours, and when to come back', { query: '{ busy }' }],
      ['with nothing but a fault', { query: '{ thing { broken } needed { id } }' }],
      ['with a field that must not be null and is', { query: '{ needed { id } }' }],
      ['refused for nobody', { query: '{ mine }' }],
      ['refused in part', { query: '{ thing { id secret } }' }],
      ['a list', { query: '{ things { id size } }' }],
      ['with variables', { query: 'query ($id: ID) { thing(id: $id) { id } }', variables: { id: 'x' } }],
      ['with variables that are null', { query: 'query ($id: ID) { thing(id: $id) { id } }', variables: null }],
      [
        'with a variable of a wrong type',
        { query: 'query ($id: ID!) { thing(id: $id) { id } }', variables: { id: {} } },
      ],
      ['without a variable that is needed', { query: 'query ($id: ID!) { thing(id: $id) { id } }' }],
      [
        'with a variable that holds too little',
        { query: 'query ($c: Choice) { thing(choice: $c) { id } }', variables: { c: {} } },
      ],
      [
        'with a variable whose value is refused',
        { query: 'query ($c: Choice) { thing(choice: $c) { id } }', variables: { c: { id: 1, count: 2 } } },
      ],
      [
        'with too many wrong variables',
        {
          query: 'query ($a: ID!, $b: ID!) { a: thing(id: $a) { size } b: thing(id: $b) { size } }',
          variables: { a: {}, b: {} },
        },
      ],
      ['with extensions of nobody', { query: '{ thing { size } }', extensions: { mine: 1 } }],
      ['that is null for an operation that needs no name', { query: 'query A { thing { id } }', operationName: null }],
      ['one of several, by its name', { query: 'query A { thing { id } } query B { busy }', operationName: 'B' }],
      ['its type', { query: '{ __typename thing { __typename } }' }],
      ['a mutation, refused whole', { query: 'mutation { change(id: 1) { id } deleteAll }' }],
      [
        'with a fragment and a directive',
        { query: 'query ($no: Boolean = true) { thing { ...F } } fragment F on Thing { id size @skip(if: $no) }' },
      ],
      ['with what is no ASCII', { query: '{ thing { id } } # ü 🦊' }],
      [
        'with more than one exchange of credentials',
        {
          query:
            'mutation { a: signOut { signedOut } refreshSession { expiresInSeconds } b: refreshSession { expiresInSeconds } }',
        },
      ],
      ['with no refresh token', { query: 'mutation { refreshSession { expiresInSeconds } }' }],
    ])('%s', async (_name, body) => {
      expect((await compare({ body })).wasPrepared).toBe(true);
    });

    test.each(['{ viewer { id roles permissions } session { id transport } mine thing { secret } }', '{ fresh }'])(
      'for who is signed in: %s',
      async (query) => {
        for (const who of ['admin', 'user'] as const) {
          expect((await compare({ headers: bearer(who), body: { query } })).wasPrepared).toBe(true);
        }
      },
    );

    // One that is none at all: Fastify stumbles over it.
    test('with a header that cannot be sent, but for what Fastify says of it', async () => {
      const body = { query: '{ own(kind: "badHeader") }' };
      await send(server.apolloOrigin, { body });
      const before = server.ranPrepared();
      const refused = await send(server.origin, { body });
      expect(server.ranPrepared()).toBe(before + 1);
      expect(refused.status).toBe(500);
      expect(refused.headers).not.toHaveProperty('x-other');
      expect(JSON.parse(refused.body)).toMatchObject({ errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] });
    });

    test.each(Object.keys(FAULTS).filter((kind) => kind !== 'badHeader'))(
      'with what an application does: %s',
      async (kind) => {
        for (const field of ['own', 'ownNeeded']) {
          for (const query of [`{ ${field}(kind: "${kind}") }`, `{ ${field}(kind: "${kind}") thing { id } }`]) {
            const { wasPrepared, body } = await compare({ body: { query } });
            expect(wasPrepared).toBe(true);
            expect(body).not.toContain('hunter2');
          }
        }
      },
    );

    test('with an id for an error that cannot be read', async () => {
      const query = '{ own(kind: "unreadable") thing { id } }';
      const { body } = await compare({ body: { query } });
      expect(JSON.parse(body)).toMatchObject({
        errors: [{ path: ['own'], extensions: { code: 'INTERNAL_SERVER_ERROR', id: expect.any(String) } }],
        data: { thing: { id: thing.id } },
      });
    });

    test('by the media type that a client accepts, whatever an error before said of it', async () => {
      const headers = { accept: 'application/json, x/y' };
      await send(server.apolloOrigin, { headers, body: { query: '{ thing { id } }' } });
      await send(server.apolloOrigin, { headers, body: { query: '{ own(kind: "ownType") thing { id } }' } });
      const { headers: received } = await send(server.origin, { headers, body: { query: '{ thing { id } }' } });
      expect(received['content-type']).toBe('application/json; charset=utf-8');
    });

    test.each(['ownCookie', 'noJson'])('a sign-in by cookies beside what an application does: %s', async (kind) => {
      const { email } = server.people.user;
      const query = `mutation ($input: SignInInput!) { signIn(input: $input) { user { id } } ownChange(kind: "${kind}") }`;
      const variables = { input: { email, password: PASSWORD } };
      const headers = { origin: APP, 'sec-fetch-site': 'cross-site' };
      await send(server.apolloOrigin, { headers, body: { query, variables } });
      const answers = [
        await send(server.apolloOrigin, { headers, body: { query, variables } }),
        await send(server.origin, { headers, body: { query, variables } }),
      ];
      const [byApollo, again] = answers.map(({ status, headers: { 'set-cookie': lines = [] } }) => ({
        status,
        cookies: lines.map((line) => line.split('=', 1)[0]),
      }));
      expect(again).toEqual(byApollo);
      expect(again?.cookies).toEqual(
        expect.arrayContaining(['latchkey-access', 'latchkey-refresh', 'latchkey-device']),
      );
      expect(again?.cookies.includes('theirs')).toBe(kind === 'ownCookie');
    });

    test.each(['Bearer nonsense', 'Bearer eyJhbGciOiJub25lIn0.e30.', 'Bearer', 'Basic YTpi'])(
      'for a header that is no good: %s',
      async (authorization) => {
        for (const query of ['{ mine }', '{ thing { id } }', 'mutation { change(id: 1) { id } }']) {
          expect((await compare({ headers: { authorization }, body: { query } })).wasPrepared).toBe(true);
        }
      },
    );

    test.each([
      undefined,
      ...['*/*', 'application/json', 'application/graphql-response+json', 'text/html, */*;q=0.1'],
      ...['application/graphql-response+json,application/json;q=0.9', 'application/json;q=0.1, */*'],
    ])('for who accepts %s', async (accept) => {
      for (const query of ['{ thing { id } }', '{ busy }', '{ mine }']) {
        const headers = accept === undefined ? {} : { accept };
        expect((await compare({ headers, body: { query } })).wasPrepared).toBe(true);
      }
    });

    test.each<OutgoingHttpHeaders>([
      { origin: APP },
      { origin: APP, 'sec-fetch-site': 'cross-site' },
      { origin: 'https://evil.example.com', 'sec-fetch-site': 'cross-site' },
      { origin: 'null' },
      { 'sec-fetch-site': 'same-origin' },
    ])('for a page: %j', async (headers) => {
      for (const query of ['{ thing { id } }', '{ busy }', 'mutation { signOut { signedOut } }']) {
        expect((await compare({ headers, body: { query } })).wasPrepared).toBe(true);
      }
    });

    test('a sign-in, a refresh and a sign-out by cookies', async () => {
      const { email } = server.people.user;
      const page = { origin: APP, 'sec-fetch-site': 'cross-site' };
      const variables = { input: { email, password: PASSWORD } };
      expect((await compare({ headers: page, body: { query: SIGN_IN, variables } })).wasPrepared).toBe(true);
      const signedIn = await send(server.origin, { headers: page, body: { query: SIGN_IN, variables } });
      const cookie = (signedIn.headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0]).join('; ');
      expect(cookie).toMatch(/latchkey-access=.*latchkey-refresh=.*latchkey-device=/);
      const headers = { ...page, cookie };
      for (const query of [
        '{ viewer { id } session { transport } }',
        'mutation { refreshSession { expiresInSeconds accessToken } }',
        'mutation { signOut { signedOut } }',
        '{ viewer { id } }',
      ]) {
        expect((await compare({ headers, body: { query } })).wasPrepared).toBe(true);
      }
    });

    test('a sign-in with a wrong password, by header', async () => {
      const variables = { input: { email: 'nobody@example.com', password: 'not the password' } };
      expect((await compare({ body: { query: SIGN_IN, variables } })).wasPrepared).toBe(true);
    });
  });

  describe('and left to it', () => {
    const QUERY = '{ thing { id } }';
    beforeAll(async () => {
      await send(server.apolloOrigin, { body: { query: QUERY } });
    });

    test.each<[string, Sent]>([
      ['of another method', { method: 'PUT', body: { query: QUERY } }],
      [
        'by GET',
        {
          method: 'GET',
          path: `/graphql?query=${encodeURIComponent(QUERY)}`,
          headers: { 'content-type': 'application/json' },
          body: '',
        },
      ],
      ['with a query in the URL', { path: '/graphql?a=b', body: { query: QUERY } }],
      ['at another path', { path: '/graphql/', body: { query: QUERY } }],
      ['of another type', { headers: { 'content-type': 'text/plain' }, body: { query: QUERY } }],
      [
        'of a type that a form may have',
        { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'query=1' },
      ],
      [
        'in another encoding',
        { headers: { 'content-type': 'application/json; charset=latin1' }, body: { query: QUERY } },
      ],
      ['that says it is compressed', { headers: { 'content-encoding': 'gzip' }, body: { query: QUERY } }],
      ['without a body', { body: '' }],
      ['that is no JSON', { body: '{ "query": ' }],
      ['that is no object', { body: '"text"' }],
      ['that is null', { body: 'null' }],
      ['that is a batch', { body: [{ query: QUERY }] }],
      ['that is empty', { body: {} }],
      ['whose query is empty', { body: { query: '' } }],
      ['whose query is no text', { body: { query: { kind: 'Document' } } }],
      ['whose variables are a text', { body: { query: QUERY, variables: '{}' } }],
      ['whose variables are a list', { body: { query: QUERY, variables: [] } }],
      ['whose extensions are a text', { body: { query: QUERY, extensions: 'x' } }],
      ['whose name is no text', { body: { query: QUERY, operationName: 1 } }],
      [
        'that names a hash',
        { body: { query: QUERY, extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } } },
      ],
      ['whose name nothing has', { body: { query: QUERY, operationName: 'Nothing' } }],
      ['of several, without a name', { body: { query: 'query A { thing { id } } query B { busy }' } }],
      ['that cannot be read', { body: { query: '{ thing { ' } }],
      ['that is not valid', { body: { query: '{ nothing }' } }],
      ['that would reach a prototype', { body: `{"query":"${QUERY}","__proto__":{"a":1}}` }],
      ['that would reach one by another spelling', { body: `{"query":"${QUERY}","\\u005f_proto__":{"a":1}}` }],
      ['that would reach a constructor', { body: `{"query":"${QUERY}","constructor":{"prototype":{"a":1}}}` }],
      ['that is too long', { body: { query: QUERY, variables: { text: 'x'.repeat(3_000_000) } } }],
      ...['a b', '256.1.1.1', '1.2.3.4.5', '[::::]', 'xn--a'].map((host): [string, Sent] => [
        `at a host that is none: ${host}`,
        { headers: { host }, body: { query: QUERY } },
      ]),
      [
        'with cookies of ours from a page that may not send them',
        {
          headers: { origin: 'https://evil.example.com', 'sec-fetch-site': 'cross-site', cookie: 'latchkey-access=x' },
          body: { query: QUERY },
        },
      ],
      ['with a cookie of ours from nowhere', { headers: { cookie: 'latchkey-refresh=x' }, body: { query: QUERY } }],
      ['for who accepts nothing that there is', { headers: { accept: 'image/png' }, body: { query: QUERY } }],
      ['for who accepts parts alone', { headers: { accept: 'multipart/mixed' }, body: { query: QUERY } }],
    ])('one %s', async (_name, sent) => {
      expect((await compare(sent)).wasPrepared).toBe(false);
    });
  });

  test('cookies of ours from a page that may not send them are refused before the body has come', async () => {
    await send(server.apolloOrigin, { body: { query: '{ thing { id } }' } });
    const asked = httpRequest(new URL('/graphql', server.origin), {
      ...{ method: 'POST', agent: false },
      headers: {
        ...{ 'content-type': 'application/json', 'content-length': 1_000 },
        ...{ origin: 'https://evil.example.com', cookie: 'latchkey-access=x' },
      },
    });
    asked.on('error', () => undefined);
    asked.flushHeaders();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    expect([response.statusCode, await text(response)]).toEqual([403, expect.stringContaining('CSRF_BLOCKED')]);
    asked.destroy();
  });

  test('a new one is run by Apollo Server, and the next time not', async () => {
    const sent = { body: { query: '{ thing { id } } # new' } };
    const before = server.ranPrepared();
    await send(server.origin, sent);
    expect(server.ranPrepared()).toBe(before);
    await send(server.origin, sent);
    expect(server.ranPrepared()).toBe(before + 1);
  });

  test('one that comes in pieces, and one that is broken off, are no trouble', async () => {
    const body = Buffer.from(JSON.stringify({ query: '{ thing { id } } # ü' }));
    await send(server.apolloOrigin, { body });
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const pieces = httpRequest(new URL('/graphql', server.origin), { method: 'POST', headers, agent: false });
    for (const byte of body) pieces.write(Buffer.of(byte));
    pieces.end();
    const [response] = (await once(pieces, 'response')) as [IncomingMessage];
    expect(await text(response)).toContain('quoted');

    const broken = httpRequest(new URL('/graphql', server.origin), { method: 'POST', headers, agent: false });
    broken.write(body.subarray(0, 5));
    broken.on('error', () => undefined);
    await new Promise((resolve) => void setTimeout(resolve, 50));
    broken.destroy();
    expect((await send(server.origin, { body })).status).toBe(200);
  });
});
