import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { PASSWORD, SIGN_IN, SIGN_UP } from '../http/support/people.js';
import { createTestAuthServer, type TestAuthServer } from '../support/auth-server.js';
import { createClient, type Answer, type Client } from '../support/client.js';

describe('with `authenticate`', () => {
  /** The application's own user store. */
  const passwords = new Map([
    ['ann@example.com', { id: 'user-1', password: 'ann’s' }],
    ['bob@example.com', { id: 'user-2', password: 'bob’s' }],
  ]);
  let asked: unknown[] = [];
  let meanwhile: () => Promise<unknown> = async () => undefined;
  let latchkey: TestAuthServer;
  let client: Client;

  beforeAll(async () => {
    latchkey = await createTestAuthServer({
      async authenticate(credentials) {
        asked.push(credentials);
        const found = passwords.get(credentials.email);
        const id = found?.password === credentials.password ? found.id : null;
        await meanwhile();
        if (credentials.email === 'broken') return 42 as unknown as string;
        if (credentials.email === 'away') throw new Error('their database is away');
        return id;
      },
    });
    client = createClient(new URL((await latchkey.server.listen()).url).origin);
  });

  beforeEach(() => {
    asked = [];
    meanwhile = async () => undefined;
  });

  afterAll(() => latchkey.close());

  const signIn = (email: string, password: string): Promise<Answer> =>
    client.ask(SIGN_IN, { variables: { input: { email, password } } });
  const signUp = (email: string, password: string, setupCode: string | null = null): Promise<Answer> =>
    client.ask(SIGN_UP, { variables: { input: { email, password, setupCode } } });

  test('sign-in asks the application, and the user is known here under that id from then on', async () => {
    const answer = await signIn('ann@example.com', 'ann’s');
    expect(asked).toEqual([{ email: 'ann@example.com', password: 'ann’s' }]);
    expect(answer.body.data).toMatchObject({ signIn: { user: { id: 'user-1', email: null } } });
    const token = answer.text('signIn.accessToken');
    expect((await client.ask('{ viewer { id } }', { token })).text('viewer.id')).toBe('user-1');
    expect(await latchkey.server.auth.users.listById(['user-1' as never])).toHaveLength(1);
  });

  test('a wrong password and an unknown address answer the same, and no user is made', async () => {
    const wrong = await signIn('bob@example.com', 'ann’s');
    const unknown = await signIn('nobody@example.com', 'ann’s');
    expect([wrong.status, wrong.code]).toEqual([401, 'INVALID_CREDENTIALS']);
    expect(wrong.body).toEqual(unknown.body);
    expect(await latchkey.server.auth.users.listById(['user-2' as never])).toEqual([]);
  });

  test('an application that fails or answers no id fails the sign-in, and no more is said', async () => {
    for (const email of ['away', 'broken']) {
      const answer = await signIn(email, 'any');
      expect([answer.status, answer.code]).toEqual([500, 'INTERNAL_SERVER_ERROR']);
    }
    expect(latchkey.log()).toContain('their database is away');
    expect(latchkey.log()).toContain('a user id is a text of 1 to 255 characters');
  });

  test('nobody signs up here, but for the set-up code, which makes one of theirs the administrator', async () => {
    const setupCode = latchkey.server.setUpCode;
    expect((await signUp('carl@example.com', PASSWORD)).code).toBe('FORBIDDEN');
    expect((await signUp('ann@example.com', 'ann’s')).code).toBe('FORBIDDEN');
    expect((await signUp('ann@example.com', 'wrong', setupCode)).code).toBe('INVALID_CREDENTIALS');
    expect((await signUp('ann@example.com', 'ann’s', 'no-such-code')).code).toBe('BAD_USER_INPUT');
    const token = (await signUp('ann@example.com', 'ann’s', setupCode)).text('signUp.accessToken');
    expect((await client.ask('{ viewer { id roles } }', { token })).body.data).toEqual({
      viewer: { id: 'user-1', roles: ['ADMIN'] },
    });
    expect((await signUp('bob@example.com', 'bob’s', setupCode)).code).toBe('BAD_USER_INPUT');
  });

  test('what is revoked while the application looks at the password holds for the session that starts', async () => {
    const admin = (await signIn('ann@example.com', 'ann’s')).text('signIn.accessToken');
    (await signIn('bob@example.com', 'bob’s')).text('signIn.user.id');
    meanwhile = async () => {
      meanwhile = async () => undefined;
      passwords.set('bob@example.com', { id: 'user-2', password: 'changed' });
      await client.ask('mutation { revokeUserSessions(userId: "user-2") { revokedSessionIds } }', { token: admin });
    };
    const stale = await signIn('bob@example.com', 'bob’s');
    expect(stale.code).toBe('INVALID_CREDENTIALS');
    expect((await signIn('bob@example.com', 'changed')).text('signIn.user.id')).toBe('user-2');
  });

  test('a ban here refuses, after the right password alone', async () => {
    const admin = (await signIn('ann@example.com', 'ann’s')).text('signIn.accessToken');
    await client.ask('mutation { banUser(input: { userId: "user-2" }) { user { id } } }', { token: admin });
    expect((await signIn('bob@example.com', 'changed')).code).toBe('USER_BANNED');
    expect((await signIn('bob@example.com', 'wrong')).code).toBe('INVALID_CREDENTIALS');
  });
});
