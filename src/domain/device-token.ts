import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from './clock.js';
import { equalInConstantTime, type SecretKeys } from './secrets.js';

/** How long a device stays known without a sign-in: as long as browsers keep a cookie. RFC 6265bis section 5.5. */
export const DEVICE_TTL_MS = 400 * 24 * 60 * 60 * 1000;

/** Lets secret scanners find device tokens that leaked. */
const PREFIX = 'lkd_';
const ID_BYTES = 16;
const TIME_BYTES = 6;
const MAC_BYTES = 16;
const SIGNED_BYTES = ID_BYTES + TIME_BYTES;
const TOKEN_LENGTH = PREFIX.length + Math.ceil(((SIGNED_BYTES + MAC_BYTES) * 4) / 3);

/**
 * Tokens of devices that an account has signed in on. Such a token lets nobody in: it gives tries at that account's
 * password a count of their own, so that nobody else's failures lock the owner out.
 *
 * @see https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
 */
export interface DeviceTokens {
  /**
   * A token for a device on which this account has just signed in: of the device that `presented` names, so that its
   * count goes on, else of a new one. `lkd_` + base64url( device id ‖ milliseconds since 1970 ‖ MAC ), the MAC being
   * over these and the account.
   */
  issue(account: string, presented: string | null): string;
  /** The id of the device; `null` where the token was not issued by us, for this account, in the last 400 days. */
  read(token: string, account: string): string | null;
}

/** Device tokens under the keys of `LATCHKEY_SECRET`: the first signs, all are accepted. */
export function createDeviceTokens(keys: readonly [SecretKeys, ...SecretKeys[]], clock: Clock): DeviceTokens {
  function read(token: string, account: string): string | null {
    if (token.length !== TOKEN_LENGTH || !token.startsWith(PREFIX)) return null;
    const encoded = token.slice(PREFIX.length);
    const bytes = Buffer.from(encoded, 'base64url');
    // Node ignores what is not base64url: only what it would write itself counts.
    if (bytes.toString('base64url') !== encoded) return null;
    const signed = bytes.subarray(0, SIGNED_BYTES);
    const given = bytes.subarray(SIGNED_BYTES);
    if (!keys.some((key) => equalInConstantTime(mac(key, signed, account), given))) return null;
    const ageMs = clock.now().getTime() - signed.readUIntBE(ID_BYTES, TIME_BYTES);
    return ageMs < DEVICE_TTL_MS ? signed.toString('base64url', 0, ID_BYTES) : null;
  }

  return {
    read,
    issue(account, presented) {
      const known = presented === null ? null : read(presented, account);
      const signed = Buffer.alloc(SIGNED_BYTES);
      (known === null ? randomBytes(ID_BYTES) : Buffer.from(known, 'base64url')).copy(signed);
      signed.writeUIntBE(clock.now().getTime(), ID_BYTES, TIME_BYTES);
      return PREFIX + Buffer.concat([signed, mac(keys[0], signed, account)]).toString('base64url');
    },
  };
}

const mac = (keys: SecretKeys, signed: Buffer, account: string): Buffer =>
  createHmac('sha256', keys.deviceTokenMac).update(signed).update(account, 'utf8').digest().subarray(0, MAC_BYTES);
