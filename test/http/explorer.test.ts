import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Kind, parse, validate } from 'graphql';
import { createSchema } from '../../src/graphql/schema.js';
import { limitRules } from '../../src/graphql/limit-rules.js';
import { DEFAULT_LIMITS } from '../../src/graphql/limits.js';
import { EXPLORER_EXAMPLES } from '../../src/http/explorer-examples.js';
import { startServer, type TestServer } from '../support/server.js';
import { createBackend } from '../support/stores.js';
import { signInBrowser, signUp } from './support/people.js';
import { sendRaw } from './support/raw-request.js';

const backend = createBackend('SQLite');
let server: TestServer;
let setUpCode: string;
/** Where its files are, seen from the root. */
let folder: string;

beforeAll(async () => {
  server = await startServer(backend.url);
  setUpCode = server.app.setUpCode ?? '';
  const [, base = ''] = /<base href="([^"]+)">/.exec(await textOf('/explorer')) ?? [];
  folder = `/${base}`;
});
afterAll(async () => {
  await server.close();
  await backend.destroy();
});

const get = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(server.origin + path, { redirect: 'manual', ...init });
const textOf = async (path: string, init?: RequestInit): Promise<string> => (await get(path, init)).text();
const rawGet = (path: string, headers = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers}\r\n`;
const hashOf = (source: string): string => `'sha256-${createHash('sha256').update(source).digest('base64')}'`;

describe('the page of the explorer', () => {
  test('runs scripts of ours and one of its own, reaches nothing but us, and stands in no frame', async () => {
    const { status, headers } = await get('/explorer');
    const html = await textOf('/explorer');
    const scripts = [...html.matchAll(/<script type="module">([^]*?)<\/script>/g)].map(([, script = '']) => script);
    expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([
      ...[200, 'text/html; charset=utf-8', 'no-store'],
    ]);
    expect([headers.get('referrer-policy'), headers.get('x-content-type-options')]).toEqual(['no-referrer', 'nosniff']);
    expect(headers.get('content-security-policy')?.split('; ')).toEqual([
      "default-src 'none'",
      `script-src 'self' ${scripts.map(hashOf).join(' ')}`,
      "style-src 'self' 'unsafe-inline'",
      "img-src 'self' data:",
      "font-src 'self'",
      "connect-src 'self'",
      "worker-src 'self'",
      "form-action 'none'",
      "base-uri 'self'",
      "frame-ancestors 'none'",
    ]);
    expect(html).not.toMatch(/ on[a-z]+=|https?:\/\//);
  });

  test('is the same for everybody, whatever its address says, and does not know the set-up code', async () => {
    const html = await textOf('/explorer');
    const attack = '</script><script>alert(1)</script>';
    const query = new URLSearchParams({ query: attack, variables: attack, endpoint: 'https://evil.example' });
    expect(await textOf(`/explorer?${query.toString()}`)).toBe(html);
    const browser = await signInBrowser(server, await signUp(server));
    expect(await (await browser.fetch('/explorer')).text()).toBe(html);
    expect(setUpCode).not.toBe('');
    expect(html).not.toContain(setUpCode);
  });

  test('is found with a slash behind it too, wherever it is mounted', async () => {
    const { status, headers } = await get('/explorer/');
    expect([status, headers.get('location')]).toEqual([302, '../explorer']);
  });

  test('is read alone: nothing but GET and HEAD is answered', async () => {
    const statuses = ['HEAD', 'POST', 'PUT', 'DELETE'].map(
      async (method) => (await get('/explorer', { method })).status,
    );
    expect(await Promise.all(statuses)).toEqual([200, 404, 404, 404]);
  });
});

test('there is no explorer in production, nor any file of it', async () => {
  const elsewhere = createBackend('SQLite');
  const production = await startServer(elsewhere.url, { environment: { NODE_ENV: 'production' } });
  try {
    for (const path of ['/explorer', '/explorer/', `${folder}main.js`]) {
      expect([path, (await fetch(production.origin + path)).status]).toEqual([path, 404]);
    }
  } finally {
    await production.close();
    await elsewhere.destroy();
  }
});

describe('the files of the explorer', () => {
  test('are there, each with its type', async () => {
    const html = await textOf('/explorer');
    const named = [...html.matchAll(/(?:src|href)="([^"]+\.\w+)"/g)].map(([, name = '']) => name);
    expect(named).toEqual(['favicon.ico', 'styles.css', 'polyfills.js', 'main.js']);
    const main = await textOf(`${folder}main.js`);
    const loaded = [...main.matchAll(/["']\.?\/?((?:chunk|worker)-\w+\.js)["']/g)].map(([, name = '']) => name);
    expect(loaded.some((name) => name.startsWith('worker-'))).toBe(true);
    for (const name of new Set([...named, ...loaded, 'assets/i18n/en-US.json', 'assets/img/altair_logo.svg'])) {
      const { status, headers } = await get(folder + name, { method: 'HEAD' });
      expect([name, status, headers.get('x-content-type-options')]).toEqual([name, 200, 'nosniff']);
      expect(headers.get('content-type')).toMatch(/^(application\/javascript|application\/json|text\/css|image\/)/);
    }
  });

  test('are kept for a year, and asked for anew with another version', async () => {
    const { headers } = await get(`${folder}main.js`, { method: 'HEAD' });
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(folder).toMatch(/^\/explorer\/\d+\.\d+\.\d+\/$/);
    const again = await sendRaw(
      server.origin,
      rawGet(`${folder}main.js`, `If-None-Match: ${headers.get('etag') ?? ''}\r\n`),
    );
    expect([again.status, again.body.length]).toEqual([304, 0]);
  });

  test('may run no text as a script, neither on the page nor in a worker', async () => {
    for (const name of ['main.js', 'assets/img/altair_logo.svg']) {
      const { headers } = await get(folder + name, { method: 'HEAD' });
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; script-src 'self'; connect-src 'self';/,
      );
    }
  });

  test.each([
    ['another package', '../../../../package.json'],
    ['what stands above them', '../index.js'],
    ['the same, encoded', '..%2findex.js'],
    ['the same, encoded twice', '..%252findex.js'],
    ['the same, with backslashes', '..%5cindex.js'],
    ['the same, past a folder', 'assets/..%2f..%2findex.js'],
    ['a whole path', '/etc/passwd'],
    ['a name that ends early', 'main.js%00.css'],
    ['a name that is no text', 'main%ff.js'],
    ['a folder', 'assets/'],
    ['a hidden file', '.npmrc'],
    ['a page of Altair’s own, without our policy', 'index.html'],
    ['the frame that runs any script', 'iframe-sandbox/index.html'],
    ['a file that is not there', 'chunk-none.js'],
  ])('do not lead to %s', async (_name, path) => {
    const { status, body } = await sendRaw(server.origin, rawGet(folder + path));
    expect([400, 404]).toContain(status);
    expect(JSON.parse(body)).toMatchObject({
      errors: [{ extensions: { code: status === 404 ? 'NOT_FOUND' : 'BAD_REQUEST' } }],
    });
  });

  test('are not told of one by one in the log', async () => {
    await textOf(`${folder}favicon.ico`);
    const lines = server
      .log()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { path?: string; level: number });
    expect(new Set(lines.filter(({ path }) => path === '/explorer/*').map(({ level }) => level))).toEqual(
      new Set([20]),
    );
  });
});

describe('the examples of the explorer', () => {
  const schema = createSchema({ roles: [], typeDefs: [], resolvers: {}, coverage: 'required' });
  const faultsOf = (text: string): readonly string[] => {
    const document = parse(text, { maxLexicalTokens: DEFAULT_LIMITS.tokens });
    return [...validate(schema, document), ...validate(schema, document, limitRules(DEFAULT_LIMITS))].map(String);
  };

  test.each(EXPLORER_EXAMPLES)('$name fits the schema', ({ document }) => {
    expect(faultsOf(document)).toEqual([]);
  });

  test('one that does not fit would be found', () => {
    expect(faultsOf('mutation { banUser(input: { userId: 1.5 }) { users } }').length).toBeGreaterThan(1);
  });

  test('each operation has a name, by which Altair sends it', () => {
    for (const { document } of EXPLORER_EXAMPLES) {
      const names = parse(document).definitions.map((each) =>
        each.kind === Kind.OPERATION_DEFINITION ? each.name?.value : undefined,
      );
      expect(names).not.toContain(undefined);
      expect(new Set(names).size).toBe(names.length);
    }
  });
});
