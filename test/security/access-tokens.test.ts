import { beforeAll, describe, expect, test } from '@jest/globals';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import { deriveSecretKeys } from '../../src/domain/secrets.js';
import { openSigningKey } from '../../src/domain/signing-key.js';
import { describeOnEachServer, openFixture, type Fixture } from '../http/support/fixture.js';
import { PASSWORD, SIGN_IN, signUp, VIEWER, type Person } from '../http/support/people.js';
import { SERVER_SECRET } from '../support/server.js';

describeOnEachServer('Access tokens', (fixture) => {
  let person: Person;
  let claims: JWTPayload;
  let header: { alg: string; kid: string; typ: string };
  let signingKey: Parameters<SignJWT['sign']>[0];
  beforeAll(async () => {
    const { server, backend } = fixture();
    person = await signUp(server);
    claims = decodeJwt(person.token);
    header = decodeProtectedHeader(person.token) as typeof header;
    const stores = await backend.open();
    const row = (await stores.signingKeys.list()).find(({ kid }) => kid === header.kid)!;
    signingKey = (await openSigningKey(row, deriveSecretKeys([SERVER_SECRET])))!.privateKey;
  });

  const viewer = (token: string) => fixture().server.client().ask(VIEWER, { token });
  const sign = (payload: JWTPayload, given: Partial<typeof header> = {}) =>
    new SignJWT(payload).setProtectedHeader({ ...header, ...given }).sign(signingKey);

  test('that the test signs itself with the server\u2019s key and the server\u2019s claims is good', async () => {
    expect((await viewer(await sign(claims))).text('viewer.id')).toBe(person.id);
  });

  test('that are forged are never taken for anonymous, and keep nobody from what is public', async () => {
    const forged = [person.token.slice(0, -4), await sign(claims, { typ: 'JWT' }), person.refreshToken];
    for (const token of forged) {
      const browser = fixture().server.client({ kind: 'browser' });
      browser.cookies.set('latchkey-access', token);
      for (const answer of [await viewer(token), await browser.ask(VIEWER)]) {
        expect(answer).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
      }
      expect((await browser.ask('{ __typename }')).status).toBe(200);
    }
  });

  test('that have expired, or are older than the lifetime now configured, are TOKEN_EXPIRED', async () => {
    const now = Math.floor(fixture().clock.now().getTime() / 1000);
    const old = await sign({ ...claims, exp: now - 6 });
    const tooOld = await sign({ ...claims, iat: now - 606, exp: now + 600 });
    for (const token of [old, tooOld])
      expect(await viewer(token)).toMatchObject({ status: 401, code: 'TOKEN_EXPIRED' });
    expect((await viewer(await sign({ ...claims, exp: now - 4 }))).status).toBe(200);
  });

  test('verify in other services by the keys of /.well-known/jwks.json', async () => {
    const { server } = fixture();
    const response = await server.client().fetch('/.well-known/jwks.json');
    expect(response.headers.get('cache-control')).toMatch(/^public, max-age=([1-9]|[1-9]\d|[12]\d\d|300)$/);
    const text = await response.text();
    expect(text).not.toMatch(/"(d|p|q|k|oth)"/);

    const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', server.origin));
    const { payload } = await jwtVerify(person.token, keys, {
      ...{ issuer: server.origin, audience: server.origin, typ: 'at+jwt', currentDate: fixture().clock.now() },
    });
    expect(payload).toMatchObject({ sub: person.id, sid: person.sessionId, roles: [], gen: 0 });
    expect(Object.keys(payload).sort()).toEqual(
      ['aud', 'auth_time', 'exp', 'gen', 'iat', 'iss', 'jti', 'roles', 'sid', 'sub', 'ver'].sort(),
    );
  });

  test.each([
    ['aliases', 'a: signIn(input: $input) { expiresInSeconds } b: signIn(input: $input) { expiresInSeconds }', ''],
    [
      'a fragment',
      'signIn(input: $input) { expiresInSeconds } ...more',
      'fragment more on Mutation { x: signIn(input: $input) { expiresInSeconds } }',
    ],
    [
      'an inline fragment',
      'signIn(input: $input) { expiresInSeconds } ... { signUp(input: $new) { expiresInSeconds } }',
      '',
    ],
    ['another exchange', 'signIn(input: $input) { expiresInSeconds } refreshSession { expiresInSeconds }', ''],
  ])(
    'two tries in one operation, by %s, are OPERATION_TOO_COMPLEX, and none is made',
    async (_name, fields, fragments) => {
      const { server } = fixture();
      const created = () => server.log().split('session.created').length;
      const before = created();
      const withNew = fields.includes('$new') ? ', $new: SignUpInput!' : '';
      const variables = {
        input: { email: person.email, password: PASSWORD },
        ...(withNew && { new: { email: 'never@example.com', password: PASSWORD } }),
      };
      const query = `mutation ($input: SignInInput!${withNew}) { ${fields} } ${fragments}`;
      expect(await server.client().ask(query, { variables })).toMatchObject({
        status: 400,
        code: 'OPERATION_TOO_COMPLEX',
      });
      expect(created()).toBe(before);
    },
  );

  test('two tries of which one is skipped are one', async () => {
    const variables = { input: { email: person.email, password: PASSWORD }, no: false };
    const query = `mutation ($input: SignInInput!, $no: Boolean!) {
      a: signIn(input: $input) { user { id } } b: signIn(input: $input) @include(if: $no) { user { id } }
    }`;
    expect((await fixture().server.client().ask(query, { variables })).text('a.user.id')).toBe(person.id);
    expect(
      (
        await fixture()
          .server.client()
          .ask(SIGN_IN, { variables: { input: variables.input } })
      ).status,
    ).toBe(200);
  });
});

describe.each(['ES256', 'RS256'])('SIGNING_ALGORITHM=%s', (algorithm) => {
  test('signs with it, and verifies by JWKS', async () => {
    const fixture: Fixture = await openFixture('SQLite', { SIGNING_ALGORITHM: algorithm });
    try {
      const { server } = fixture;
      const { token, id } = await signUp(server);
      const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', server.origin));
      const { payload, protectedHeader } = await jwtVerify(token, keys, { currentDate: fixture.clock.now() });
      expect([protectedHeader.alg, payload.sub]).toEqual([algorithm, id]);
      expect((await server.client().ask(VIEWER, { token })).text('viewer.id')).toBe(id);
    } finally {
      await fixture.close();
    }
  });
});
