import { createHmac, randomBytes } from 'node:crypto';
import type { SecretHash, SessionId } from './ids.js';
import { equalInConstantTime, hashSecret, type SecretKeys } from './secrets.js';

/** Lets secret scanners find refresh tokens that leaked. */
const PREFIX = 'lkr_';
const ID_BYTES = 16;
const GENERATION_BYTES = 4;
const SECRET_BYTES = 32;
const NONCE_BYTES = 32;
const MAC_BYTES = 16;
const SIGNED_BYTES = ID_BYTES + GENERATION_BYTES + SECRET_BYTES;
const TOKEN_LENGTH = PREFIX.length + Math.ceil(((SIGNED_BYTES + MAC_BYTES) * 4) / 3);

/** What a refresh token says: whose it is, which one of theirs, and the secret that proves it. */
export interface RefreshToken {
  readonly sessionId: SessionId;
  readonly generation: number;
  /** 256 bits. */
  readonly secret: Buffer;
}

/** Makes, reads and derives refresh tokens under the keys of `LATCHKEY_SECRET`. Pure but for what it draws. */
export interface RefreshTokens {
  /** `lkr_` + base64url( session id ‖ generation ‖ secret ‖ MAC ). */
  encode(token: RefreshToken): string;
  /** The token, or `null` for what was never issued: malformed, or with a MAC that none of the secrets made. */
  decode(text: string): RefreshToken | null;
  /** A secret that nothing can be derived from or to: 256 random bits. */
  draw(): Buffer;
  /** What a successor is derived with: 256 fresh random bits, base64url. */
  drawNonce(): string;
  /** The token that replaces `token`, derived under the secret that writes. */
  successor(token: RefreshToken, derivation: Derivation): RefreshToken;
  /** The same under whichever secret gave the hash that the store holds; `null` where none did. */
  findSuccessor(token: RefreshToken, derivation: Derivation & { readonly hash: SecretHash }): RefreshToken | null;
}

/** What a successor is derived with beside the token that it replaces: both stand in the session's row. */
export interface Derivation {
  /** Of the successor. */
  readonly generation: number;
  readonly nonce: string;
}

/** Drawn together: to ask for them one by one would take as long as to hash them. They are no secrets. */
const NONCES_AT_ONCE = 64;

export function createRefreshTokens(keys: readonly [SecretKeys, ...SecretKeys[]]): RefreshTokens {
  let nonces = Buffer.alloc(0);
  return {
    encode(token) {
      const bytes = Buffer.alloc(SIGNED_BYTES + MAC_BYTES);
      bytes.write(token.sessionId, 0, ID_BYTES, 'base64url');
      bytes.writeUInt32BE(token.generation, ID_BYTES);
      token.secret.copy(bytes, ID_BYTES + GENERATION_BYTES);
      mac(keys[0], bytes.subarray(0, SIGNED_BYTES)).copy(bytes, SIGNED_BYTES);
      return PREFIX + bytes.toString('base64url');
    },

    decode(text) {
      if (text.length !== TOKEN_LENGTH || !text.startsWith(PREFIX)) return null;
      const encoded = text.slice(PREFIX.length);
      const bytes = Buffer.from(encoded, 'base64url');
      // Node ignores what is not base64url: only what it would write itself counts.
      if (bytes.toString('base64url') !== encoded) return null;
      const signed = bytes.subarray(0, SIGNED_BYTES);
      const given = bytes.subarray(SIGNED_BYTES);
      if (!keys.some((key) => equalInConstantTime(mac(key, signed), given))) return null;
      return {
        sessionId: signed.toString('base64url', 0, ID_BYTES) as SessionId,
        generation: signed.readUInt32BE(ID_BYTES),
        secret: signed.subarray(ID_BYTES + GENERATION_BYTES),
      };
    },

    draw: () => randomBytes(SECRET_BYTES),

    drawNonce() {
      if (nonces.length === 0) nonces = randomBytes(NONCES_AT_ONCE * NONCE_BYTES);
      const nonce = nonces.toString('base64url', 0, NONCE_BYTES);
      nonces = nonces.subarray(NONCE_BYTES);
      return nonce;
    },

    successor: (token, derivation) => derive(keys[0], token, derivation),

    findSuccessor: (token, derivation) =>
      keys
        .map((key) => derive(key, token, derivation))
        .find((successor) => hashSecret(successor.secret) === derivation.hash) ?? null,
  };
}

const mac = (keys: SecretKeys, signed: Buffer): Buffer =>
  createHmac('sha256', keys.refreshTokenMac).update(signed).digest().subarray(0, MAC_BYTES);

/** secret(n+1) = HMAC-SHA256(K, session id ‖ n+1 ‖ secret(n) ‖ nonce): each part of a fixed length. */
function derive(keys: SecretKeys, token: RefreshToken, { generation, nonce }: Derivation): RefreshToken {
  const generationBytes = Buffer.alloc(GENERATION_BYTES);
  generationBytes.writeUInt32BE(generation);
  const secret = createHmac('sha256', keys.refreshTokenSuccessor)
    .update(Buffer.from(token.sessionId, 'base64url'))
    .update(generationBytes)
    .update(token.secret)
    .update(Buffer.from(nonce, 'base64url'))
    .digest();
  return { sessionId: token.sessionId, generation, secret };
}
