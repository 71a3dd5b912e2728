import { Writable } from 'node:stream';
import { pino } from 'pino';
import { startAuthServer, type AuthServer } from '../../src/auth-server.js';
import type { AuthServerOptions } from '../../src/auth-server-options.js';
import type { Clock } from '../../src/domain/clock.js';
import { SERVER_SECRET } from './server.js';
import { createBackend, type BackendName } from './stores.js';

/** A server within an application, on a database of its own. */
export interface TestAuthServer {
  readonly server: AuthServer;
  /** What it logged so far. */
  readonly log: () => string;
  close(): Promise<void>;
}

/** Makes one on a fresh database, SQLite unless another is named; it logs where the test can read it. */
export async function createTestAuthServer<Added extends object = object>(
  options: AuthServerOptions<Added> = {},
  { clock, backendName = 'SQLite' }: { readonly clock?: Clock; readonly backendName?: BackendName } = {},
): Promise<TestAuthServer> {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString('utf8'));
      done();
    },
  });
  const backend = createBackend(backendName);
  const env = {
    STORE_URL: backend.url,
    LATCHKEY_SECRET: SERVER_SECRET,
    LOG_LEVEL: 'silent',
    PORT: '0',
    ...options.env,
  };
  const log = pino({ level: 'debug' }, stream);
  const server = await startAuthServer({ ...options, env }, { log, ...(clock && { clock }) });
  return {
    server,
    log: () => lines.join(''),
    async close() {
      await server.close();
      await backend.destroy();
    },
  };
}
