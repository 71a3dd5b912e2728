/** A message to one person, as plain text. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Puts a mail together once somebody has time for it; `null`: there is nothing to send after all. */
export type ComposeMail = () => Promise<Mail | null>;

/**
 * Takes a mail to be composed and sent off the request's path: when it is done, and whether, tells the request nothing.
 *
 * @throws AuthError `SERVICE_UNAVAILABLE` where too many wait already
 */
export type PostMail = (compose: ComposeMail) => void;

/** What stands in the mails that carry a secret. */
export interface MailLinks {
  /** The page on which a new password is chosen. */
  resetPassword(token: string): string;
  /** The page that proves that the mail arrived. */
  verifyEmail(token: string): string;
}
