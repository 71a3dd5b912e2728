import { beforeAll, describe, expect, test } from '@jest/globals';
import { decodeJwt, SignJWT, type JWTPayload } from 'jose';
import { createAccessTokens, type AccessTokens } from '../../src/domain/access-token.js';
import { createSessionId, createUserId } from '../../src/domain/ids.js';
import type { Session } from '../../src/domain/session.js';
import type { SigningKey } from '../../src/domain/signing-key.js';
import type { User } from '../../src/domain/user.js';
import { ManualClock } from '../support/clock.js';
import { createKeyRing, makeKey, type KeyRing } from '../support/key-ring.js';

const TTL_SECONDS = 600;
const HOUR_MS = 3_600_000;
const user = { id: createUserId(), ver: 1_795_000_000_000, roles: ['EDITOR'] } as unknown as User;

describe('a token that was verified before', () => {
  let key: SigningKey;
  let other: SigningKey;
  beforeAll(async () => {
    key = await makeKey('EdDSA');
    other = await makeKey('EdDSA', 2);
  });

  const verifier = (ring: KeyRing, clock: ManualClock): AccessTokens =>
    createAccessTokens({
      freshen: async () => undefined,
      ...{ signingKeys: ring.signingKeys, ttlSeconds: TTL_SECONDS, roles: ['ADMIN', 'EDITOR'], clock },
      ...{ issuer: () => 'https://auth.example.com', audience: () => 'https://api.example.com' },
    });

  async function issue(clock = new ManualClock()) {
    const ring = createKeyRing(key, other);
    const tokens = verifier(ring, clock);
    const later = new Date(clock.now().getTime() + HOUR_MS);
    const session = {
      ...{ id: createSessionId(), generation: 3, authenticatedAt: clock.now() },
      ...{ idleExpiresAt: later, expiresAt: later },
    } as Session;
    const { token } = await tokens.issue(session, user, clock.now());
    return { ring, tokens, token, clock };
  }

  /** The same token with other claims, signed again. */
  const sign = (token: string, claims: JWTPayload): Promise<string> =>
    new SignJWT({ ...decodeJwt(token), ...claims })
      .setProtectedHeader({ alg: 'EdDSA', kid: key.kid, typ: 'at+jwt' })
      .sign(key.privateKey);

  test('is answered from memory: the key is not used again', async () => {
    const { ring, tokens, token } = await issue();
    const first = await tokens.verify(token);
    expect(first.kind).toBe('valid');
    expect(await tokens.verify(token)).toBe(first);
    expect(ring.lookedUp).toEqual([key.kid]);
  });

  test('cannot be changed by whoever it was given to', async () => {
    const { tokens, token } = await issue();
    const verification = await tokens.verify(token);
    if (verification.kind !== 'valid') throw new Error('It is not valid.');
    const { principal } = verification;
    const acts = [
      () => (principal.roles as string[]).push('ADMIN'),
      () => Object.assign(principal, { userId: 'somebody' }),
      () => Object.assign(principal.claims, { isAdmin: true }),
      () => Object.assign(verification, { ver: Infinity }),
    ];
    for (const act of acts) expect(act).toThrow(TypeError);
  });

  test('is good no longer once its key is gone', async () => {
    const { ring, tokens, token } = await issue();
    expect((await tokens.verify(token)).kind).toBe('valid');
    expect(tokens.isKeyRevoked(key.kid)).toBe(false);
    ring.remove(key);
    expect(await tokens.verify(token)).toEqual({ kind: 'invalid' });
    expect(tokens.isKeyRevoked(key.kid)).toBe(true);
  });

  test('is verified anew once any key is revoked, and still says whose it is', async () => {
    const { ring, tokens, token } = await issue();
    const before = await tokens.verify(token);
    ring.revoke(other);
    expect(await tokens.verify(token)).toEqual(before);
    expect(ring.lookedUp).toHaveLength(2);
    expect([tokens.isKeyRevoked(key.kid), tokens.isKeyRevoked(other.kid)]).toEqual([false, true]);
    ring.revoke(key);
    expect(await tokens.verify(token)).toEqual(before);
    expect(tokens.isKeyRevoked(key.kid)).toBe(true);
  });

  test('is not taken for one that differs in its last character', async () => {
    const { tokens, token } = await issue();
    await tokens.verify(token);
    const forged = token.slice(0, -1) + (token.endsWith('A') ? 'Q' : 'A');
    expect((await tokens.verify(forged)).kind).not.toBe('valid');
    expect((await tokens.verify(`${token} `)).kind).toBe('foreign');
  });

  const IAT = 1_800_000_000;
  test.each<[string, JWTPayload, number[]]>([
    ['its exp', { iat: IAT, exp: IAT + 60 }, [IAT, IAT + 60]],
    ['the age that is configured', { iat: IAT, exp: IAT + 7_200 }, [IAT, IAT + TTL_SECONDS]],
    ['an exp before its iat', { iat: IAT, exp: IAT - 3 }, [IAT]],
    ['its nbf', { iat: IAT, nbf: IAT + 30, exp: IAT + 60 }, [IAT, IAT + 30, IAT + 60]],
  ])(
    'is judged as one that was not, at every second around %s, whichever way the clock goes',
    async (_name, claims, moments) => {
      const clock = new ManualClock();
      const { tokens, token } = await issue(clock);
      const [ring, signed] = [createKeyRing(key, other), await sign(token, claims)];
      const forgetful = verifier(ring, clock);
      const kinds = new Set<string>();
      const seconds = moments.flatMap((moment) => Array.from({ length: 17 }, (_, each) => moment - 8 + each));
      for (const second of [...seconds, ...seconds.toReversed()]) {
        // Milliseconds are cut off, as jose does.
        for (const ms of [0, 999]) {
          clock.advance(second * 1000 + ms - clock.now().getTime());
          // Which empties its memory.
          ring.revoke(other);
          const anew = await forgetful.verify(signed);
          expect({ second: second - IAT, ms, of: await tokens.verify(signed) }).toEqual({
            second: second - IAT,
            ms,
            of: anew,
          });
          kinds.add(anew.kind);
        }
      }
      expect(kinds).toEqual(new Set(['valid', 'invalid', 'expired']));
    },
  );
});
