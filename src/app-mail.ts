import type { Logger } from 'pino';
import type { Config } from './config.js';
import { createOutbox, type Outbox, type SendMail } from './mail/outbox.js';
import type { SmtpSender } from './mail/smtp.js';

/**
 * The way for mails to go: to the SMTP server that the operator named, else to the log. In production the log says that
 * there was a mail, and nothing of what it held.
 */
export function openOutbox(config: Config, log: Logger): Outbox {
  const { smtpUrl, isLogged } = config.mail;
  const report = (err: unknown): void => log.error({ err }, 'a mail could not be sent');
  if (smtpUrl === null) return createOutbox({ send: createLogSender(log, isLogged), report });
  const from = config.mail.from ?? `no-reply@${config.publicUrl?.hostname ?? 'localhost'}`;
  let smtp: Promise<SmtpSender> | undefined;
  // Loaded with the first mail: most starts are not for one.
  const open = async (): Promise<SmtpSender> =>
    (await import('./mail/smtp.js')).createSmtpSender({ url: smtpUrl, from });
  const outbox = createOutbox({ send: async (mail) => (await (smtp ??= open())).send(mail), report });
  return {
    ...outbox,
    async drain(mostMs) {
      await outbox.drain(mostMs);
      (await smtp)?.close();
    },
  };
}

const createLogSender =
  (log: Logger, isLogged: boolean): SendMail =>
  async (mail) => {
    if (isLogged) log.info({ mail }, 'a mail, in the log as there is no SMTP_URL');
    else log.warn('a mail was not sent, as there is no SMTP_URL');
  };
