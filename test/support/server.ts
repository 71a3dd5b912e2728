import { Writable } from 'node:stream';
import { pino } from 'pino';
import { createApp, type App } from '../../src/app.js';
import { readConfig, type Environment } from '../../src/config.js';
import type { Clock } from '../../src/domain/clock.js';
import type { ConnectionLimits } from '../../src/http/connection-limits.js';
import { createClient, type Client, type ClientOptions } from './client.js';

/** One server, listening on a port of its own. */
export interface TestServer {
  readonly app: App;
  /** `http://localhost:PORT`. */
  readonly origin: string;
  /** What it logged so far. */
  readonly log: () => string;
  /** A client that keeps its own cookies. */
  client(options?: ClientOptions): Client;
  close(): Promise<void>;
}

export interface TestServerOptions {
  readonly environment?: Environment;
  readonly clock?: Clock;
  readonly connectionLimits?: Partial<ConnectionLimits>;
}

/** The `LATCHKEY_SECRET` of the servers under test. */
export const SERVER_SECRET = 'dGhlIHNlY3JldCBvZiB0aGUgdGVzdHMsIDMyIGJ5dGVzIGxvbmc';

/** Starts a real server on port 0 on this store. */
export async function startServer(storeUrl: string, options: TestServerOptions = {}): Promise<TestServer> {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString('utf8'));
      done();
    },
  });
  const config = readConfig({
    PORT: '0',
    STORE_URL: storeUrl,
    LATCHKEY_SECRET: SERVER_SECRET,
    ...options.environment,
  });
  const { clock, connectionLimits } = options;
  const app = await createApp(config, { log: pino({ level: 'debug' }, stream), clock, connectionLimits });
  const { origin } = new URL(await app.listen());
  let closing: Promise<void> | undefined;
  return {
    app,
    origin,
    log: () => lines.join(''),
    client: (clientOptions) => createClient(origin, clientOptions),
    close: () => (closing ??= app.close()),
  };
}
