import { describe, expect, test } from '@jest/globals';
import { describeOnEachServer } from './support/fixture.js';
import {
  freshEmail,
  PASSWORD,
  refresh,
  refreshed,
  signIn,
  SIGN_IN,
  SIGN_OUT,
  SIGN_UP,
  signUp,
  VIEWER,
} from './support/people.js';

describeOnEachServer('The walk', (fixture) => {
  const ask = (query: string, token: string | null, variables: Record<string, unknown> = {}) =>
    fixture().server.client().ask(query, { token, variables });

  describe('sign-up', () => {
    test('with the set-up code makes an administrator, and without it a user without roles', async () => {
      const admin = await fixture().admin();
      const user = await signUp(fixture().server);
      const query = '{ viewer { id email emailVerified roles ban { at } } }';

      expect((await ask(query, admin.token)).body.data).toEqual({
        viewer: { id: admin.id, email: admin.email, emailVerified: true, roles: ['ADMIN'], ban: null },
      });
      expect((await ask(query, user.token)).body.data).toMatchObject({ viewer: { email: user.email, roles: [] } });
    });

    test.each([
      ['a wrong set-up code', 'cafecafe-cafecafe-cafecafe-cafecafe'],
      ['an empty one', ''],
      ['the one that was used', null],
    ])('with %s is refused, and makes no account', async (_name, code) => {
      const input = { email: freshEmail(), password: PASSWORD, setupCode: code ?? fixture().setUpCode };
      const answer = await ask(SIGN_UP, null, { input });

      expect(answer).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
      expect(answer.body.errors?.[0]?.extensions['field']).toBe('setupCode');
      expect((await ask(SIGN_IN, null, { input: { email: input.email, password: PASSWORD } })).code).toBe(
        'INVALID_CREDENTIALS',
      );
    });

    test('with an address that is taken, in whatever case or normal form, is EMAIL_TAKEN', async () => {
      const { email } = await signUp(fixture().server, { email: `\u00e9${freshEmail()}` });
      for (const taken of [email, email.toUpperCase(), email.normalize('NFD')]) {
        const answer = await ask(SIGN_UP, null, { input: { email: taken, password: PASSWORD } });
        expect(answer).toMatchObject({ status: 400, code: 'EMAIL_TAKEN' });
        expect(answer.body.errors?.[0]?.extensions['field']).toBe('email');
      }
    });

    test('keeps the name of the device, and what the client called itself', async () => {
      const answer = await fixture()
        .server.client()
        .ask(
          `mutation ($input: SignUpInput!) {
          signUp(input: $input) { session { current deviceName userAgent ipAddress transport } }
        }`,
          {
            variables: { input: { email: freshEmail(), password: PASSWORD, deviceName: 'Mum\u2019s phone' } },
            headers: { 'user-agent': 'test/1' },
          },
        );
      const session = { current: true, deviceName: 'Mum\u2019s phone', userAgent: 'test/1', transport: 'HEADER' };
      expect(answer.body.data).toMatchObject({ signUp: { session } });
      expect(answer.text('signUp.session.ipAddress')).toMatch(/^(127\.0\.0\.1|::1|::ffff:127\.0\.0\.1)$/);
    });
  });

  describe('sign-in', () => {
    test('speaks for its user in the rest of its own operation', async () => {
      const user = await signUp(fixture().server);
      const query = `mutation ($input: SignInInput!) {
        signIn(input: $input) {
          user { email roles sessions { id } }
          session { id current createdAt lastSeenAt expiresAt authenticatedAt user { id email } }
        }
      }`;
      const answer = await ask(query, null, { input: { email: user.email.toUpperCase(), password: PASSWORD } });
      const now = fixture().clock.now();
      const sessionId = answer.text('signIn.session.id');

      expect(answer.body.errors).toBeUndefined();
      expect(answer.body.data).toEqual({
        signIn: {
          user: {
            email: user.email,
            roles: [],
            sessions: expect.arrayContaining([{ id: sessionId }, { id: user.sessionId }]),
          },
          session: {
            id: sessionId,
            current: true,
            createdAt: now.toISOString(),
            lastSeenAt: now.toISOString(),
            authenticatedAt: now.toISOString(),
            expiresAt: new Date(now.getTime() + 2_592_000_000).toISOString(),
            user: { id: user.id, email: user.email },
          },
        },
      });
    });

    test('says the same of a wrong password and of an unknown address', async () => {
      const { email } = await signUp(fixture().server);
      const wrong = await ask(SIGN_IN, null, { input: { email, password: 'not the password' } });
      const unknown = await ask(SIGN_IN, null, { input: { email: freshEmail(), password: PASSWORD } });

      expect(wrong).toMatchObject({ status: 401, code: 'INVALID_CREDENTIALS' });
      expect(unknown.body).toEqual(wrong.body);
    });
  });

  describe('a session', () => {
    test('goes on by refreshSession, with another pair for the same session', async () => {
      const user = await signUp(fixture().server);
      const answer = await ask(
        `mutation ($token: String) {
          refreshSession(input: { refreshToken: $token }) {
            accessToken refreshToken expiresInSeconds accessTokenExpiresAt refreshTokenExpiresAt
            session { id current } user { id email }
          }
        }`,
        null,
        { token: user.refreshToken },
      );
      const nowMs = fixture().clock.now().getTime();

      expect(answer.body.data).toMatchObject({
        refreshSession: {
          session: { id: user.sessionId, current: true },
          user: { id: user.id, email: user.email },
          refreshTokenExpiresAt: new Date(nowMs + 2_592_000_000).toISOString(),
        },
      });
      expect(answer.text('refreshSession.accessToken')).not.toBe(user.token);
      expect(answer.text('refreshSession.refreshToken')).not.toBe(user.refreshToken);
      const { expiresInSeconds, accessTokenExpiresAt } = answer.body.data?.['refreshSession'] as Record<
        string,
        unknown
      >;
      expect(expiresInSeconds).toBeLessThanOrEqual(600);
      expect(expiresInSeconds).toBeGreaterThanOrEqual(570);
      expect(Date.parse(String(accessTokenExpiresAt)) - nowMs).toBeGreaterThan(569_000);
    });

    test('is told by the query of its name, and is the current one of the viewer\u2019s', async () => {
      const user = await signUp(fixture().server);
      const other = await signIn(fixture().server, user);
      const answer = await ask('{ session { id current user { id } } viewer { sessions { id current } } }', user.token);

      expect(answer.body.data).toEqual({
        session: { id: user.sessionId, current: true, user: { id: user.id } },
        viewer: {
          sessions: expect.arrayContaining([
            { id: user.sessionId, current: true },
            { id: other.sessionId, current: false },
          ]),
        },
      });
    });

    test('ends by signOut, once, and its refresh token is over', async () => {
      const user = await signUp(fixture().server);
      expect((await ask(SIGN_OUT, user.token)).body.data).toEqual({ signOut: { signedOut: true } });
      expect((await ask(SIGN_OUT, user.token)).body.data).toEqual({ signOut: { signedOut: false } });
      expect(await refresh(fixture().server, user.refreshToken)).toMatchObject({
        status: 401,
        code: 'SESSION_EXPIRED',
      });
    });

    test('of the viewer\u2019s own can be revoked; another user\u2019s is NOT_FOUND and goes on', async () => {
      const user = await signUp(fixture().server);
      const other = await signIn(fixture().server, user);
      const stranger = await signUp(fixture().server);
      const revoke = 'mutation ($id: ID!) { revokeSession(id: $id) { revokedSessionIds } }';

      expect((await ask(revoke, user.token, { id: other.sessionId })).body.data).toEqual({
        revokeSession: { revokedSessionIds: [other.sessionId] },
      });
      expect((await refresh(fixture().server, other.refreshToken)).code).toBe('SESSION_EXPIRED');
      expect(await ask(revoke, user.token, { id: stranger.sessionId })).toMatchObject({
        status: 400,
        code: 'NOT_FOUND',
      });
      expect(await ask(revoke, user.token, { id: 'nobody\u2019s' })).toMatchObject({ status: 400, code: 'NOT_FOUND' });
      await refreshed(fixture().server, stranger);
      await refreshed(fixture().server, user);
    });

    test('ends all others by revokeOtherSessions, and goes on itself', async () => {
      const user = await signUp(fixture().server);
      const others = await Promise.all([signIn(fixture().server, user), signIn(fixture().server, user)]);
      const answer = await ask('mutation { revokeOtherSessions { revokedSessionIds } }', user.token);

      expect(answer.body.data).toEqual({
        revokeOtherSessions: { revokedSessionIds: expect.arrayContaining(others.map(({ sessionId }) => sessionId)) },
      });
      for (const { refreshToken } of others) {
        expect((await refresh(fixture().server, refreshToken)).code).toBe('SESSION_EXPIRED');
      }
      await refreshed(fixture().server, user);
    });

    test('of another user ends by a moderator\u2019s revokeUserSessions', async () => {
      const user = await signUp(fixture().server);
      const moderator = await fixture().withRole('MODERATOR');
      const query = 'mutation ($id: ID!) { revokeUserSessions(userId: $id) { revokedSessionIds } }';

      expect(await ask(query, user.token, { id: user.id })).toMatchObject({ status: 403, code: 'FORBIDDEN' });
      expect((await ask(query, moderator.token, { id: user.id })).body.data).toEqual({
        revokeUserSessions: { revokedSessionIds: [user.sessionId] },
      });
      expect((await refresh(fixture().server, user.refreshToken)).code).toBe('SESSION_EXPIRED');
      expect((await ask(query, moderator.token, { id: 'nobody' })).code).toBe('NOT_FOUND');
      await signIn(fixture().server, user);
    });
  });

  test('whoever asks for the viewer without a token is UNAUTHENTICATED', async () => {
    expect(await ask(VIEWER, null)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  });
});
