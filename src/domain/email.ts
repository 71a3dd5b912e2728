import { badUserInput } from './errors.js';

/** RFC 5321 section 4.5.3.1.3, less the angle brackets. */
const MAX_CHARACTERS = 254;
/** One `@` with something on either side, and nothing invisible: mail alone shows whether an address is right. */
const ADDRESS = /^[^\s@\p{C}]{1,64}@[^\s@\p{C}]{1,255}$/u;

/** What addresses are compared by: NFC, without regard to case. */
export const emailKey = (email: string): string => email.normalize('NFC').toLowerCase().normalize('NFC');

/**
 * The address as it is kept: NFC.
 *
 * @throws AuthError `BAD_USER_INPUT` with `field` for what is no address.
 */
export function parseEmail(email: string, field: string): string {
  const address = email.normalize('NFC');
  if (address.length > MAX_CHARACTERS || !ADDRESS.test(address)) {
    throw badUserInput(field, 'This is not an e-mail address.');
  }
  return address;
}
