import { expect, test } from '@jest/globals';
import { rawPost, sendRaw } from './support/raw-request.js';
import { describeOnEachServer } from './support/fixture.js';
import { PASSWORD, signInBrowser } from './support/people.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const post = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { ...JSON_TYPE, ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

const ANSWERS: readonly (readonly [name: string, path: string, init: RequestInit, status: number])[] = [
  ['a query', '/graphql', post({ query: '{ __typename }' }), 200],
  ['a query by GET', '/graphql?query=%7B__typename%7D', { headers: { 'apollo-require-preflight': '1' } }, 200],
  ['a refusal', '/graphql', post({ query: '{ viewer { id } }' }), 401],
  ['a parse error', '/graphql', post({ query: '{' }), 400],
  ['a validation error', '/graphql', post({ query: '{ nothing }' }), 400],
  ['broken JSON', '/graphql', post('{'), 400],
  ['a body that is too large', '/graphql', post(`"${'x'.repeat(102_400)}"`), 413],
  ['a body of a wrong type', '/graphql', { method: 'POST', headers: { 'content-type': 'image/png' }, body: 'x' }, 415],
  ['a simple request', '/graphql', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' }, 400],
  ['a GET without a header', '/graphql?query=%7B__typename%7D', {}, 400],
  ['a mutation by GET', '/graphql?query=mutation%7BsignOut%7BsignedOut%7D%7D', { headers: JSON_TYPE }, 405],
  ['PUT', '/graphql', { ...post({}), method: 'PUT' }, 405],
  ['PATCH', '/graphql', { ...post({}), method: 'PATCH' }, 405],
  ['DELETE', '/graphql', { method: 'DELETE' }, 405],
  ['OPTIONS', '/graphql', { method: 'OPTIONS' }, 0],
  [
    'a preflight',
    '/graphql',
    { method: 'OPTIONS', headers: { origin: 'https://app.example.com', 'access-control-request-method': 'POST' } },
    204,
  ],
  ['HEAD', '/graphql', { method: 'HEAD' }, 0],
  ['the landing page', '/graphql', { headers: { accept: 'text/html' } }, 200],
  [
    'a foreign page with our cookie',
    '/graphql',
    post('{', { cookie: 'latchkey-access=x', origin: 'https://evil.example' }),
    403,
  ],
];

describeOnEachServer(
  'Every answer of /graphql says Cache-Control: no-store',
  (fixture) => {
    test.each(ANSWERS)('%s', async (_name, path, init, status) => {
      const response = await fixture().server.client().fetch(path, init);
      await response.arrayBuffer();
      if (status !== 0) expect(response.status).toBe(status);
      expect(response.headers.get('cache-control')).toBe('no-store');
    });

    test('a sign-in with cookies', async () => {
      const { email } = await fixture().admin();
      const browser = await signInBrowser(fixture().server, { email, password: PASSWORD });
      expect((await browser.ask('{ viewer { id } }')).headers.get('cache-control')).toBe('no-store');
    });

    test('a malformed Host', async () => {
      const { status, head } = await sendRaw(fixture().server.origin, rawPost('{"query":"{__typename}"}', [], 'a b'));
      expect(status).toBe(400);
      expect(head.toLowerCase()).toContain('cache-control: no-store');
    });
  },
  { ALLOWED_ORIGINS: 'https://app.example.com' },
);
