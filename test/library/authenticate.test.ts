import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { AuthError } from '../../src/domain/errors.js';
import { PASSWORD, REFRESH, SIGN_IN, SIGN_UP } from '../http/support/people.js';
import { createTestAuthServer, type TestAuthServer } from '../support/auth-server.js';
import { createClient, type Answer, type Client } from '../support/client.js';
import { ManualClock } from '../support/clock.js';
import { describeOnEachBackend } from '../support/stores.js';

const REAUTHENTICATE = `mutation ($password: String!) {
  reauthenticate(input: { password: $password }) { accessToken refreshToken user { id email } }
}`;
const HOUR_MS = 3_600_000;

describeOnEachBackend('with `authenticate`', (backendName) => {
  const clock = new ManualClock();
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
    latchkey = await createTestAuthServer(
      {
        typeDefs: `extend type Query { fresh: ID @auth(maxAgeSeconds: 3600) }
          extend type Mutation { signInWithLink(userId: String!): SignInPayload @public }`,
        resolvers: {
          Query: { fresh: (_source, _arguments, { principal }) => principal?.userId },
          Mutation: { signInWithLink: (_source, { userId }: { userId: string }, { auth }) => auth.signIn(userId) },
        },
        env: { TRUST_PROXY: '1' },
        async authenticate(credentials) {
          asked.push(credentials);
          const found = passwords.get(credentials.email);
          const id = found?.password === credentials.password ? found.id : null;
          await meanwhile();
          if (credentials.email === 'broken') return 42 as unknown as string;
          if (credentials.email === 'unwanted') throw new AuthError('FORBIDDEN');
          if (credentials.email === 'away') throw new Error('their database is away');
          return id;
        },
      },
      { clock, backendName },
    );
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
    // Once more behind the new row: see `createExternalCheck`.
    expect(asked).toEqual(Array(2).fill({ email: 'ann@example.com', password: 'ann’s' }));
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

  test('what the application refuses, whatever its code, is a guess at the account: 100 of them from anywhere', async () => {
    const from = (number: number): Promise<Answer> =>
      client.ask(SIGN_IN, {
        variables: { input: { email: 'unwanted', password: 'any' } },
        headers: { 'x-forwarded-for': `198.51.100.${number}` },
      });
    for (let number = 0; number < 100; number += 1) expect((await from(number)).code).toBe('FORBIDDEN');
    expect((await from(100)).code).toBe('RATE_LIMITED');
  });

  test('a wrong set-up code is tried a few times, and each of them stands in the audit log once', async () => {
    const actions = async (): Promise<Record<string, unknown>[]> =>
      (await latchkey.server.auth.auditLog.list({ subjectId: 'user-4' as never }, 100, null)).entries.map(
        ({ action, outcome, actorId, reason }) => ({ action, outcome, actorId, reason }),
      );
    passwords.set('dan@example.com', { id: 'user-4', password: 'dan’s' });
    const codes = [];
    for (let times = 0; times < 7; times += 1) {
      codes.push((await signUp('dan@example.com', 'dan’s', 'no-such-code')).code);
    }
    expect(codes).toEqual([...Array<string>(5).fill('BAD_USER_INPUT'), 'RATE_LIMITED', 'RATE_LIMITED']);
    const failures = (await actions()).filter(({ outcome }) => outcome === 'failure');
    expect(failures).toEqual(
      Array(5).fill({ action: 'role-granted', outcome: 'failure', actorId: 'user-4', reason: 'BAD_USER_INPUT' }),
    );
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
    const proved = await client.ask(REAUTHENTICATE, { token, variables: { password: 'ann’s' } });
    expect(proved.text('reauthenticate.user.id')).toBe('user-1');
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

  test('what needs a fresh proof of the password gets it from the application, asked with the address of the sign-in', async () => {
    passwords.set('Eve@Example.com', { id: 'user-5', password: 'eve’s' });
    const first = await signIn('Eve@Example.com', 'eve’s');
    clock.advance(HOUR_MS + 60_000);
    const refreshToken = first.text('signIn.refreshToken');
    const refreshed = await client.ask(REFRESH, { variables: { input: { refreshToken } } });
    const token = refreshed.text('refreshSession.accessToken');
    expect((await client.ask('{ fresh }', { token })).code).toBe('REAUTHENTICATION_REQUIRED');

    const prove = (password: string): Promise<Answer> => client.ask(REAUTHENTICATE, { token, variables: { password } });
    expect(await prove('wrong')).toMatchObject({ status: 401, code: 'INVALID_CREDENTIALS' });
    asked = [];
    const proved = await prove('eve’s');
    expect(asked).toContainEqual({ email: 'Eve@Example.com', password: 'eve’s' });
    expect(proved.body.data).toMatchObject({ reauthenticate: { user: { id: 'user-5', email: null } } });
    const fresh = proved.text('reauthenticate.accessToken');
    expect((await client.ask('{ fresh }', { token: fresh })).text('fresh')).toBe('user-5');

    // Whoever has the address by now is somebody else, with a password of their own.
    passwords.set('Eve@Example.com', { id: 'user-6', password: 'mallory’s' });
    expect((await prove('mallory’s')).code).toBe('INVALID_CREDENTIALS');
  });

  test('who signed in by a link has no password to prove here: they sign in once more', async () => {
    const byLink = async (): Promise<string> => {
      const query = 'mutation { signInWithLink(userId: "user-7") { accessToken } }';
      return (await client.ask(query)).text('signInWithLink.accessToken');
    };
    const token = await byLink();
    asked = [];
    for (const password of ['', 'any']) {
      const answer = await client.ask(REAUTHENTICATE, { token, variables: { password } });
      expect(answer.code).toBe('INVALID_CREDENTIALS');
    }
    expect(asked).toEqual([]);
    clock.advance(HOUR_MS + 60_000);
    expect((await client.ask('{ fresh }', { token: await byLink() })).text('fresh')).toBe('user-7');
  });

  test('an address longer than any is not kept: who signed in with it signs in once more', async () => {
    const typed = 'gil@example.com'.padEnd(255);
    passwords.set(typed, { id: 'user-9', password: 'gil’s' });
    const token = (await signIn(typed, 'gil’s')).text('signIn.accessToken');
    const answer = await client.ask(REAUTHENTICATE, { token, variables: { password: 'gil’s' } });
    expect(answer.code).toBe('INVALID_CREDENTIALS');
  });

  test('a session that is revoked while the application looks at the password gets no fresh pair', async () => {
    const admin = (await signIn('ann@example.com', 'ann’s')).text('signIn.accessToken');
    passwords.set('fay@example.com', { id: 'user-8', password: 'fay’s' });
    const token = (await signIn('fay@example.com', 'fay’s')).text('signIn.accessToken');
    meanwhile = async () => {
      meanwhile = async () => undefined;
      await client.ask('mutation { revokeUserSessions(userId: "user-8") { revokedSessionIds } }', { token: admin });
    };
    const answer = await client.ask(REAUTHENTICATE, { token, variables: { password: 'fay’s' } });
    expect(answer.code).toBe('SESSION_EXPIRED');
  });

  test('a ban here refuses, after the right password alone', async () => {
    const admin = (await signIn('ann@example.com', 'ann’s')).text('signIn.accessToken');
    await client.ask('mutation { banUser(input: { userId: "user-2" }) { user { id } } }', { token: admin });
    expect((await signIn('bob@example.com', 'changed')).code).toBe('USER_BANNED');
    expect((await signIn('bob@example.com', 'wrong')).code).toBe('INVALID_CREDENTIALS');
  });
});
