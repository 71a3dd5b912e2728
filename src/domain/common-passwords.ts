import { dictionary } from '@zxcvbn-ts/language-common';

/** In lower case, as the list has them all; a password is kept out of it by its length before it comes here. */
const COMMON: ReadonlySet<string> = new Set(dictionary['passwords-common'].filter(({ length }) => length >= 8));

/**
 * Whether everybody who guesses passwords tries this one early: some 18,000 of 8 characters or more, from leaks. The
 * whole password is looked for, in any case: who guesses tries `Password1` right after `password1`.
 *
 * @see NIST SP 800-63B-4 section 3.1.1.2, OWASP ASVS 5.0 6.2.4
 */
export const isCommonPassword = (password: string): boolean => COMMON.has(password.toLowerCase());
