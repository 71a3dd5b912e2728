/** In lower case, as the list has them all; a password is kept out of it by its length before it comes here. */
let common: Promise<ReadonlySet<string>> | undefined;

/** Unpacked where it is first asked for: a server starts, and most commands end, without it. */
async function readCommon(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  return new Set(dictionary['passwords-common'].filter(({ length }) => length >= 8));
}

/**
 * Whether everybody who guesses passwords tries this one early: some 18,000 of 8 characters or more, from leaks. The
 * whole password is looked for, in any case: who guesses tries `Password1` right after `password1`.
 *
 * @see NIST SP 800-63B-4 section 3.1.1.2, OWASP ASVS 5.0 6.2.4
 */
export const isCommonPassword = async (password: string): Promise<boolean> =>
  (await (common ??= readCommon())).has(password.toLowerCase());
