import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'graphql';
import { createAuthServer, ConfigurationError, type AuthServerOptions } from '../../src/index.js';
import { freshEmail, PASSWORD, SIGN_IN, SIGN_UP } from '../http/support/people.js';
import { createTestAuthServer, type TestAuthServer } from '../support/auth-server.js';
import { createClient, type Client } from '../support/client.js';

interface Added {
  readonly greeting: string;
}

describe('a server of the application’s own schema', () => {
  let latchkey: TestAuthServer;
  let client: Client;
  let origin: string;

  beforeAll(async () => {
    latchkey = await createTestAuthServer<Added>({
      typeDefs: [
        'extend enum Role { EDITOR }',
        parse(
          'extend type Query { greeting: String @public drafts: [String!] @hasRole(anyOf: [EDITOR]) open: String }',
        ),
      ],
      resolvers: [
        { Query: { greeting: (_source, _arguments, { greeting }) => greeting, open: () => 'open' } },
        { Query: { drafts: (_source, _arguments, { principal }) => principal?.roles } },
      ],
      context: ({ request, principal, auth }) => ({
        greeting: `${request.headers['x-name']?.toString() ?? 'nobody'} ${principal?.userId ?? 'anonymous'} ${typeof auth.signIn}`,
      }),
      env: { ROLES: 'EDITOR,REVIEWER' },
    });
    ({ origin } = new URL((await latchkey.server.listen()).url));
    client = createClient(origin);
  });

  afterAll(() => latchkey.close());

  const signUp = (setupCode: string | null = null): Promise<string> =>
    client
      .ask(SIGN_UP, { variables: { input: { email: freshEmail(), password: PASSWORD, setupCode } } })
      .then((answer) => answer.text('signUp.accessToken'));

  test('listens where it says', async () => {
    expect((await fetch(`${origin}/healthz`)).status).toBe(200);
  });

  test('gives resolvers what the application adds to the context, made from the request and its principal', async () => {
    const answer = await client.ask('{ greeting }', { headers: { 'x-name': 'Ann' } });
    expect(answer.text('greeting')).toBe('Ann anonymous function');
    const token = await signUp();
    const viewer = await client.ask('{ viewer { id } greeting }', { token });
    expect(viewer.text('greeting')).toBe(`nobody ${viewer.text('viewer.id')} function`);
  });

  test('guards its fields, by its roles', async () => {
    expect((await client.ask('{ drafts }')).code).toBe('UNAUTHENTICATED');
    expect((await client.ask('{ drafts }', { token: await signUp() })).code).toBe('FORBIDDEN');
    const admin = await signUp(latchkey.server.setUpCode);
    const email = freshEmail();
    const input = { email, password: PASSWORD };
    const editor = await client.ask(SIGN_UP, { variables: { input } });
    const grant = `mutation ($id: ID!) { grantRole(userId: $id, role: EDITOR) { user { roles } } }`;
    await client.ask(grant, { token: admin, variables: { id: editor.text('signUp.user.id') } });
    const token = (await client.ask(SIGN_IN, { variables: { input } })).text('signIn.accessToken');
    expect((await client.ask('{ drafts }', { token })).body.data).toEqual({ drafts: ['EDITOR'] });
  });

  test('leaves a root field without a rule open, as coverage is optional', async () => {
    expect((await client.ask('{ open }')).text('open')).toBe('open');
  });

  test('has the roles that ROLES names beside those that its schema adds, each once', async () => {
    const { body } = await client.ask('{ __type(name: "Role") { enumValues { name } } }');
    const names = ['ADMIN', 'MODERATOR', 'EDITOR', 'REVIEWER'].map((name) => ({ name }));
    expect(body.data).toEqual({ __type: { enumValues: expect.arrayContaining(names) } });
    expect(JSON.stringify(body.data).match(/EDITOR/g)).toHaveLength(1);
  });

  test('gives the domain’s services to whoever holds the server', async () => {
    const email = freshEmail();
    await latchkey.server.auth.users.signUp({ email, password: PASSWORD, setupCode: null, ipAddress: null });
    const answer = await client.ask(SIGN_IN, { variables: { input: { email, password: PASSWORD } } });
    expect(answer.text('signIn.user.email')).toBe(email);
  });
});

describe('a context that is not right', () => {
  let latchkey: TestAuthServer | undefined;
  afterEach(() => latchkey?.close());

  test.each([
    ['takes the place of something of ours', () => ({ principal: null }), 'context: principal: is Latchkey'],
    ['is no object', () => null as unknown as object, 'context: has to answer an object'],
  ])('that %s fails the request, and the log says why', async (_name, context, message) => {
    latchkey = await createTestAuthServer({ context });
    const { url } = await latchkey.server.listen();
    const answer = await createClient(new URL(url).origin).ask('{ __typename }');
    expect([answer.status, answer.code]).toEqual([500, 'INTERNAL_SERVER_ERROR']);
    expect(latchkey.log()).toContain(message);
  });
});

describe('what is wrong at start throws a TypeError, and nothing is opened', () => {
  const env = { STORE_URL: 'file:/nowhere/that/could/be/made.db', LOG_LEVEL: 'silent' };
  const wrong = (options: object): AuthServerOptions => options;

  test.each<[string, AuthServerOptions, RegExp]>([
    ['an option that is not there', wrong({ onEvents: () => undefined }), /onEvents: there is no such option/],
    ['an option of a wrong kind', wrong({ claims: 'all', context: {} }), /context: .*function|claims: .*function/],
    ['a reserved claim', { claims: { tenant: () => 'a', sub: () => 'b' } }, /claims: sub: /],
    ['a variable', { env: { PORT: 'many' } }, /PORT: must be a whole number/],
    ['several variables', { env: { PORT: 'many', SIGN_UP: 'perhaps' } }, /PORT: [^]*SIGN_UP: /],
    [
      'an administrator’s password beside `authenticate`',
      { authenticate: () => null, env: { ADMIN_EMAIL: 'a@example.com', ADMIN_PASSWORD: PASSWORD } },
      /ADMIN_EMAIL, ADMIN_PASSWORD: .*authenticate/,
    ],
    ['SDL that is none', { typeDefs: 'extend type Query {' }, /typeDefs: Syntax Error/],
    ['a type that is not there', { typeDefs: 'extend type Query { a: Nothing }' }, /Nothing/],
    ['a field of ours', { typeDefs: 'extend type Query { viewer: String }' }, /Query\.viewer/],
    ['a resolver of ours', { resolvers: { Mutation: { signIn: () => null } } }, /Mutation\.signIn/],
    ['a resolver without its field', { resolvers: { Query: { nothing: () => null } } }, /Query\.nothing/],
    ['an unknown role', { typeDefs: 'extend type Query { a: String @hasRole(anyOf: [EDITOR]) }' }, /EDITOR/],
    [
      'a root field without a rule, with coverage required',
      { typeDefs: 'extend type Query { a: String }', coverage: 'required' },
      /Query\.a/,
    ],
  ])('%s', async (_name, options, message) => {
    const starting = createAuthServer({ ...options, env: { ...env, ...options.env } });
    await expect(starting).rejects.toThrow(TypeError);
    await expect(starting).rejects.toThrow(message);
  });

  test('a store that cannot be', async () => {
    const starting = createAuthServer({ env: { ...env, STORE_URL: 'mongodb://localhost/a' } });
    await expect(starting).rejects.toThrow(ConfigurationError);
    await expect(starting).rejects.toThrow(/LATCHKEY_SECRET: is required with MongoDB/);
  });

  test('env goes over process.env, and an undefined unsets', async () => {
    process.env['SIGN_UP'] = 'perhaps';
    try {
      await expect(createAuthServer({ env })).rejects.toThrow(/SIGN_UP/);
      const latchkey = await createTestAuthServer({ env: { SIGN_UP: undefined } });
      expect(await latchkey.server.listen()).toEqual({
        url: expect.stringMatching(/^http:\/\/localhost:\d+\/graphql$/),
      });
      await latchkey.close();
      await latchkey.server.close();
    } finally {
      delete process.env['SIGN_UP'];
    }
  });
});

test('the set-up code is printed as the program does, and not where logs are silent', async () => {
  const written: string[] = [];
  const { write } = process.stderr;
  process.stderr.write = (text: string | Uint8Array) => written.push(String(text)) > 0;
  try {
    const silent = await createTestAuthServer();
    expect(written).toEqual([]);
    const loud = await createTestAuthServer({ env: { LOG_LEVEL: 'error' } });
    expect(written).toEqual([`latchkey set-up code: ${loud.server.setUpCode ?? ''}\n`]);
    await Promise.all([silent.close(), loud.close()]);
  } finally {
    process.stderr.write = write;
  }
});
