import { decodeJwt, decodeProtectedHeader } from 'jose';
import { LRUCache } from 'lru-cache';
import { ACCESS_TOKEN_TYPE } from './access-token-claims.js';

/** Of one key all tokens have the same header. */
const MOST_HEADERS = 100;
const LONGEST_HEADER = 1_000;
/** No header of HTTP is as long, and no cookie. */
const LONGEST_TOKEN = 65_536;

/** Tells by which key a token says it is signed. */
export type FindKid = (token: string) => string | null | undefined;

/**
 * Reads the `kid` of what has the form and the type of our tokens, before any of it is believed: `null` where it names no
 * key as a text, `undefined` for anything else. No other parameter of the header names a key: `jwk`, `jku`, `x5c` and
 * `x5u` are not looked at. Headers are remembered, and read once.
 */
export function createKidFinder(): FindKid {
  const known = new LRUCache<string, { readonly kid: string | null | undefined }>({ max: MOST_HEADERS });

  return (token) => {
    if (token.length > LONGEST_TOKEN || !COMPACT_JWS.test(token)) return undefined;
    const header = token.slice(0, token.indexOf('.'));
    const remembered = known.get(header);
    if (remembered !== undefined) return remembered.kid;
    const kid = readKid(header);
    // A copy: a part of a text keeps all of it in memory, and that is a token.
    if (header.length <= LONGEST_HEADER) known.set(Buffer.from(header, 'latin1').toString('latin1'), { kid });
    return kid;
  };
}

function readKid(header: string): string | null | undefined {
  try {
    const { kid, typ } = decodeProtectedHeader({ protected: header }) as Readonly<Record<string, unknown>>;
    if (typ !== ACCESS_TOKEN_TYPE) return undefined;
    return typeof kid === 'string' ? kid : null;
  } catch {
    return undefined;
  }
}

/** Whether the token says that this issuer made it. */
export function saysIssuer(token: string, issuer: string): boolean {
  try {
    return decodeJwt(token).iss === issuer;
  } catch {
    return false;
  }
}

/** Whether the token says of itself that its time is over at `nowSeconds`. Believed of nothing but of what is refused anyway. */
export const saysExpired = (token: string, nowSeconds: number): boolean => {
  const { exp } = decodeJwt(token);
  return Number.isSafeInteger(exp) && exp !== undefined && exp <= nowSeconds;
};

/** Base64url without padding, spelled in one way alone: jose reads past spaces and stray bits. RFC 4648 section 3.5. */
const BASE64URL = String.raw`(?:[\w-]{4})*(?:[\w-][AQgw]|[\w-]{2}[AEIMQUYcgkosw048])?`;
/** RFC 7515 section 3.1. */
const COMPACT_JWS = new RegExp(String.raw`^${BASE64URL}\.${BASE64URL}\.${BASE64URL}$`);
