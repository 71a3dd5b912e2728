import { beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader, importJWK, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import { createAccessTokens, type AccessTokens } from '../../src/domain/access-token.js';
import { createSessionId, createUserId } from '../../src/domain/ids.js';
import type { Session } from '../../src/domain/session.js';
import type { SigningAlgorithm, SigningKey } from '../../src/domain/signing-key.js';
import type { User } from '../../src/domain/user.js';
import { ManualClock } from '../support/clock.js';
import { createKeyRing, makeKey } from '../support/key-ring.js';

const ISSUER = 'https://auth.example.com';
const AUDIENCE = 'https://api.example.com';
const TTL_SECONDS = 600;

const HOUR_MS = 3_600_000;

interface Setting {
  readonly clock: ManualClock;
  readonly tokens: AccessTokens;
}

function setting(key: SigningKey, ttlSeconds = TTL_SECONDS, clock = new ManualClock()): Setting {
  const { signingKeys } = createKeyRing(key);
  const roles = ['ADMIN', 'EDITOR'];
  const names = { issuer: () => ISSUER, audience: () => AUDIENCE };
  return {
    clock,
    tokens: createAccessTokens({ signingKeys, freshen: async () => undefined, ...names, ttlSeconds, roles, clock }),
  };
}

const session = (clock: ManualClock, changes: Partial<Session> = {}): Session =>
  ({
    id: createSessionId(),
    generation: 3,
    authenticatedAt: new Date(clock.now().getTime() - HOUR_MS),
    idleExpiresAt: new Date(clock.now().getTime() + 24 * HOUR_MS),
    expiresAt: new Date(clock.now().getTime() + 48 * HOUR_MS),
    ...changes,
  }) as Session;

const user = { id: createUserId(), ver: 1_795_000_000_000, roles: ['EDITOR', 'FORGOTTEN'] } as unknown as User;

describe.each<SigningAlgorithm>(['EdDSA', 'ES256', 'RS256'])('an access token signed with %s', (algorithm) => {
  let key: SigningKey;
  beforeAll(async () => {
    key = await makeKey(algorithm);
  });

  test('speaks for its bearer, as the session and the user are', async () => {
    const { clock, tokens } = setting(key);
    const its = session(clock);
    const { token, principal } = await tokens.issue(its, user, clock.now());

    const valid = { kind: 'valid', principal, generation: 3, ver: user.ver, kid: key.kid };
    expect(await tokens.verify(token)).toEqual(valid);
    expect(principal).toMatchObject({ userId: user.id, sessionId: its.id, roles: ['EDITOR'] });
    expect(decodeProtectedHeader(token)).toEqual({ alg: algorithm, kid: key.kid, typ: 'at+jwt' });
    expect(decodeJwt(token)).toMatchObject({ iss: ISSUER, aud: AUDIENCE, sid: its.id, gen: 3, ver: user.ver });
  });

  test('is verified by others with the published key', async () => {
    const { clock, tokens } = setting(key);
    const { token } = await tokens.issue(session(clock), user, clock.now());
    const published = await importJWK(key.publicJwk, algorithm);
    const { payload } = await jwtVerify(token, published, { issuer: ISSUER, audience: AUDIENCE, typ: 'at+jwt' });
    expect(payload.sub).toBe(user.id);
    expect(Object.keys(key.publicJwk)).not.toContain('d');
  });
});

describe('the life of an access token', () => {
  let key: SigningKey;
  beforeAll(async () => {
    key = await makeKey('EdDSA');
  });

  test('is shortened at random by no more than a twentieth', async () => {
    const { clock, tokens } = setting(key);
    const lives = new Set<number>();
    for (let round = 0; round < 200; round += 1) {
      const { expiresInSeconds, expiresAt } = await tokens.issue(session(clock), user, clock.now());
      expect(expiresAt.getTime()).toBe(Math.floor(clock.now().getTime() / 1000) * 1000 + expiresInSeconds * 1000);
      lives.add(expiresInSeconds);
    }
    expect(Math.min(...lives)).toBeGreaterThanOrEqual(TTL_SECONDS * 0.95);
    expect(Math.max(...lives)).toBeLessThanOrEqual(TTL_SECONDS);
    expect(lives.size).toBeGreaterThan(5);
  });

  test.each(['idleExpiresAt', 'expiresAt'] as const)('never passes the session’s %s', async (end) => {
    const { clock, tokens } = setting(key);
    const soon = new Date(clock.now().getTime() + 90_000);
    const { expiresAt } = await tokens.issue(session(clock, { [end]: soon }), user, clock.now());
    expect(expiresAt.getTime()).toBeLessThanOrEqual(soon.getTime());
  });

  test('is over 5 s after its end, and says whose session it was', async () => {
    const { clock, tokens } = setting(key);
    const its = session(clock);
    const { token, expiresAt } = await tokens.issue(its, user, clock.now());
    clock.advance(expiresAt.getTime() - clock.now().getTime() + 4_000);
    expect((await tokens.verify(token)).kind).toBe('valid');
    clock.advance(1_000);
    const whose = { sessionId: its.id, userId: user.id, ver: user.ver };
    expect(await tokens.verify(token)).toEqual({ kind: 'expired', ...whose, kid: key.kid });
  });

  test('ends with the lifetime that is configured now, whatever it says itself', async () => {
    const { clock, tokens } = setting(key, 7_200);
    const { token } = await tokens.issue(session(clock), user, clock.now());
    const shorter = setting(key, TTL_SECONDS, clock).tokens;
    clock.advance((TTL_SECONDS + 7) * 1000);
    expect((await tokens.verify(token)).kind).toBe('valid');
    expect((await shorter.verify(token)).kind).toBe('expired');
  });
});

describe('what is not quite an access token', () => {
  let key: SigningKey;
  let other: SigningKey;
  beforeAll(async () => {
    key = await makeKey('ES256');
    other = await makeKey('ES256', 2);
  });

  /** A token of ours with changes, signed with this key. */
  async function forge(header: Record<string, string>, claims: JWTPayload, signer = key): Promise<string> {
    const { clock, tokens } = setting(key);
    const { token } = await tokens.issue(session(clock), user, clock.now());
    const forged = await new SignJWT({ ...decodeJwt(token), ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: key.kid, typ: 'at+jwt', ...header })
      .sign(signer.privateKey);
    return (await tokens.verify(forged)).kind;
  }

  test('is accepted where nothing was changed after all', async () => {
    expect(await forge({}, {})).toBe('valid');
  });

  test.each<[string, Record<string, string>, JWTPayload, string]>([
    ['of another type', { typ: 'JWT' }, {}, 'foreign'],
    ['of another issuer', {}, { iss: 'https://evil.example.com' }, 'foreign'],
    ['for another audience', {}, { aud: 'https://other.example.com' }, 'invalid'],
    ['from the future', {}, { iat: 4_000_000_000, exp: 4_000_000_600 }, 'invalid'],
    ['without an expiry', {}, { exp: undefined as never }, 'invalid'],
    ['without a session', {}, { sid: undefined }, 'invalid'],
    ['of a key that is not known', { kid: 'another' }, {}, 'invalid'],
    ['of a key that has no name', { kid: undefined as never }, {}, 'invalid'],
    ['without a user', {}, { sub: '' }, 'invalid'],
    ['with a session that is a number', {}, { sid: 7 }, 'invalid'],
    ['with roles that are a text', {}, { roles: 'ADMIN' }, 'invalid'],
    ['with a role that is none', {}, { roles: [{}] }, 'invalid'],
    ['with a generation that is a text', {}, { gen: '3' }, 'invalid'],
    ['with a ver that is a text', {}, { ver: '9' }, 'invalid'],
    ['with a ver that is null', {}, { ver: null }, 'invalid'],
    ['with a proof of the password at no time', {}, { auth_time: 'now' }, 'invalid'],
    ['that has expired and names no session', {}, { sid: 7, exp: 1_700_000_000 }, 'invalid'],
    ['that is not good yet', {}, { nbf: 4_000_000_000 }, 'invalid'],
  ])('%s', async (_name, header, claims, kind) => {
    expect(await forge(header, claims)).toBe(kind);
  });

  test.each(['sub', 'sid', 'iat', 'exp', 'jti', 'gen', 'ver', 'roles', 'auth_time', 'iss', 'aud'])(
    'without %s, whether it would have expired or not',
    async (claim) => {
      const absent = { [claim]: undefined } as unknown as JWTPayload;
      const kind = claim === 'iss' ? 'foreign' : 'invalid';
      expect(await forge({}, absent)).toBe(kind);
      const [iat, exp] = [1_700_000_000, 1_700_000_600];
      expect(await forge({}, { iat, exp, ...absent })).toBe(kind);
    },
  );

  test('signed with another key under our key’s name', async () => {
    expect(await forge({}, {}, other)).toBe('invalid');
  });

  test('signed with nothing, or with the public key as a shared secret', async () => {
    const { clock, tokens } = setting(key);
    const { token } = await tokens.issue(session(clock), user, clock.now());
    const [, claims] = token.split('.');
    const header = (alg: string): string =>
      Buffer.from(JSON.stringify({ alg, kid: key.kid, typ: 'at+jwt' })).toString('base64url');
    expect((await tokens.verify(`${header('none')}.${claims ?? ''}.`)).kind).toBe('invalid');

    const shared = new TextEncoder().encode(JSON.stringify(key.publicJwk));
    const confused = await new SignJWT(decodeJwt(token))
      .setProtectedHeader({ alg: 'HS256', kid: key.kid, typ: 'at+jwt' })
      .sign(shared);
    expect((await tokens.verify(confused)).kind).toBe('invalid');
  });

  test('junk is somebody else’s business', async () => {
    const { tokens } = setting(key);
    for (const junk of ['', 'abc', 'a.b.c', '..', 'lkr_x', '{"alg":"none"}', '\0', 'eyJ.eyJ.', 'x'.repeat(100_000)]) {
      expect(await tokens.verify(junk)).toEqual({ kind: 'foreign' });
    }
  });

  test('spelled in any other way than we spell it', async () => {
    const { clock, tokens } = setting(key);
    const { token } = await tokens.issue(session(clock), user, clock.now());
    const last = token.at(-1) ?? '';
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const strayBits = Array.from(alphabet).filter((character) => character !== last);
    const spellings = [token.replace('.', '. '), token.replaceAll('.', '\n.'), `${token}=`, `${token}.`];
    for (const other of [...spellings, ...strayBits.map((character) => token.slice(0, -1) + character)]) {
      expect((await tokens.verify(other)).kind).not.toBe('valid');
    }
  });

  test('with any claim changed after the signature', async () => {
    const { clock, tokens } = setting(key);
    const { token } = await tokens.issue(session(clock), user, clock.now());
    const [header = '', , signature = ''] = token.split('.');
    const claims = Buffer.from(JSON.stringify({ ...decodeJwt(token), roles: ['ADMIN'] })).toString('base64url');
    expect((await tokens.verify(`${header}.${claims}.${signature}`)).kind).toBe('invalid');
  });
});
