import { createTransport } from 'nodemailer';
import { AbortError } from 'p-retry';
import type { SendMail } from './outbox.js';

export interface SmtpOptions {
  /** `smtp://` (STARTTLS where it is offered) or `smtps://`, with user and password. */
  readonly url: string;
  /** The sender's address, with or without a name. */
  readonly from: string;
}

export interface SmtpSender {
  readonly send: SendMail;
  close(): void;
}

const TIMEOUT_MS = 20_000;

/** Sends mails by SMTP, over connections that are kept. */
export function createSmtpSender({ url, from }: SmtpOptions): SmtpSender {
  const transport = createTransport({ ...settings(url, TIMEOUT_MS), pool: true });
  return {
    async send({ to, subject, text }) {
      try {
        // An address as an object, or a comma in it would make it two.
        await transport.sendMail({ from, to: { name: '', address: to }, subject, text, headers: AUTOMATIC });
      } catch (error) {
        throw isRefusal(error) ? new AbortError(error) : error;
      }
    },
    close: () => transport.close(),
  };
}

/** So that no automatic answer comes back. RFC 3834 section 5. */
const AUTOMATIC = { 'Auto-Submitted': 'auto-generated' };

/** RFC 5321 section 4.2.1: 5yz is permanent. */
const isRefusal = (error: unknown): error is Error =>
  error instanceof Error &&
  'responseCode' in error &&
  typeof error.responseCode === 'number' &&
  error.responseCode >= 500;

/**
 * Connects as for a mail, signs in where the address has a user, and sends nothing.
 *
 * @param mostMs how long each step may take
 * @throws Error in words of nodemailer or of the server
 */
export async function verifySmtp({ url }: Pick<SmtpOptions, 'url'>, mostMs: number): Promise<void> {
  const transport = createTransport(settings(url, mostMs));
  try {
    await transport.verify();
  } finally {
    transport.close();
  }
}

const settings = (url: string, timeoutMs: number) => ({
  ...{ url, connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs, dnsTimeout: timeoutMs },
  // A mail is text of ours: nothing in it may name a file or an address to be read.
  ...{ disableFileAccess: true, disableUrlAccess: true },
});
