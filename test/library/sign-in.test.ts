import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PASSWORD, REFRESH, SIGN_IN, SIGN_UP, freshEmail } from '../http/support/people.js';
import { createTestAuthServer, type TestAuthServer } from '../support/auth-server.js';
import { createClient, type Answer, type Client } from '../support/client.js';
import type { GraphQLContext } from '../../src/index.js';
import { describeOnEachBackend } from '../support/stores.js';

/** A sign-in of the application's own, which counts how often it ran. */
const typeDefs = `
  extend type Mutation {
    signInWithLink(userId: String!, deviceName: String): SignInPayload @public
    signInAsBoolean(userId: String!): Boolean @public
  }
`;
const PAIR = 'accessToken refreshToken user { id email roles } session { id deviceName transport }';
const BY_LINK = `mutation ($userId: String!, $deviceName: String) {
  signInWithLink(userId: $userId, deviceName: $deviceName) { ${PAIR} }
}`;

describeOnEachBackend('a sign-in of the application’s own', (backendName) => {
  let latchkey: TestAuthServer;
  let origin: string;
  let ran = 0;

  beforeAll(async () => {
    latchkey = await createTestAuthServer(
      {
        typeDefs,
        resolvers: {
          Mutation: {
            signInWithLink: async (_source, { userId, deviceName }: Input, { auth }: GraphQLContext) => {
              ran += 1;
              return auth.signIn(userId, { deviceName });
            },
            signInAsBoolean: async (_source, { userId }: Input, { auth }: GraphQLContext) =>
              (await auth.signIn(userId)).accessToken === null,
          },
        },
      },
      { backendName },
    );
    ({ origin } = new URL((await latchkey.server.listen()).url));
  });

  afterAll(() => latchkey.close());

  interface Input {
    readonly userId: string;
    readonly deviceName: string | null;
  }

  const byLink = (client: Client, userId: string, deviceName?: string): Promise<Answer> =>
    client.ask(BY_LINK, { variables: { userId, deviceName } });

  test('gives a program the pair, for a user who was not known before', async () => {
    const program = createClient(origin);
    const answer = await byLink(program, 'github|1', 'phone');
    expect(answer.body.data).toMatchObject({
      signInWithLink: {
        user: { id: 'github|1', email: null, roles: [] },
        session: { deviceName: 'phone', transport: 'HEADER' },
      },
    });
    const token = answer.text('signInWithLink.accessToken');
    expect((await program.ask('{ viewer { id } }', { token })).text('viewer.id')).toBe('github|1');
    const refreshToken = answer.text('signInWithLink.refreshToken');
    const next = await program.ask(REFRESH, { variables: { input: { refreshToken } } });
    expect(next.text('refreshSession.user.id')).toBe('github|1');
  });

  test('gives a browser cookies, and no token in the answer', async () => {
    const browser = createClient(origin, { kind: 'browser' });
    const answer = await byLink(browser, 'github|2');
    expect(answer.body.data).toMatchObject({ signInWithLink: { accessToken: null, refreshToken: null } });
    expect([...browser.cookies.keys()].sort()).toEqual(['latchkey-access', 'latchkey-device', 'latchkey-refresh']);
    expect((await browser.ask('{ viewer { id } }')).text('viewer.id')).toBe('github|2');
  });

  test('does not run for a page of another site: CSRF_BLOCKED, no cookie, no user', async () => {
    const evil = createClient(origin, { kind: 'browser', origin: 'https://evil.example.com' });
    const before = ran;
    const answer = await byLink(evil, 'github|evil');
    expect([answer.status, answer.code, evil.cookies.size, ran]).toEqual([403, 'CSRF_BLOCKED', 0, before]);
    expect(await latchkey.server.auth.users.listById(['github|evil' as never])).toEqual([]);
  });

  test('in a field that does not say so by its type, is refused where it signs in', async () => {
    const query = 'mutation ($userId: String!) { signInAsBoolean(userId: $userId) }';
    const evil = createClient(origin, { kind: 'browser', origin: 'https://evil.example.com' });
    const answer = await evil.ask(query, { variables: { userId: 'github|evil' } });
    expect([answer.status, answer.code, evil.cookies.size]).toEqual([403, 'CSRF_BLOCKED', 0]);
    expect(await latchkey.server.auth.users.listById(['github|evil' as never])).toEqual([]);
    const own = createClient(origin, { kind: 'browser' });
    expect((await own.ask(query, { variables: { userId: 'github|3' } })).body.data).toEqual({ signInAsBoolean: true });
  });

  test('is one exchange of credentials: an operation holds no second', async () => {
    const before = ran;
    const twice = `mutation { a: signInWithLink(userId: "a") { ${PAIR} } b: signInWithLink(userId: "b") { ${PAIR} } }`;
    expect((await createClient(origin).ask(twice)).code).toBe('OPERATION_TOO_COMPLEX');
    const mixed = `mutation { refreshSession { ${PAIR} } b: signInWithLink(userId: "b") { ${PAIR} } }`;
    expect((await createClient(origin).ask(mixed)).code).toBe('OPERATION_TOO_COMPLEX');
    expect(ran).toBe(before);
  });

  test('refuses who is banned here, and knows the roles that are kept here', async () => {
    const program = createClient(origin);
    const setupCode = latchkey.server.setUpCode;
    const input = { email: freshEmail(), password: PASSWORD, setupCode };
    const token = (await program.ask(SIGN_UP, { variables: { input } })).text('signUp.accessToken');
    await byLink(program, 'github|4');
    await program.ask('mutation { grantRole(userId: "github|4", role: MODERATOR) { user { id } } }', { token });
    expect((await byLink(program, 'github|4')).body.data).toMatchObject({
      signInWithLink: { user: { roles: ['MODERATOR'] } },
    });
    const ban = 'mutation { banUser(input: { userId: "github|4", publicReason: "spam" }) { user { id } } }';
    await program.ask(ban, { token });
    const banned = await byLink(program, 'github|4');
    expect(banned.body.errors?.[0]?.extensions).toEqual({ code: 'USER_BANNED', reason: 'spam', until: null });
  });

  test('makes one user of many first sign-ins at once', async () => {
    const program = createClient(origin);
    const answers = await Promise.all(Array.from({ length: 8 }, () => byLink(program, 'github|5')));
    expect(answers.map(({ code }) => code)).toEqual(answers.map(() => undefined));
    const sessions = new Set(answers.map((answer) => answer.text('signInWithLink.session.id')));
    expect(sessions.size).toBe(8);
  });

  test('leaves no way in by a password of ours, whatever is typed as the address', async () => {
    const program = createClient(origin);
    await byLink(program, 'github|6');
    for (const [email, password] of [
      ['', ''],
      ['user github|6', ''],
      ['github|6', PASSWORD],
      ['user github|6', PASSWORD],
    ]) {
      const answer = await program.ask(SIGN_IN, { variables: { input: { email, password } } });
      expect(answer.code).toBe('INVALID_CREDENTIALS');
    }
  });

  test.each(['', 'x'.repeat(256), '\uD800'])('takes no id that is none: %j', async (userId) => {
    const answer = await byLink(createClient(origin), userId);
    expect(answer.body.data ?? null).toBeNull();
    expect(['INTERNAL_SERVER_ERROR', 'BAD_REQUEST']).toContain(answer.code);
  });
});
