import { beforeAll, describe, expect, test } from '@jest/globals';
import { describeOnEachServer } from '../http/support/fixture.js';
import { VIEWER } from '../http/support/people.js';
import { rawPost, sendRaw } from '../http/support/raw-request.js';
import { assemble, encode, openForge, type Forge } from './support/forge.js';

type Claims = Readonly<Record<string, unknown>>;

const KIB = 1024;

/** Claims that another program might sign with the same key, or that a fault of ours might: each is no access token. */
const NO_ACCESS_TOKENS: Record<string, Claims> = {
  'another issuer': { iss: 'https://evil.example' },
  'an issuer with a slash more': { iss: 'http://localhost/' },
  'no issuer': { iss: undefined },
  'an issuer that is null': { iss: null },
  'several issuers': { iss: ['https://evil.example'] },
  'another audience': { aud: 'https://other.example' },
  'no audience': { aud: undefined },
  'an audience that is null': { aud: null },
  'an audience that is an object': { aud: {} },
  'no audiences': { aud: [] },
  'several audiences, none of them us': { aud: ['https://other.example', 'https://another.example'] },
  'the shape of an ID token': {
    ...{ sid: undefined, gen: undefined, ver: undefined, roles: undefined, jti: undefined },
    ...{ nonce: 'n', at_hash: 'h', email: 'somebody@example.com', email_verified: true },
  },
  ...Object.fromEntries(
    ['sub', 'sid', 'iat', 'exp', 'jti', 'gen', 'ver', 'roles', 'auth_time'].flatMap((claim) => [
      [`no ${claim}`, { [claim]: undefined }],
      [`${claim}: null`, { [claim]: null }],
      [`${claim}: an object`, { [claim]: {} }],
      [`${claim}: true`, { [claim]: true }],
    ]),
  ),
  ...Object.fromEntries(
    ['sub', 'sid', 'jti'].flatMap((claim) => [
      [`${claim}: a number`, { [claim]: 7 }],
      [`${claim}: nothing`, { [claim]: '' }],
      [`${claim}: a list`, { [claim]: ['x'] }],
      [`${claim}: an operator`, { [claim]: { $gt: '' } }],
    ]),
  ),
  ...Object.fromEntries(
    ['iat', 'exp', 'gen', 'ver', 'auth_time'].flatMap((claim) => [
      [`${claim}: a text`, { [claim]: '4000000000' }],
      [`${claim}: a list`, { [claim]: [4_000_000_000] }],
    ]),
  ),
  'gen: below 0': { gen: -1 },
  'gen: a fraction': { gen: 0.5 },
  'gen: too large': { gen: 1e300 },
  'ver: a fraction': { ver: 0.5 },
  'nbf: a text': { nbf: '0' },
  'roles: a text': { roles: 'ADMIN' },
  'roles: an object': { roles: { 0: 'ADMIN', length: 1 } },
  'roles: numbers': { roles: [1] },
  'roles: lists': { roles: [['ADMIN']] },
  'roles: null among them': { roles: ['ADMIN', null] },
};

/** By how many seconds a moment differs from now, and what then comes of the token: 5 s are tolerated. */
const MOMENTS: [name: string, claims: (now: number) => Claims, outcome: string | 200][] = [
  ['exp 4 s ago', (now) => ({ exp: now - 4 }), 200],
  ['exp 5 s ago', (now) => ({ exp: now - 5 }), 'TOKEN_EXPIRED'],
  ['exp a day ago', (now) => ({ exp: now - 86_400 }), 'TOKEN_EXPIRED'],
  ['exp in 1970', () => ({ exp: 0 }), 'TOKEN_EXPIRED'],
  ['exp before that', () => ({ exp: -1 }), 'UNAUTHENTICATED'],
  ['nbf in 5 s', (now) => ({ nbf: now + 5 }), 200],
  ['nbf in 6 s', (now) => ({ nbf: now + 6 }), 'UNAUTHENTICATED'],
  ['iat in 5 s', (now) => ({ iat: now + 5 }), 200],
  ['iat in 6 s', (now) => ({ iat: now + 6 }), 'UNAUTHENTICATED'],
  ['iat and exp in years', () => ({ iat: 4_000_000_000, exp: 4_000_000_600 }), 'UNAUTHENTICATED'],
  ['iat 605 s ago, exp tomorrow', (now) => ({ iat: now - 605, exp: now + 86_400 }), 200],
  ['iat 606 s ago, exp tomorrow', (now) => ({ iat: now - 606, exp: now + 86_400 }), 'TOKEN_EXPIRED'],
];

describeOnEachServer('Claims under the server\u2019s own signature', (fixture) => {
  let forge: Forge;
  beforeAll(async () => {
    forge = await openForge(fixture(), 'EdDSA');
  });

  const ask = (token: string) => fixture().server.client().ask(VIEWER, { token });
  const now = (): number => Math.floor(fixture().clock.now().getTime() / 1000);

  test('are good as they are, also with another member, and for several audiences of whom we are one', async () => {
    const { aud } = forge.claims;
    for (const claims of [{}, { extra: { nested: [null] } }, { aud: ['https://other.example', aud] }]) {
      expect((await ask(await forge.make({ claims }))).text('viewer.id')).toBe(forge.person.id);
    }
  });

  test.each(Object.keys(NO_ACCESS_TOKENS))('are refused with %s', async (name) => {
    const token = await forge.make({ claims: NO_ACCESS_TOKENS[name]! });
    expect(await ask(token)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    expect((await ask(await forge.make({}))).status).toBe(200);
  });

  test.each(MOMENTS)('%s', async (_name, claims, outcome) => {
    const { status, code } = await ask(await forge.make({ claims: claims(now()) }));
    expect(code ?? status).toBe(outcome);
    if (outcome !== 200) expect(status).toBe(401);
  });

  test('are refused where a number has no end', async () => {
    for (const claim of ['exp', 'gen', 'ver']) {
      const text = (value: string): string =>
        JSON.stringify(forge.claims).replace(new RegExp(`"${claim}":\\d+`), `"${claim}":${value}`);
      const sign = (value: string) => assemble(encode(forge.header), encode(text(value)), forge.bySigner);
      expect(await ask(await sign('1e999'))).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
      expect((await ask(await sign(String(forge.claims[claim])))).status).toBe(200);
    }
  });

  test('with roles that this server does not know give none of those it knows', async () => {
    const roles = ['admin', ' ADMIN', 'toString', '__proto__', 'ADMIN\0'];
    const token = await forge.make({ claims: { roles } });
    const answer = await fixture().server.client().ask('{ viewer { id roles } }', { token });
    expect(answer.body.data).toEqual({ viewer: { id: forge.person.id, roles: [] } });
  });

  describe('of great length', () => {
    const post = (header: string) =>
      sendRaw(fixture().server.origin, rawPost(JSON.stringify({ query: VIEWER }), [header]));
    const byHeader = (token: string): string => `Authorization: Bearer ${token}`;
    const byCookie = (token: string): string => `Cookie: latchkey-access=${token}\r\nSec-Fetch-Site: same-origin`;

    test.each([
      ['a header that is no JSON', 12 * KIB, (size: number) => `${encode('x'.repeat(size * 0.74))}.e30.e30`],
      ['junk', 12 * KIB, (size: number) => 'x'.repeat(size)],
      ['junk', 64 * KIB, (size: number) => 'x'.repeat(size)],
      ['dots', 12 * KIB, (size: number) => '.'.repeat(size)],
      ['a header that is no JSON', 1024 * KIB, (size: number) => `${encode('x'.repeat(size * 0.74))}.e30.e30`],
    ])('%s, %d bytes: a clear refusal, and the server goes on', async (_name, size, make) => {
      for (const by of [byHeader, byCookie]) {
        const { status, body } = await post(by(make(size)));
        expect([401, 431]).toContain(status);
        expect(status).toBe(size > 16 * KIB ? 431 : 401);
        const code = status === 401 ? 'UNAUTHENTICATED' : 'BAD_REQUEST';
        expect(JSON.parse(body)).toMatchObject({ errors: [{ extensions: { code } }] });
        expect((await ask(await forge.make({}))).status).toBe(200);
      }
    });

    test('a good token of 12 KiB is good, and one too long for a header is refused clearly', async () => {
      const token = (size: number) => forge.make({ claims: { extra: 'x'.repeat(size * 0.7) } });
      const good = await token(12 * KIB);
      expect(good.length).toBeGreaterThan(11 * KIB);
      for (const by of [byHeader, byCookie]) {
        expect((await post(by(good))).status).toBe(200);
        expect((await post(by(await token(24 * KIB)))).status).toBe(431);
      }
    });
  });

  test('and none of it was a fault', () => {
    expect(fixture().server.log()).not.toContain('"level":50');
  });
});
