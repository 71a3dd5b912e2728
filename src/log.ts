import { pino, type DestinationStream, type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from './config.js';

/** Where, by accident, a library may put what no log must hold. */
const REDACTED = ['authorization', 'cookie', 'password', 'accessToken', 'refreshToken', 'setupCode', 'secret'];

/** One JSON line an entry on standard error; pretty on a terminal. */
export function createLog({ logLevel }: Pick<Config, 'logLevel'>): Logger {
  const redact = { paths: REDACTED.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' };
  const stream = process.stderr.isTTY
    ? pretty({ destination: 2, sync: true, ignore: 'pid,hostname' })
    : byTurns(pino.destination({ fd: 2, sync: true }));
  return pino({ level: logLevel, redact }, stream);
}

/**
 * Writes at the end of each turn of the event loop what was written in it: a server that is busy answers several
 * requests in one. Whatever way the process ends but by SIGKILL, nothing is lost.
 */
function byTurns(destination: DestinationStream): DestinationStream {
  let text = '';
  const flush = (): void => {
    if (text !== '') destination.write(text);
    text = '';
  };
  process.once('exit', flush);
  return {
    write(line) {
      if (text === '') setImmediate(flush);
      text += line;
    },
  };
}
