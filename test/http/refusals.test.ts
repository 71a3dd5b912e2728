import { describe, expect, test } from '@jest/globals';
import { readAnswer } from '../support/client.js';
import { describeOnEachServer } from './support/fixture.js';
import { signUp } from './support/people.js';
import { rawPost, rawPostFramed, sendRaw } from './support/raw-request.js';

const JSON_TYPE = { 'content-type': 'application/json' };

/** What every answer without data looks like: nothing beside `errors`, and of each no more than this. */
const expectRefusal = (body: unknown, code: string): void =>
  expect(body).toEqual({ errors: [{ message: expect.any(String), extensions: { code } }] });

describeOnEachServer('What is no GraphQL request', (fixture) => {
  const send = async (path: string, init: RequestInit) => readAnswer(await fixture().server.client().fetch(path, init));
  const post = (body: string, headers: Record<string, string> = JSON_TYPE) =>
    send('/graphql', { method: 'POST', headers, body });

  test.each([
    ['broken JSON', '{"query":'],
    ['no body', ''],
    ['a key of the prototype', '{"query":"{__typename}","variables":{"__proto__":{"x":1}}}'],
    ['a constructor', '{"query":"{__typename}","constructor":{"prototype":{"x":1}}}'],
    ['null', 'null'],
    ['text', '"{ __typename }"'],
    ['a number', '1'],
    ['an empty object', '{}'],
    ['a batch', '[{"query":"{ __typename }"},{"query":"{ __typename }"}]'],
    ['an empty batch', '[]'],
    ['a query that is no text', '{"query":{"kind":"Document"}}'],
    ['variables that are text', '{"query":"{ __typename }","variables":"x"}'],
    ['variables that are a list', '{"query":"{ __typename }","variables":[1]}'],
    ['extensions that are text', '{"query":"{ __typename }","extensions":"x"}'],
    ['an operation name that is no text', '{"query":"{ __typename }","operationName":1}'],
  ])('%s is refused with a code and a status of 400', async (_name, body) => {
    const { status, body: answer, code } = await post(body);
    expect({ status, body: answer }).toMatchObject({ status: 400, body: { errors: [{ extensions: { code } }] } });
    expect(code).toBe('BAD_REQUEST');
    expect(answer).not.toHaveProperty('data');
  });

  test.each(['5', '"x"', '[]', '{"version":1}', '{"version":2,"sha256Hash":"x"}', '{"version":1,"sha256Hash":["00"]}'])(
    'a persisted query (%s) is told that there are none, with its document and without it',
    async (persistedQuery) => {
      const extensions = `"extensions":{"persistedQuery":${persistedQuery}}`;
      for (const body of [`{${extensions}}`, `{"query":"{ __typename }",${extensions}}`]) {
        const { status, code, body: answer } = await post(body);
        expect({ status, code }).toEqual({ status: 400, code: 'PERSISTED_QUERY_NOT_SUPPORTED' });
        expect(answer).not.toHaveProperty('data');
      }
      const inUrl = `extensions=${encodeURIComponent(`{"persistedQuery":${persistedQuery}}`)}`;
      for (const search of [inUrl, `query=${encodeURIComponent('{ __typename }')}&${inUrl}`]) {
        const { status, code, body } = await send(`/graphql?${search}`, { headers: JSON_TYPE });
        expect({ status, code }).toEqual({ status: 400, code: 'PERSISTED_QUERY_NOT_SUPPORTED' });
        expect(body).not.toHaveProperty('data');
      }
    },
  );

  test.each(['subscription { __typename }', 'subscription { viewer { id } }', 'subscription S { x }'])(
    '%s is refused, for there are none',
    async (query) => {
      const { status, code, body } = await post(JSON.stringify({ query }));
      expect(status).toBe(400);
      expect(code).toMatch(/^(OPERATION_RESOLUTION_FAILURE|GRAPHQL_VALIDATION_FAILED)$/);
      expect(body).not.toHaveProperty('data');
    },
  );

  test('variables that do not fit are told where, and their values never said again', async () => {
    const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { expiresInSeconds } }';
    const input = { email: 'a@example.com', password: ['hunter2; "secret"'], bogus: 'hunter2' };
    const { status, code, body } = await post(JSON.stringify({ query, variables: { input } }));
    expect({ status, code }).toEqual({ status: 400, code: 'BAD_USER_INPUT' });
    expect(body.errors?.map(({ extensions }) => extensions['field'])).toContain('password');
    expect(JSON.stringify(body)).not.toContain('hunter2');
    expect(fixture().server.log()).not.toContain('hunter2');
  });

  test.each([
    [
      'a field of an input',
      'mutation ($x: String = "a") { signIn(input: {email: $x, password: "hunter2"}) { user { id } } }',
    ],
    ['an argument', 'mutation ($x: ID = "a") { revokeSession(id: $x) { revokedSessionIds } }'],
    ['what decides on a selection', 'query ($x: Boolean = true) { __typename @skip(if: $x) }'],
  ])('a null for %s that takes none is no fault of the server, and reveals no value', async (_name, query) => {
    const headers = { ...JSON_TYPE, authorization: `Bearer ${(await signUp(fixture().server)).token}` };
    const { status, code, body } = await post(JSON.stringify({ query, variables: { x: null } }), headers);
    expect({ status, code }).toEqual({ status: 400, code: 'BAD_USER_INPUT' });
    expect(body).not.toHaveProperty('data');
    expect(JSON.stringify(body)).not.toContain('hunter2');
    expect(fixture().server.log()).not.toContain('hunter2');
  });

  test('more faults in variables than are told are no fault of the server either', async () => {
    const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { expiresInSeconds } }';
    const input = Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`key${String(index)}`, 'hunter2']));
    const { status, body } = await post(JSON.stringify({ query, variables: { input } }));
    expect(status).toBe(400);
    expect(new Set(body.errors?.map(({ extensions }) => extensions['code']))).toEqual(new Set(['BAD_USER_INPUT']));
    expect(JSON.stringify(body)).not.toContain('hunter2');
    expect(fixture().server.log()).not.toContain('hunter2');
  });

  test('what is no document is told where, and its texts never said again', async () => {
    const query = 'mutation { signIn(input: {email: "a", password: "b" "hunter2"}) { expiresInSeconds } }';
    const { status, code, body } = await post(JSON.stringify({ query }));
    expect({ status, code }).toEqual({ status: 400, code: 'GRAPHQL_PARSE_FAILED' });
    expect(JSON.stringify(body)).not.toContain('hunter2');
    expect(fixture().server.log()).not.toContain('hunter2');
  });

  test('a body over 100 KB is 413, of a type that is no JSON 415', async () => {
    const large = await post(JSON.stringify({ query: '{ __typename }', variables: { x: 'x'.repeat(102_400) } }));
    expect(large.status).toBe(413);
    expectRefusal(large.body, 'BAD_REQUEST');
    for (const type of [
      'application/xml',
      'image/png',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      const { status, body } = await post('x', { 'content-type': type });
      expect(status).toBe(415);
      expectRefusal(body, 'BAD_REQUEST');
    }
  });

  test.each(['PUT', 'PATCH', 'DELETE'])('%s is 405, and says what is allowed', async (method) => {
    const { status, headers, body } = await send('/graphql', {
      method,
      ...(method !== 'DELETE' && { headers: JSON_TYPE, body: '{}' }),
    });
    expect(status).toBe(405);
    expect(headers.get('allow')).toBe('GET, POST');
    expectRefusal(body, 'BAD_REQUEST');
  });

  test('a mutation by GET is 405', async () => {
    const query = encodeURIComponent('mutation { signOut { signedOut } }');
    const { status, headers, code } = await send(`/graphql?query=${query}`, { headers: JSON_TYPE });
    expect({ status, code }).toEqual({ status: 405, code: 'BAD_REQUEST' });
    expect(headers.get('allow')).toBe('POST');
  });

  test('a query by GET is answered; with variables or extensions that are no JSON it is 400', async () => {
    const query = `query=${encodeURIComponent('{ __typename }')}`;
    expect((await send(`/graphql?${query}`, { headers: JSON_TYPE })).body).toEqual({ data: { __typename: 'Query' } });
    for (const bad of [`${query}&variables=%7B`, `${query}&extensions=x`, `${query}&${query}`, 'query=', 'query[]=x']) {
      const { status, code } = await send(`/graphql?${bad}`, { headers: JSON_TYPE });
      expect({ bad, status, code }).toEqual({ bad, status: 400, code: 'BAD_REQUEST' });
    }
  });

  test('a path that is not there is 404', async () => {
    for (const path of ['/', '/graphql/', '/GraphQL', '/graphql/x', '/.well-known/', '/admin/../x']) {
      const { status, body } = await send(path, { headers: JSON_TYPE });
      expect(status).toBe(404);
      expectRefusal(body, 'NOT_FOUND');
    }
  });

  describe('as only a program without manners sends it', () => {
    const raw = (bytes: string) => sendRaw(fixture().server.origin, bytes);
    const query = '{"query":"{ __typename }"}';

    test.each([
      ['a malformed URL', 'GET /%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'],
      ['a malformed Host', rawPost(query, [], 'a b')],
      ['a Host of brackets', rawPost(query, [], '[::1')],
      ['no HTTP', 'HELLO\r\n\r\n'],
      ['a header with a NUL', rawPost(query, ['X-Bad: a\0b'])],
      ['two lengths', rawPost(query, ['Content-Length: 1'])],
      ['a length and chunks', rawPost(query, ['Transfer-Encoding: chunked'])],
      ['a length that is a list', rawPostFramed('0\r\n\r\n', ['Content-Length: 5, 5'])],
      ['a length with a sign', rawPostFramed('0\r\n\r\n', ['Content-Length: +5'])],
      [
        'chunks, and then not',
        rawPostFramed('0\r\n\r\n', ['Transfer-Encoding: chunked\r\nTransfer-Encoding: identity']),
      ],
      ['chunks by another name', rawPostFramed('0\r\n\r\n', ['Transfer-Encoding: xchunked'])],
      ['a space before a colon', rawPostFramed('0\r\n\r\n', ['Transfer-Encoding : chunked'])],
      ['a header on two lines', rawPostFramed('0\r\n\r\n', ['Transfer-Encoding: chunked\r\nX-Folded: a\r\n b'])],
      ['a line that ends without a CR', rawPostFramed('0\r\n\r\n', ['Transfer-Encoding: chunked\nX-Bare: a'])],
      ['a chunk of no length', rawPostFramed('zz\r\n{}\r\n0\r\n\r\n')],
      ['a chunk with 20 kB of extensions', rawPostFramed(`2;${'x'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`)],
      ['a method that is none', 'BREW /graphql HTTP/1.1\r\nHost: localhost\r\n\r\n'],
      ['the beginning of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ])('%s is 400 with a code', async (_name, bytes) => {
      const { status, body } = await raw(bytes);
      expect(status).toBe(400);
      expect(JSON.parse(body)).toMatchObject({
        errors: [
          {
            message: expect.any(String),
            extensions: { code: expect.stringMatching(/^(BAD_REQUEST|BAD_USER_INPUT)$/) },
          },
        ],
      });
    });

    test.each([
      [
        'too many headers',
        431,
        rawPost(
          query,
          Array.from({ length: 300 }, () => 'a: b'),
        ),
      ],
      ['an expectation of something else', 417, rawPost(query, ['Expect: 200-ok'])],
      [
        'a body over 100 KB in chunks that do not end',
        413,
        rawPostFramed(`c800\r\n${'x'.repeat(0xc800)}\r\n`.repeat(3)),
      ],
      ['a body over 100 KB that never comes', 413, rawPostFramed('', ['Content-Length: 1000000'])],
    ])('%s is %i with a code, and the end of the connection', async (_name, expected, bytes) => {
      const { status, head, body } = await raw(bytes);
      expect(status).toBe(expected);
      expect(head).toMatch(/^connection: close$/im);
      expectRefusal(JSON.parse(body), 'BAD_REQUEST');
    });

    test('a body in chunks is read, and one that waits for 100-continue is asked for', async () => {
      const answer = '{"data":{"__typename":"Query"}}';
      const inChunks = `${query.length.toString(16)}\r\n${query}\r\n0\r\n\r\n`;
      expect((await raw(rawPostFramed(inChunks, ['Transfer-Encoding: chunked\r\nConnection: close']))).body).toContain(
        answer,
      );
      const asked = await raw(rawPost(query, ['Expect: 100-continue']));
      expect(asked.status).toBe(100);
      expect(asked.body).toContain('HTTP/1.1 200 OK');
    });

    test('HTTP/1.0 is answered, without a Host, and the connection closed', async () => {
      const { status, head, body } = await raw('GET /healthz HTTP/1.0\r\n\r\n');
      expect({ status, body }).toEqual({ status: 200, body: '{"status":"ok"}' });
      expect(head).toMatch(/^connection: close$/im);
    });

    test('CONNECT is no way to anywhere', async () => {
      expect((await raw('CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n')).status).toBe(0);
    });

    test('requests that come at once are answered in their order', async () => {
      const get = (path: string, header = ''): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${header}\r\n`;
      const slowFirst = ['/readyz', '/healthz', '/nowhere', '/readyz'].map((path) => get(path)).join('');
      const { text } = await raw(`${slowFirst}${get('/healthz', 'Connection: close\r\n')}`);
      expect(text.match(/"(status|code)":"\w+"/g)).toEqual([
        ...['"status":"ready"', '"status":"ok"', '"code":"NOT_FOUND"', '"status":"ready"', '"status":"ok"'],
      ]);
    });

    test('what comes behind a request, and is none, is not taken for its answer', async () => {
      const { text } = await raw(`${rawPost(query).replace('Connection: close\r\n', '')}junk\r\n\r\n`);
      expect(text).not.toContain('BAD_REQUEST');
    });

    test('no Host is 400', async () => {
      expect((await raw('GET /graphql HTTP/1.1\r\nConnection: close\r\n\r\n')).status).toBe(400);
    });

    test.each(['Authorization: Bearer ', 'Cookie: latchkey-access=', 'X-Session-Transport: '])(
      'a megabyte in %s is 431 with a code',
      async (name) => {
        const { status, body } = await raw(rawPost(query, [`${name}${'x'.repeat(1_000_000)}`]));
        expect(status).toBe(431);
        expectRefusal(JSON.parse(body), 'BAD_REQUEST');
      },
    );

    test('a server that was sent all of this answers the next request', async () => {
      expect((await post(query)).body).toEqual({ data: { __typename: 'Query' } });
    });
  });
});
