import type { SerializeOptions } from '@fastify/cookie';

/** Browsers cut longer ages to this. RFC 6265bis section 5.5: 400 days. */
const LONGEST_AGE_SECONDS = 400 * 24 * 60 * 60;

/** What the operator decided about cookies. */
export interface CookiePolicy {
  /** Whether browsers reach us by https: turns on `Secure` and the prefixes. */
  readonly isSecure: boolean;
  readonly sameSite: 'lax' | 'strict' | 'none';
  readonly domain: string | null;
}

/** The names and attributes of the cookies. RFC 6265bis section 4.1.3 on the prefixes. */
export interface Cookies {
  readonly accessName: string;
  readonly refreshName: string;
  /** Of the device token, which outlives sessions. */
  readonly deviceTokenName: string;
  /** For setting one that lasts until then. */
  options(expiresAt: Date, now: Date): SerializeOptions;
}

export function createCookies({ isSecure, sameSite, domain }: CookiePolicy): Cookies {
  // `__Host-` binds a cookie to one host, which one with a domain cannot be.
  const prefix = isSecure ? (domain === null ? '__Host-' : '__Secure-') : '';
  const attributes = { httpOnly: true, path: '/', secure: isSecure, sameSite, ...(domain !== null && { domain }) };
  return {
    accessName: `${prefix}latchkey-access`,
    refreshName: `${prefix}latchkey-refresh`,
    deviceTokenName: `${prefix}latchkey-device`,
    options(expiresAt, now) {
      const seconds = Math.floor((expiresAt.getTime() - now.getTime()) / 1000);
      return { maxAge: Math.min(Math.max(0, seconds), LONGEST_AGE_SECONDS), ...attributes };
    },
  };
}
