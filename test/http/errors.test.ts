import { describe, expect, test } from '@jest/globals';
import type { Answer } from '../support/client.js';
import { describeOnEachServer } from './support/fixture.js';
import { freshEmail, PASSWORD, refresh, refreshed, SIGN_IN, SIGN_UP, signUp, VIEWER } from './support/people.js';

const holdsNothing = (answer: Answer, status: number, code: string): void => {
  expect({ status: answer.status, code: answer.code }).toEqual({ status, code });
  expect(answer.body).not.toHaveProperty('data');
  expect(answer.headers.get('content-type')).toMatch(/^application\/(json|graphql-response\+json)/);
};

describeOnEachServer('Errors', (fixture) => {
  const ask = (query: string, variables: Record<string, unknown> = {}, token: string | null = null) =>
    fixture().server.client().ask(query, { token, variables });
  const pastAccessTokens = 606_000;

  describe('where nothing is answered, the status says it, and there is no data', () => {
    test('UNAUTHENTICATED: 401', async () => {
      holdsNothing(await ask(VIEWER), 401, 'UNAUTHENTICATED');
      holdsNothing(await ask(VIEWER, {}, 'junk'), 401, 'UNAUTHENTICATED');
      holdsNothing(await ask('{ a: viewer { id } b: session { id } }'), 401, 'UNAUTHENTICATED');
      holdsNothing(await ask('mutation { refreshSession { expiresInSeconds } }'), 401, 'UNAUTHENTICATED');
    });

    test('TOKEN_EXPIRED: 401', async () => {
      const { token } = await signUp(fixture().server);
      fixture().clock.advance(pastAccessTokens);
      holdsNothing(await ask(VIEWER, {}, token), 401, 'TOKEN_EXPIRED');
      holdsNothing(
        await ask('mutation { revokeOtherSessions { revokedSessionIds } }', {}, token),
        401,
        'TOKEN_EXPIRED',
      );
    });

    test('SESSION_EXPIRED: 401', async () => {
      const { refreshToken, token } = await signUp(fixture().server);
      await ask('mutation { signOut { signedOut } }', {}, token);
      holdsNothing(await refresh(fixture().server, refreshToken), 401, 'SESSION_EXPIRED');
      holdsNothing(await refresh(fixture().server, 'junk'), 401, 'SESSION_EXPIRED');
      const idle = await signUp(fixture().server);
      fixture().clock.advance(2_592_000_000);
      holdsNothing(await refresh(fixture().server, idle.refreshToken), 401, 'SESSION_EXPIRED');
    });

    test('TOKEN_THEFT_DETECTED: 401', async () => {
      const person = await signUp(fixture().server);
      const next = await refreshed(fixture().server, person);
      fixture().clock.advance(10_000);
      await refreshed(fixture().server, next);
      holdsNothing(await refresh(fixture().server, person.refreshToken), 401, 'TOKEN_THEFT_DETECTED');
    });

    test('FORBIDDEN: 403', async () => {
      const { token, id } = await signUp(fixture().server);
      holdsNothing(await ask('{ users { totalCount } }', {}, token), 403, 'FORBIDDEN');
      const ban = 'mutation ($id: ID!) { banUser(input: { userId: $id }) { user { id } } }';
      holdsNothing(await ask(ban, { id }, token), 403, 'FORBIDDEN');
    });

    test('INVALID_CREDENTIALS: 401', async () => {
      holdsNothing(await ask(SIGN_IN, { input: { email: 'x', password: 'y' } }), 401, 'INVALID_CREDENTIALS');
    });

    test('REAUTHENTICATION_REQUIRED: 403, and FORBIDDEN goes before it', async () => {
      const admin = await fixture().admin();
      const user = await signUp(fixture().server);
      fixture().clock.advance(3_601_000);
      const [oldAdmin, oldUser] = [await refreshed(fixture().server, admin), await refreshed(fixture().server, user)];
      const grant = 'mutation ($id: ID!) { grantRole(userId: $id, role: MODERATOR) { user { id } } }';
      holdsNothing(await ask(grant, { id: user.id }, oldAdmin.token), 403, 'REAUTHENTICATION_REQUIRED');
      holdsNothing(await ask(grant, { id: user.id }, oldUser.token), 403, 'FORBIDDEN');
      const fresh = await fixture().admin();
      expect((await ask(grant, { id: user.id }, fresh.token)).status).toBe(200);
    });

    test('BAD_USER_INPUT, WEAK_PASSWORD, EMAIL_TAKEN and NOT_FOUND: 400, with the field at fault', async () => {
      const { email, token } = await signUp(fixture().server);
      const signUpWith = (input: Record<string, unknown>) =>
        ask(SIGN_UP, { input: { email: freshEmail(), password: PASSWORD, ...input } });
      const cases: [Answer, string, string | undefined][] = [
        [await signUpWith({ email: 'no address' }), 'BAD_USER_INPUT', 'email'],
        [await signUpWith({ deviceName: 'x'.repeat(101) }), 'BAD_USER_INPUT', 'deviceName'],
        [await signUpWith({ password: 'x'.repeat(257) }), 'BAD_USER_INPUT', 'password'],
        [await signUpWith({ password: 'seven77' }), 'WEAK_PASSWORD', 'password'],
        [await signUpWith({ email }), 'EMAIL_TAKEN', 'email'],
        [await ask('mutation { revokeSession(id: "x") { revokedSessionIds } }', {}, token), 'NOT_FOUND', undefined],
      ];
      for (const [answer, code, field] of cases) {
        holdsNothing(answer, 400, code);
        expect(answer.body.errors?.[0]?.extensions['field']).toBe(field);
      }
    });

    test('OPERATION_TOO_COMPLEX: 400', async () => {
      const twice = 'mutation { a: refreshSession { expiresInSeconds } b: refreshSession { expiresInSeconds } }';
      holdsNothing(await ask(twice), 400, 'OPERATION_TOO_COMPLEX');
    });

    test('parse, validation and resolution errors: 400', async () => {
      holdsNothing(await ask('{ viewer {'), 400, 'GRAPHQL_PARSE_FAILED');
      holdsNothing(await ask(''), 400, 'BAD_REQUEST');
      holdsNothing(await ask('{ nothing }'), 400, 'GRAPHQL_VALIDATION_FAILED');
      holdsNothing(await ask('query A { __typename } query B { __typename }'), 400, 'OPERATION_RESOLUTION_FAILURE');
      holdsNothing(await ask(SIGN_IN, {}), 400, 'BAD_USER_INPUT');
      holdsNothing(await ask(SIGN_IN, { input: { email: 1 } }), 400, 'BAD_USER_INPUT');
    });
  });

  describe('where something is answered, the status is 200', () => {
    test('one root field of two refused', async () => {
      const { token, id } = await signUp(fixture().server);
      const answer = await ask('{ viewer { id } users { totalCount } }', {}, token);
      expect(answer.status).toBe(200);
      expect(answer.body.data).toEqual({ viewer: { id }, users: null });
      expect(answer.body.errors).toMatchObject([{ path: ['users'], extensions: { code: 'FORBIDDEN' } }]);
    });

    test('a root field that is null by itself beside one that failed', async () => {
      const { token } = await fixture().admin();
      const answer = await ask('{ nobody: user(id: "x") { id } failed: user { id } }', {}, token);
      expect(answer.status).toBe(200);
      expect(answer.body.data).toEqual({ nobody: null, failed: null });
      expect(answer.body.errors).toMatchObject([{ path: ['failed'], extensions: { code: 'BAD_USER_INPUT' } }]);
    });

    test('__typename beside a refusal', async () => {
      const answer = await ask('{ __typename viewer { id } }');
      expect(answer.status).toBe(200);
      expect(answer.body.data).toEqual({ __typename: 'Query', viewer: null });
      expect(answer.code).toBe('UNAUTHENTICATED');
    });

    test('the first of two mutations done, the second not', async () => {
      const { token } = await signUp(fixture().server);
      const query = `mutation {
        first: revokeOtherSessions { revokedSessionIds } second: revokeSession(id: "x") { revokedSessionIds }
      }`;
      const answer = await ask(query, {}, token);
      expect(answer.status).toBe(200);
      expect(answer.body.data).toEqual({ first: { revokedSessionIds: [] }, second: null });
      expect(answer.code).toBe('NOT_FOUND');
    });
  });

  test('a mutation of which one field is refused runs none of it', async () => {
    const { token, id, refreshToken } = await signUp(fixture().server);
    const query = 'mutation ($id: ID!) { signOut { signedOut } unbanUser(userId: $id) { user { id } } }';
    holdsNothing(await ask(query, { id }, token), 403, 'FORBIDDEN');
    expect((await refresh(fixture().server, refreshToken)).status).toBe(200);
  });

  test('a credential that is not usable refuses any operation that is not @public throughout', async () => {
    const { token } = await signUp(fixture().server);
    fixture().clock.advance(pastAccessTokens);
    holdsNothing(await ask('{ viewer { id } __typename }', {}, token), 401, 'TOKEN_EXPIRED');
    expect((await ask('{ __typename __schema { queryType { name } } }', {}, token)).status).toBe(200);
    const { email } = await signUp(fixture().server);
    const signedIn = await ask(SIGN_IN, { input: { email, password: PASSWORD } }, token);
    expect(signedIn.text('signIn.user.email')).toBe(email);
    const both =
      'mutation ($t: String) { refreshSession(input: {refreshToken: $t}) { expiresInSeconds } revokeOtherSessions { revokedSessionIds } }';
    holdsNothing(await ask(both, { t: 'junk' }, token), 401, 'TOKEN_EXPIRED');
  });
});
