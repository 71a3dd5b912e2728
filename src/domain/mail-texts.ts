import type { Mail } from './mail.js';

/** A mail without its address. */
export type MailText = Omit<Mail, 'to'>;

const textOf = (subject: string, ...paragraphs: readonly string[]): MailText => ({
  subject,
  text: `${paragraphs.join('\n\n')}\n`,
});

const NOT_YOU = 'If this was not you, change your password at once and sign out of all other sessions.';

/** To who has forgotten their password, or is said to. */
export const passwordResetMail = (link: string): MailText =>
  textOf(
    'Choose a new password',
    'Somebody, probably you, asked for a new password for this address.',
    `To choose one, open this link within 30 minutes:\n${link}`,
    'If it was not you, do nothing: your password stays as it is.',
  );

/** To who has signed up, or wants to show that mail arrives. */
export const emailVerificationMail = (link: string): MailText =>
  textOf(
    'Confirm your e-mail address',
    `To confirm that this address is yours, open this link within a day:\n${link}`,
    'If you did not sign up, do nothing.',
  );

/** To the owner of an address that somebody tried to sign up with. */
export const emailTakenMail = (link: string): MailText =>
  textOf(
    'You have an account already',
    'Somebody, probably you, tried to sign up with this address, which has an account already.',
    `To sign in, use your password. If you have forgotten it, choose a new one within 30 minutes:\n${link}`,
    'If it was not you, do nothing.',
  );

/** After a change or a reset. */
export const passwordChangedMail = (): MailText =>
  textOf(
    'Your password was changed',
    'The password of your account was changed, and every other session was signed out.',
    NOT_YOU,
  );

/** After a sign-in from where the user has not signed in before. */
export const newDeviceMail = (device: string, at: Date): MailText =>
  textOf(
    'A sign-in from a new device',
    `Your account was signed in to from a device that it was not used from before: ${device}, at ${at.toISOString()}.`,
    NOT_YOU,
  );

/** After a refresh token that had been replaced was used. */
export const theftDetectedMail = (): MailText =>
  textOf(
    'A session of yours was ended',
    'A token of one of your sessions was used that had been replaced before. It may have been stolen, so that session was ended on every device that used it.',
    'You can sign in again. If this goes on, change your password.',
  );

/** To who was banned. */
export const bannedMail = (publicReason: string | null, until: Date | null): MailText =>
  textOf(
    'Your account was banned',
    until === null ? 'Your account was banned.' : `Your account was banned until ${until.toISOString()}.`,
    ...(publicReason === null ? [] : [`The reason: ${publicReason}`]),
  );
