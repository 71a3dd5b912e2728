import type { UserId } from './ids.js';
import type { MailLinks, PostMail } from './mail.js';
import { emailTakenMail, emailVerificationMail } from './mail-texts.js';
import { badMailToken, createMailToken, decodeMailToken } from './mail-token.js';
import type { Stores } from './stores.js';

export interface EmailServiceOptions {
  readonly stores: Pick<Stores, 'users'>;
  readonly postMail: PostMail;
  readonly links: MailLinks;
}

/** The use cases of e-mail addresses. */
export interface EmailService {
  /** Mails a link that shows that mail arrives; nothing where it was shown already, or there is no address. */
  requestVerification(userId: UserId): void;
  /**
   * Takes the token of such a mail.
   *
   * @throws AuthError `BAD_USER_INPUT` with the field `token` for one that is wrong, used or too old
   */
  verify(token: string): Promise<void>;
  /** Mails the owner of the address that somebody tried to sign up with it. */
  reportTaken(emailKey: string): void;
}

export function createEmailService({ stores: { users }, postMail, links }: EmailServiceOptions): EmailService {
  return {
    requestVerification(userId) {
      postMail(async () => {
        const user = await users.findById(userId);
        if (user === null || user.emailVerified || user.email === '') return null;
        const token = await createMailToken(users, user, 'email-verification');
        return { to: user.email, ...emailVerificationMail(links.verifyEmail(token)) };
      });
    },

    async verify(text) {
      const token = decodeMailToken(text);
      const isVerified = token !== null && (await users.verifyEmail(token.userId, token.hash));
      if (!isVerified) throw badMailToken();
    },

    reportTaken(emailKey) {
      postMail(async () => {
        const user = await users.findByEmailKey(emailKey);
        if (user === null) return null;
        const token = await createMailToken(users, user, 'password-reset');
        return { to: user.email, ...emailTakenMail(links.resetPassword(token)) };
      });
    },
  };
}
