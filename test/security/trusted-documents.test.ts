import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getIntrospectionQuery, print, parse } from 'graphql';
import { ConfigurationError } from '../../src/config.js';
import { MAIL_PAGE_DOCUMENTS } from '../../src/http/mail-pages.js';
import { REFRESH_PAGE_DOCUMENTS } from '../../src/http/refresh-page-script.js';
import { createTestAuthServer, type TestAuthServer } from '../support/auth-server.js';
import { createClient, readAnswer, type Answer } from '../support/client.js';
import { freshEmail, PASSWORD } from '../http/support/people.js';

const SIGN_UP =
  'mutation SignUp($email: String!, $password: String!) {\n  signUp(input: {email: $email, password: $password}) {\n    user {\n      id\n    }\n  }\n}';
const NOTE = 'query Note($first: Int) {\n  notes(first: $first) {\n    text\n  }\n}';
const WRITE = 'mutation Write {\n  write\n}';
/** As the client preset names them by default, and by SHA-256. */
const hash = (algorithm: 'sha1' | 'sha256', text: string): string => createHash(algorithm).update(text).digest('hex');
const MANIFEST = {
  [hash('sha1', NOTE)]: NOTE,
  [hash('sha256', WRITE)]: WRITE,
  [hash('sha256', SIGN_UP)]: SIGN_UP,
};

const folder = mkdtempSync(join(tmpdir(), 'latchkey-documents-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
function manifestFile(content: unknown): string {
  files += 1;
  const path = join(folder, `${String(files)}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const ran: string[] = [];
const run = (name: string, value: unknown) => () => {
  ran.push(name);
  return value;
};
const application = {
  typeDefs: `type Note { text: String }
    extend type Query { notes(first: Int): [Note] @public secret: String @public }
    extend type Mutation { write: Boolean @public }`,
  resolvers: {
    Query: { notes: run('notes', [{ text: 'x' }]), secret: run('secret', 'x') },
    Mutation: { write: run('write', true) },
  },
};
const start = (TRUSTED_DOCUMENTS: string | undefined, env = {}): Promise<TestAuthServer> =>
  createTestAuthServer({ ...application, env: { TRUSTED_DOCUMENTS, ...env } });

describe('With TRUSTED_DOCUMENTS, the server', () => {
  let made: TestAuthServer;
  let origin: string;
  beforeAll(async () => {
    made = await start(manifestFile(MANIFEST));
    ({ origin } = new URL((await made.server.listen()).url));
  });
  afterAll(() => made.close());

  const send = async (path: string, init: RequestInit = {}): Promise<Answer> => {
    ran.length = 0;
    return readAnswer(await fetch(`${origin}${path}`, init));
  };
  const post = (body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
    send('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  const get = (parameters: Record<string, string>): Promise<Answer> =>
    send(`/graphql?${new URLSearchParams(parameters).toString()}`, { headers: { 'apollo-require-preflight': '1' } });
  const persisted = (sha256Hash: unknown) => ({ persistedQuery: { version: 1, sha256Hash } });

  const [note, write, signUp] = [hash('sha1', NOTE), hash('sha256', WRITE), hash('sha256', SIGN_UP)];

  test.each<[string, unknown, string]>([
    ['documentId', { documentId: note }, 'notes'],
    ['documentId with the name of its hash', { documentId: `sha256:${write}` }, 'write'],
    [
      'documentId, with variables and the operation\u2019s name',
      { documentId: note, variables: { first: 3 }, operationName: 'Note' },
      'notes',
    ],
    ['the hash of a persisted query', { extensions: persisted(write) }, 'write'],
    [
      'the hash of a persisted query, as the client preset names it',
      { extensions: persisted(note), query: '' },
      'notes',
    ],
    ['both of the same document', { documentId: note, extensions: persisted(note), query: null }, 'notes'],
    ['its text, byte by byte', { query: NOTE }, 'notes'],
    ['its text and its hash', { query: WRITE, extensions: persisted(write) }, 'write'],
  ])('runs a document by %s', async (_name, body, field) => {
    const { status, body: answer } = await post(body);
    expect({ status, errors: answer.errors, ran }).toEqual({ status: 200, errors: undefined, ran: [field] });
  });

  test('runs queries by GET, and no mutation', async () => {
    const variables = JSON.stringify({ first: 1 });
    for (const parameters of [
      { documentId: note, variables },
      { extensions: JSON.stringify(persisted(note)), operationName: 'Note' },
      { query: NOTE },
    ]) {
      expect((await get(parameters)).body.data).toEqual({ notes: [{ text: 'x' }] });
    }
    expect(await get({ documentId: write })).toMatchObject({ status: 405, code: 'BAD_REQUEST' });
    expect(ran).toEqual([]);
  });

  test('lets the mutations of sessions through as it does otherwise, cookies and all', async () => {
    const browser = createClient(origin, { kind: 'browser' });
    const variables = { email: freshEmail(), password: PASSWORD };
    const body = JSON.stringify({ documentId: signUp, variables });
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
    (await readAnswer(await browser.fetch('/graphql', init))).text('signUp.user.id');
    expect([...browser.cookies.keys()]).toContain('latchkey-refresh');

    const foreign = createClient(origin, { kind: 'browser', origin: 'https://evil.example' });
    expect(await readAnswer(await foreign.fetch('/graphql', init))).toMatchObject({
      status: 403,
      code: 'CSRF_BLOCKED',
    });
    browser.cookies.forEach((value, name) => foreign.cookies.set(name, value));
    const link = await foreign.fetch(`/graphql?documentId=${note}`, { headers: { 'apollo-require-preflight': '1' } });
    expect(await readAnswer(link)).toMatchObject({ status: 403, code: 'CSRF_BLOCKED' });
  });

  test('runs what the pages of ours send', async () => {
    for (const query of MAIL_PAGE_DOCUMENTS) {
      const answer = await post({ query, variables: { token: 'x', newPassword: PASSWORD } });
      expect(answer).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
    }
    expect(await post({ query: REFRESH_PAGE_DOCUMENTS[0] })).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    expect((await post({ query: REFRESH_PAGE_DOCUMENTS[1] })).body.data).toEqual({ signOut: { signedOut: false } });
  });

  const UNKNOWN = hash('sha256', 'x');
  test.each<[string, unknown]>([
    ['another document', { query: '{ secret }' }],
    ['a field of a trusted document alone', { query: '{ notes { text } }' }],
    ['a trusted document in other words', { query: `${NOTE}\n` }],
    ['a trusted document with more behind it', { query: `${NOTE} query Other { secret }`, operationName: 'Other' }],
    ['a trusted document without its line breaks', { query: NOTE.replaceAll('\n', ' ') }],
    ['introspection', { query: getIntrospectionQuery() }],
    ['the name of a type', { query: '{ __typename }' }],
    ['what is no GraphQL', { query: '{' }],
    ['a field that there is not', { query: '{ secre }' }],
    ['a hash that nobody knows', { documentId: UNKNOWN }],
    ['a persisted hash that nobody knows', { extensions: persisted(UNKNOWN) }],
    ['another text under a trusted hash', { query: '{ secret }', documentId: note }],
    ['another text under a trusted persisted hash', { query: '{ secret }', extensions: persisted(note) }],
    [
      'a text and its own hash, to be kept',
      { query: '{ secret }', extensions: persisted(hash('sha256', '{ secret }')) },
    ],
    ['one document under the hash of another', { query: NOTE, documentId: write }],
    ['two hashes', { documentId: note, extensions: persisted(write) }],
    ['a trusted hash beside one that nobody knows', { documentId: note, extensions: persisted(UNKNOWN) }],
    ['a name that every object has', { documentId: '__proto__' }],
    ['another', { documentId: 'constructor' }],
    ['a hash that is a list', { documentId: [[note]], query: '{ secret }' }],
    ['a text that is a list', { query: [NOTE, '{ secret }'] }],
    ['nothing', { variables: {} }],
    ['a document under another name', { doc: NOTE, id: note }],
  ])('refuses %s, and runs nothing', async (_name, body) => {
    const { status, code, body: answer } = await post(body);
    expect({ status, code, data: answer.data, ran }).toEqual({
      ...{ status: 400, code: 'PERSISTED_QUERY_NOT_FOUND', data: undefined, ran: [] },
    });
    expect(answer.errors).toHaveLength(1);
    expect(JSON.stringify(answer)).not.toMatch(/secret/);
  });

  test.each<[string, Record<string, string>]>([
    ['another document', { query: '{ secret }' }],
    ['another document under a trusted hash', { query: '{ secret }', documentId: note }],
    ['introspection', { query: '{ __schema { types { name } } }' }],
    ['extensions that are no JSON', { extensions: '{' }],
    ['no hash', { extensions: '{}' }],
  ])('refuses %s by GET', async (_name, parameters) => {
    const { status, code } = await get(parameters);
    expect({ status, code, ran }).toEqual({ status: 400, code: 'PERSISTED_QUERY_NOT_FOUND', ran: [] });
  });

  test('refuses a parameter that comes twice, unless what runs is the trusted document', async () => {
    const twice = new URLSearchParams([
      ['query', '{ secret }'],
      ['query', NOTE],
    ]).toString();
    const headers = { 'apollo-require-preflight': '1' };
    await send(`/graphql?${twice}`, { headers });
    expect(ran).not.toContain('secret');
    const back = new URLSearchParams([
      ['query', NOTE],
      ['query', '{ secret }'],
    ]).toString();
    expect(await send(`/graphql?${back}`, { headers })).toMatchObject({ status: 400 });
    expect(ran).toEqual([]);
  });

  test('refuses batches and bodies that are no object, and runs nothing', async () => {
    for (const body of [[{ query: '{ secret }' }], [{ documentId: note }], 'secret', null, 7]) {
      expect(await post(body)).toMatchObject({ status: 400 });
      expect(ran).toEqual([]);
    }
  });

  test('serves no Sandbox, and no explorer', async () => {
    expect((await fetch(`${origin}/explorer`)).status).toBe(404);
    const page = await fetch(`${origin}/graphql`, { headers: { accept: 'text/html' } });
    expect(page.headers.get('content-type')).not.toMatch(/html/);
    expect(await page.text()).not.toMatch(/<script/);
  });

  test('holds the limits of cost for trusted documents too', async () => {
    expect(await post({ documentId: note, variables: { first: 20_000 } })).toMatchObject({
      ...{ status: 400, code: 'OPERATION_TOO_COMPLEX' },
    });
    expect(ran).toEqual([]);
  });
});

describe('A start with TRUSTED_DOCUMENTS', () => {
  test.each<[string, () => string, RegExp]>([
    ['that is not there', () => join(folder, 'none.json'), /none\.json: ENOENT/],
    ['that is a folder', () => folder, /EISDIR/],
    ['that is no JSON', () => manifestFile('{ "a": '), /is not JSON/],
    ['that is empty', () => manifestFile({}), /object of documents by their hash/],
    ['that is a list', () => manifestFile([NOTE]), /object of documents by their hash/],
    ['that holds anything but texts', () => manifestFile({ a: { body: NOTE } }), /object of documents by their hash/],
    ['with a document that is none', () => manifestFile({ good: NOTE, bad: '{' }), /document bad: Syntax Error/],
    [
      'with a field that there is not',
      () => manifestFile({ bad: '{ nothing }', worse: '{ none }' }),
      /document bad: Cannot query field "nothing"[\s\S]*document worse: /,
    ],
    [
      'with introspection',
      () => manifestFile({ bad: '{ __schema { types { name } } }' }),
      /document bad: .*introspection/i,
    ],
    [
      'with a document over the limits',
      () => manifestFile({ bad: `{ ${'notes { text } '.repeat(500)} }` }),
      /document bad: .*tokens/,
    ],
  ])('%s is stopped, and says why', async (_name, path, reason) => {
    const starting = start(path());
    await expect(starting).rejects.toThrow(ConfigurationError);
    await expect(starting).rejects.toThrow(TypeError);
    await expect(starting).rejects.toThrow(/TRUSTED_DOCUMENTS: /);
    await expect(starting).rejects.toThrow(reason);
  });

  test('left out runs any document', async () => {
    const made = await start(undefined);
    const { origin } = new URL((await made.server.listen()).url);
    expect((await createClient(origin).ask(print(parse('{ secret }')))).body.data).toEqual({ secret: 'x' });
    expect(await createClient(origin).ask('')).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    await made.close();
  });
});
