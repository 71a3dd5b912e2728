import { afterEach, describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { AuthServerOptions } from '../../src/index.js';
import { freshEmail, PASSWORD, REFRESH, SIGN_IN, SIGN_UP } from '../http/support/people.js';
import { createTestAuthServer, type TestAuthServer } from '../support/auth-server.js';
import { createClient, type Answer, type Client } from '../support/client.js';

const typeDefs = 'extend type Query { claims: String @auth frozen: Boolean @auth }';
const resolvers = {
  Query: {
    claims: (_source: unknown, _arguments: unknown, context: { principal: { claims: unknown } }) =>
      JSON.stringify(context.principal.claims),
    frozen: (_source: unknown, _arguments: unknown, context: { principal: { claims: { tenant?: object } } }) =>
      Object.isFrozen(context.principal.claims) && Object.isFrozen(context.principal.claims.tenant),
  },
};

describe('claims of the application', () => {
  let latchkey: TestAuthServer | undefined;
  afterEach(async () => {
    await latchkey?.close();
    latchkey = undefined;
  });

  async function start(claims: AuthServerOptions['claims']): Promise<Client> {
    latchkey = await createTestAuthServer({ typeDefs, resolvers, claims });
    return createClient(new URL((await latchkey.server.listen()).url).origin);
  }

  const signUp = (client: Client, email = freshEmail()): Promise<Answer> =>
    client.ask(SIGN_UP, { variables: { input: { email, password: PASSWORD } } });

  test('stand in the token at sign-in and refresh, and in the principal that it speaks for', async () => {
    let plan = 'free';
    const client = await start(async (user, session) => ({
      tenant: { id: 7, email: user.email },
      ...{ plan, transport: session.transport, left: undefined },
    }));
    const signedUp = await signUp(client, 'ann@example.com');
    const token = signedUp.text('signUp.accessToken');
    const expected = { tenant: { id: 7, email: 'ann@example.com' }, plan: 'free', transport: 'header' };
    expect(decodeJwt(token)).toMatchObject(expected);
    const read = await client.ask('{ claims frozen }', { token });
    expect(JSON.parse(read.text('claims'))).toEqual(expected);
    expect(read.body.data).toMatchObject({ frozen: true });

    plan = 'paid';
    const refreshToken = signedUp.text('signUp.refreshToken');
    const refreshed = await client.ask(REFRESH, { variables: { input: { refreshToken } } });
    const next = await client.ask('{ claims }', { token: refreshed.text('refreshSession.accessToken') });
    expect(JSON.parse(next.text('claims'))).toEqual({ ...expected, plan: 'paid' });
  });

  test('are the principal’s in the very operation that signs in', async () => {
    const client = await start({ tenant: () => ({ id: 7 }) });
    const query = `mutation ($input: SignUpInput!) { signUp(input: $input) { user { id email } } }`;
    const answer = await client.ask(query, { variables: { input: { email: freshEmail(), password: PASSWORD } } });
    expect(answer.body.errors).toBeUndefined();
  });

  test('may be a function each, awaited', async () => {
    const client = await start({ tenant: async (user) => user.id, device: (_user, { deviceName }) => deviceName });
    const answer = await signUp(client);
    const claims = await client.ask('{ claims }', { token: answer.text('signUp.accessToken') });
    expect(JSON.parse(claims.text('claims'))).toEqual({ tenant: answer.text('signUp.user.id'), device: null });
  });

  test('are told of no hash', async () => {
    const told: object[] = [];
    const client = await start((...both) => {
      told.push(...both);
      return {};
    });
    await signUp(client);
    expect(Object.keys(told[0]!).sort()).toEqual(['createdAt', 'email', 'emailVerified', 'id', 'roles']);
    expect(Object.keys(told[1]!).sort()).toEqual(['authenticatedAt', 'createdAt', 'deviceName', 'id', 'transport']);
  });

  test.each([
    ...['iss', 'aud', 'sub', 'sid', 'iat', 'exp', 'nbf', 'jti', 'gen', 'ver', 'roles', 'auth_time'].map(
      (name): [string, unknown, string] => [name, { [name]: ['ADMIN'] }, `claims: ${name}: is the access token's own`],
    ),
    ['no object', 'ADMIN', 'claims: has to answer an object'],
    ['over 2,048 bytes', { text: 'é'.repeat(1_100) }, 'claims: come to over 2048 bytes'],
  ] as [string, unknown, string][])(
    '%s fails the sign-in, with no session left and the reason in the log',
    async (_name, claims, message) => {
      let given: unknown = {};
      const client = await start(() => given as Record<string, unknown>);
      const email = freshEmail();
      await signUp(client, email);
      given = claims;
      const refused = await client.ask(SIGN_IN, { variables: { input: { email, password: PASSWORD } } });
      expect([refused.status, refused.code, refused.body.data]).toEqual([500, 'INTERNAL_SERVER_ERROR', undefined]);
      expect(latchkey?.log()).toContain(message);

      given = {};
      const token = (await client.ask(SIGN_IN, { variables: { input: { email, password: PASSWORD } } })).text(
        'signIn.accessToken',
      );
      const { body } = await client.ask('{ viewer { sessions { current } } }', { token });
      // That of the sign-up, and this one.
      expect(body.data).toEqual({ viewer: { sessions: [{ current: true }, { current: false }] } });
    },
  );
});
