import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createSessionId } from '../../src/domain/ids.js';
import { createRefreshTokens, type RefreshToken } from '../../src/domain/refresh-token.js';
import { deriveSecretKeys, hashSecret } from '../../src/domain/secrets.js';

const OLD = 'the old secret, which some tokens were made under';
const NEW = 'the new secret, which tokens are made under from now on';
const tokens = createRefreshTokens(deriveSecretKeys([NEW]));
const both = createRefreshTokens(deriveSecretKeys([NEW, OLD]));
const before = createRefreshTokens(deriveSecretKeys([OLD]));

const draw = (generation = 0): RefreshToken => ({
  sessionId: createSessionId(),
  generation,
  secret: tokens.draw(),
});

describe('the text of a refresh token', () => {
  test('starts so that secret scanners find it', () => {
    expect(tokens.encode(draw())).toMatch(/^lkr_[A-Za-z0-9_-]{91}$/);
  });

  test('says all of the token', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (generation) => {
        const token = draw(generation);
        expect(tokens.decode(tokens.encode(token))).toEqual(token);
      }),
    );
  });

  test('with any one bit changed was never issued', () => {
    const bytes = Buffer.from(tokens.encode(draw(7)).slice(4), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(tokens.decode(`lkr_${changed.toString('base64url')}`)).toBeNull();
    }
  });

  test('cut short, lengthened, or dressed up differently was never issued', () => {
    const text = tokens.encode(draw());
    for (let length = 0; length < text.length; length += 1) expect(tokens.decode(text.slice(0, length))).toBeNull();
    const dressed = [`${text}A`, `${text}=`, ` ${text}`, text.replace('lkr_', 'LKR_'), text.replace('lkr_', 'lkr-')];
    for (const other of dressed) expect(tokens.decode(other)).toBeNull();
  });

  test('has one spelling: the unused bits of the last character are zero', () => {
    const text = tokens.encode(draw());
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const spellings = Array.from(alphabet).filter((last) => tokens.decode(text.slice(0, -1) + last) !== null);
    expect(spellings).toEqual([text.at(-1)]);
  });

  test('that somebody made up was never issued', () => {
    fc.assert(
      fc.property(fc.string(), fc.uint8Array({ minLength: 68, maxLength: 68 }), (text, bytes) => {
        expect(tokens.decode(text)).toBeNull();
        expect(tokens.decode(`lkr_${Buffer.from(bytes).toString('base64url')}`)).toBeNull();
      }),
    );
  });

  test('made under an older secret is read while that one is configured', () => {
    const token = draw(3);
    expect(both.decode(before.encode(token))).toEqual(token);
    expect(tokens.decode(before.encode(token))).toBeNull();
    expect(both.encode(token)).toBe(tokens.encode(token));
  });
});

describe('the successor of a refresh token', () => {
  const token = draw(4);
  const derivation = { generation: 5, nonce: tokens.drawNonce() };

  test('is the same each time, of the next generation and the same session', () => {
    const successor = tokens.successor(token, derivation);
    expect(tokens.successor(token, derivation)).toEqual(successor);
    expect(successor).toMatchObject({ sessionId: token.sessionId, generation: 5 });
    expect(successor.secret).toHaveLength(32);
  });

  test.each<[string, RefreshToken, { generation: number; nonce: string }]>([
    ['nonce', token, { ...derivation, nonce: tokens.drawNonce() }],
    ['generation', token, { ...derivation, generation: 6 }],
    ['session', { ...token, sessionId: createSessionId() }, derivation],
    ['token', { ...token, secret: tokens.draw() }, derivation],
  ])('is another for another %s', (_name, otherToken, otherDerivation) => {
    const secret = tokens.successor(token, derivation).secret;
    expect(tokens.successor(otherToken, otherDerivation).secret).not.toEqual(secret);
  });

  test('cannot be had without the secret of the server: not from the store, nor from an old token', () => {
    expect(before.successor(token, derivation).secret).not.toEqual(tokens.successor(token, derivation).secret);
  });

  test('is found again under whichever secret gave it, and under no other', () => {
    const given = before.successor(token, derivation);
    const hash = hashSecret(given.secret);
    expect(both.findSuccessor(token, { ...derivation, hash })).toEqual(given);
    expect(tokens.findSuccessor(token, { ...derivation, hash })).toBeNull();
  });
});
