import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';

/** A real SMTP server, which keeps what it is given. */
export interface MailServer {
  /** As `SMTP_URL` has it. */
  readonly url: string;
  /** What it took, in order. */
  readonly mails: readonly Email[];
  /** How many mails were offered, also those that it refused. */
  readonly offered: () => number;
  /** The next so many are refused with this reply: 451 for now, 550 for good. */
  refuse(count: number, responseCode: number): void;
  /** The next mail to this address, also one that came before and was not asked for yet. */
  next(to: string): Promise<Email>;
  close(): Promise<void>;
}

const PATIENCE_MS = 15_000;

/** Starts it on a free port of this machine. */
export async function startMailServer(): Promise<MailServer> {
  const mails: Email[] = [];
  const waiting = new Set<() => void>();
  const seen = new WeakSet<Email>();
  let offered = 0;
  let refusals = { count: 0, responseCode: 0 };

  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData(stream, _session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        offered += 1;
        if (refusals.count > 0) {
          refusals.count -= 1;
          callback(Object.assign(new Error('refused'), { responseCode: refusals.responseCode }));
          return;
        }
        void PostalMime.parse(Buffer.concat(chunks)).then((mail) => {
          mails.push(mail);
          callback();
          for (const look of waiting) look();
        });
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;

  const take = (to: string): Email | undefined => {
    const mail = mails.find((each) => !seen.has(each) && each.to?.some(({ address }) => address === to));
    if (mail !== undefined) seen.add(mail);
    return mail;
  };

  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    offered: () => offered,
    refuse: (count, responseCode) => void (refusals = { count, responseCode }),
    next(to) {
      const there = take(to);
      if (there !== undefined) return Promise.resolve(there);
      return new Promise((resolve, reject) => {
        const stop = (): void => {
          clearTimeout(timer);
          waiting.delete(look);
        };
        const look = (): void => {
          const mail = take(to);
          if (mail === undefined) return;
          stop();
          resolve(mail);
        };
        const timer = setTimeout(() => {
          stop();
          reject(new Error(`No mail to ${to} came.`));
        }, PATIENCE_MS);
        waiting.add(look);
      });
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** The secret that the link of a mail carries. */
export function tokenIn({ text = '' }: Email): string {
  const [, token] = /#(lkm_\S+)/.exec(text) ?? [];
  if (token === undefined) throw new Error(`There is no link in: ${text}`);
  return token;
}
