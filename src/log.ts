import { pino, type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from './config.js';

/** Where, by accident, a library may put what no log must hold. */
const REDACTED = ['authorization', 'cookie', 'password', 'accessToken', 'refreshToken', 'setupCode', 'secret'];

/** One JSON line an entry on standard error; pretty on a terminal. */
export function createLog({ logLevel }: Pick<Config, 'logLevel'>): Logger {
  const redact = { paths: REDACTED.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' };
  const stream = process.stderr.isTTY
    ? pretty({ destination: 2, sync: true, ignore: 'pid,hostname' })
    : pino.destination({ fd: 2, sync: true });
  return pino({ level: logLevel, redact }, stream);
}
