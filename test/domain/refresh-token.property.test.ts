import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createHmac } from 'node:crypto';
import { createSessionId, type SessionId } from '../../src/domain/ids.js';
import { createRefreshTokens, type RefreshToken } from '../../src/domain/refresh-token.js';
import { deriveSecretKeys, hashSecret } from '../../src/domain/secrets.js';

const FIRST = 'the-first-secret-of-at-least-32-bytes';
const SECOND = 'the-second-secret-of-at-least-32-bytes';
const tokensUnder = (...secrets: string[]) => createRefreshTokens(deriveSecretKeys(secrets));
const tokens = tokensUnder(FIRST);

const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((each) => Buffer.from(each));
const token: fc.Arbitrary<RefreshToken> = fc.record({
  sessionId: bytes(16).map((each) => each.toString('base64url') as SessionId),
  generation: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  secret: bytes(32),
});
const sample = (): RefreshToken => ({ sessionId: createSessionId(), generation: 7, secret: tokens.draw() });

describe('a refresh token', () => {
  test('is read as it was written, whatever it holds', () => {
    fc.assert(
      fc.property(token, (each) => {
        const text = tokens.encode(each);
        expect(text).toMatch(/^lkr_[\w-]{91}$/);
        const read = tokens.decode(text);
        expect(read && { ...read, secret: Buffer.from(read.secret) }).toEqual(each);
      }),
    );
  });

  test('is not read with any single bit changed', () => {
    const raw = Buffer.from(tokens.encode(sample()).slice(4), 'base64url');
    expect(tokens.decode(`lkr_${raw.toString('base64url')}`)).not.toBeNull();
    for (let bit = 0; bit < raw.length * 8; bit += 1) {
      const changed = Buffer.from(raw);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(tokens.decode(`lkr_${changed.toString('base64url')}`)).toBeNull();
    }
  });

  test('is not read with anything missing, added, or written otherwise', () => {
    const text = tokens.encode(sample());
    for (let length = 0; length < text.length; length += 1) {
      expect(tokens.decode(text.slice(0, length))).toBeNull();
      expect(tokens.decode(text.slice(text.length - length))).toBeNull();
    }
    const others = [`${text}A`, `${text}=`, ` ${text}`, `${text}\n`, text.replace('lkr_', 'lks_'), text.toUpperCase()];
    for (const other of others) expect(tokens.decode(other)).toBeNull();
    const base64 = `lkr_${Buffer.from(text.slice(4), 'base64url').toString('base64')}`.slice(0, text.length);
    if (base64 !== text) expect(tokens.decode(base64)).toBeNull();
  });

  test('is not read where its last character carries bits that base64url does not use', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const text = tokens.encode(sample());
    const readable = Array.from(alphabet).filter((last) => tokens.decode(text.slice(0, -1) + last) !== null);
    expect(readable).toEqual([text.at(-1)]);
  });

  test('is not read from any text at all', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => tokens.decode(text) === null),
    );
    fc.assert(fc.property(bytes(68), (each) => tokens.decode(`lkr_${each.toString('base64url')}`) === null));
  });

  test('is read under any of several secrets, and written under the first', () => {
    const old = tokensUnder(FIRST).encode(sample());
    expect(tokensUnder(SECOND, FIRST).decode(old)).not.toBeNull();
    expect(tokensUnder(SECOND).decode(old)).toBeNull();
    const fresh = tokensUnder(SECOND, FIRST).encode(sample());
    expect(tokensUnder(SECOND).decode(fresh)).not.toBeNull();
    expect(tokensUnder(FIRST).decode(fresh)).toBeNull();
  });

  test('draws a secret of 256 bits that is never the same', () => {
    const drawn = Array.from({ length: 100 }, () => tokens.draw());
    expect(new Set(drawn.map((each) => each.toString('hex'))).size).toBe(100);
    expect(drawn.every((each) => each.length === 32)).toBe(true);
  });

  test('draws a nonce of 256 bits that is never the same, at this server or another', () => {
    const drawn = Array.from({ length: 200 }, () => [tokens.drawNonce(), tokensUnder(FIRST).drawNonce()]).flat();
    expect(new Set(drawn).size).toBe(400);
    expect(drawn.every((each) => Buffer.from(each, 'base64url').length === 32)).toBe(true);
  });
});

describe('a successor', () => {
  test('is the same for the same token, generation and nonce, and another where any of them differs', () => {
    fc.assert(
      fc.property(token, (each) => {
        const [nonce, otherNonce] = [tokens.drawNonce(), tokens.drawNonce()];
        const derive = (from: RefreshToken, generation: number, by: string): string =>
          tokens.encode(tokens.successor(from, { generation, nonce: by }));
        const successor = derive(each, 8, nonce);
        expect(derive(each, 8, nonce)).toBe(successor);
        const secret = (text: string): string => tokens.decode(text)?.secret.toString('hex') ?? '';
        const others = [
          derive(each, 8, otherNonce),
          derive(each, 9, nonce),
          derive({ ...each, secret: tokens.draw() }, 8, nonce),
          derive({ ...each, sessionId: createSessionId() }, 8, nonce),
          tokensUnder(FIRST).encode(tokensUnder(SECOND).successor(each, { generation: 8, nonce })),
        ];
        expect(new Set([successor, ...others].map(secret)).size).toBe(6);
      }),
      { numRuns: 30 },
    );
  });

  test('is HMAC-SHA256 over session id, generation, secret and nonce', () => {
    const each = sample();
    const nonce = tokens.drawNonce();
    const key = deriveSecretKeys([FIRST])[0].refreshTokenSuccessor;
    const generation = Buffer.from([0, 0, 0, 8]);
    const message = [
      Buffer.from(each.sessionId, 'base64url'),
      generation,
      each.secret,
      Buffer.from(nonce, 'base64url'),
    ];
    const secret = createHmac('sha256', key).update(Buffer.concat(message)).digest();
    expect(tokens.successor(each, { generation: 8, nonce }).secret).toEqual(secret);
  });

  test('is found again under an older secret, and not without it', () => {
    const each = sample();
    const derivation = { generation: 8, nonce: tokens.drawNonce() };
    const successor = tokensUnder(FIRST).successor(each, derivation);
    const wanted = { ...derivation, hash: hashSecret(successor.secret) };
    expect(tokensUnder(SECOND, FIRST).findSuccessor(each, wanted)).toEqual(successor);
    expect(tokensUnder(SECOND).findSuccessor(each, wanted)).toBeNull();
  });

  test('cannot be found from the store alone: the nonce and the hash without the old secret give another', () => {
    const each = sample();
    const derivation = { generation: 8, nonce: tokens.drawNonce() };
    const hash = hashSecret(tokens.successor(each, derivation).secret);
    expect(tokens.findSuccessor({ ...each, secret: tokens.draw() }, { ...derivation, hash })).toBeNull();
  });
});
