import { once } from 'node:events';
import { createServer } from 'node:net';
import { loadTrustedDocuments } from './app-trusted-documents.js';
import type { Config } from './config.js';
import type { Finding } from './doctor/finding.js';
import { DEFAULT_LIMITS } from './graphql/limits.js';
import { createSchema } from './graphql/schema.js';
import { addressesOf } from './http/listening.js';
import { verifySmtp } from './mail/smtp.js';

/** A server that answers does so in less, and whoever asks the doctor is waiting. */
const SMTP_PATIENCE_MS = 5_000;

/**
 * Tries what a server does with its configuration beside the store: reads its documents, as it does before everything
 * else.
 *
 * @throws ConfigurationError where it would not start
 */
export function tryDocuments(config: Config): void {
  const schema = createSchema({ roles: config.roles, coverage: 'required' });
  loadTrustedDocuments(config, { schema, limits: DEFAULT_LIMITS });
}

/** Tries to listen at `HOST`, at a port that is free: at `PORT` a server may be running. */
export async function tryHost({ host }: Config): Promise<Finding[]> {
  try {
    const [address] = await addressesOf(host);
    const server = createServer().listen({ host: address, port: 0 });
    await once(server, 'listening');
    server.close();
    return [];
  } catch (error) {
    return [
      {
        ...{ level: 'error', area: 'configuration', code: 'HOST_UNUSABLE' },
        message: `HOST is ${host}, where no server can listen: ${messageOf(error)}`,
        cure: 'Set HOST to a name or an address of this machine: localhost, or 0.0.0.0 for all of them.',
      },
    ];
  }
}

/** Tries whether the server of `SMTP_URL` takes mails, and sends none. */
export async function trySmtp({ mail: { smtpUrl } }: Config): Promise<Finding[]> {
  if (smtpUrl === null) return [];
  const { host } = new URL(smtpUrl);
  try {
    await verifySmtp({ url: smtpUrl }, SMTP_PATIENCE_MS);
    return [{ level: 'ok', area: 'mail', message: `goes out by SMTP: ${host} answers` }];
  } catch (error) {
    return [
      {
        ...{ level: 'warning', area: 'mail', code: 'SMTP_AWAY' },
        message: `${host} of SMTP_URL takes no mail now: ${messageOf(error)}`,
        cure: 'Start the mail server, or set SMTP_URL right: host and port, smtps:// where TLS comes first, user and password. Servers try for some 17 minutes to send a mail.',
      },
    ];
  }
}

/** In one line: a server of strangers may say several. */
const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll(/[\s\p{C}]+/gu, ' ');
