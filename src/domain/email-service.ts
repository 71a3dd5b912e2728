import type { AuditNote } from './audit-entry.js';
import type { Attempts } from './attempt-service.js';
import type { UserId } from './ids.js';
import type { MailLinks, PostMail } from './mail.js';
import { emailTakenMail, emailVerificationMail } from './mail-texts.js';
import { badMailToken, createMailToken, decodeMailToken, drawMailSecret } from './mail-token.js';
import type { Stores } from './stores.js';
import type { User } from './user.js';

export interface EmailServiceOptions {
  readonly stores: Pick<Stores, 'users' | 'clock'>;
  readonly attempts: Attempts;
  readonly postMail: PostMail;
  readonly links: MailLinks;
}

/** The use cases of e-mail addresses. `by`: who asks, and from where, for the audit log. */
export interface EmailService {
  /**
   * Mails a link that shows that mail arrives; nothing where it was shown already, or there is no address.
   *
   * @throws AuthError `RATE_LIMITED`
   */
  requestVerification(input: { readonly userId: UserId; readonly by: AuditNote }): Promise<void>;
  /** The same, for a request that was counted as something else. */
  postVerification(userId: UserId, by?: AuditNote): void;
  /** The same, for the address of a new account: asks the store as `reportTaken` does, which must not be told from it. */
  postFirstVerification(emailKey: string, by?: AuditNote): void;
  /**
   * Takes the token of such a mail.
   *
   * @throws AuthError `BAD_USER_INPUT` with the field `token` for one that is wrong, used or too old;
   *   `RATE_LIMITED`
   */
  verify(input: { readonly token: string; readonly by: AuditNote }): Promise<void>;
  /** Mails the owner of the address that somebody tried to sign up with it. */
  reportTaken(emailKey: string, by?: AuditNote): void;
}

export function createEmailService({ stores, attempts, postMail, links }: EmailServiceOptions): EmailService {
  const { users } = stores;

  function post(find: () => Promise<User | null>, by?: AuditNote): void {
    const token = { purpose: 'email-verification', drawn: drawMailSecret(), by } as const;
    postMail(async () => {
      const user = await find();
      const isAsked = user !== null && !user.emailVerified && user.email !== '';
      const text = await createMailToken(stores, isAsked ? user : null, token);
      if (user === null || text === null) return null;
      return { to: user.email, ...emailVerificationMail(links.verifyEmail(text)) };
    });
  }

  const postVerification: EmailService['postVerification'] = (userId, by) => post(() => users.findById(userId), by);

  return {
    postVerification,
    postFirstVerification: (emailKey, by) => post(() => users.findByEmailKey(emailKey), by),
    requestVerification({ userId, by }) {
      const { ipAddress } = by;
      const attempt = { kind: 'request-email-verification', account: null, ipAddress, knownAs: null } as const;
      return attempts.run(attempt, async () => postVerification(userId, by));
    },

    verify({ token: text, by }) {
      const { ipAddress } = by;
      const attempt = { kind: 'verify-email', account: null, ipAddress, knownAs: null } as const;
      return attempts.run(attempt, async () => {
        const token = decodeMailToken(text);
        const isVerified = token !== null && (await users.verifyEmail(token.userId, token.hash, by));
        if (!isVerified) throw badMailToken();
      });
    },

    reportTaken(emailKey, by) {
      const token = { purpose: 'password-reset', drawn: drawMailSecret(), by } as const;
      postMail(async () => {
        const user = await users.findByEmailKey(emailKey);
        const text = await createMailToken(stores, user, token);
        if (user === null || text === null) return null;
        return { to: user.email, ...emailTakenMail(links.resetPassword(text)) };
      });
    },
  };
}
