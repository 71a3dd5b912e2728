import { decodeJwt, decodeProtectedHeader } from 'jose';
import { ACCESS_TOKEN_TYPE } from './access-token-claims.js';

/**
 * The `kid` of what looks like a token of ours, before any of it is believed: `null` where it names no key as a text,
 * `undefined` for anything that is not of our type and issuer. No other parameter of the header names a key: `jwk`,
 * `jku`, `x5c` and `x5u` are not looked at.
 */
export function findKid(token: string, issuer: string): string | null | undefined {
  if (!isCompactJws(token)) return undefined;
  try {
    const { kid, typ } = decodeProtectedHeader(token) as Readonly<Record<string, unknown>>;
    if (typ !== ACCESS_TOKEN_TYPE || decodeJwt(token).iss !== issuer) return undefined;
    return typeof kid === 'string' ? kid : null;
  } catch {
    return undefined;
  }
}

/** Whether the token says of itself that its time is over at `nowSeconds`. Believed of nothing but of what is refused anyway. */
export const saysExpired = (token: string, nowSeconds: number): boolean => {
  const { exp } = decodeJwt(token);
  return Number.isSafeInteger(exp) && exp !== undefined && exp <= nowSeconds;
};

/** Three parts, each spelled as base64url is, and in one way alone: jose reads past spaces and stray bits. RFC 7515 section 2. */
const isCompactJws = (token: string): boolean => {
  const parts = token.split('.');
  return parts.length === 3 && parts.every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
};
