import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../src/config.js';
import { eventually } from '../http/support/eventually.js';
import { PASSWORD } from '../http/support/people.js';
import { buildProgram, type RunningProgram } from '../process/support/program.js';
import { SERVER_SECRET } from '../support/server.js';

/** Latchkey servers on one store, each a process of its own, with an administrator. */
export interface LoadServers {
  /** All of them, in the order in which they were started; those that have ended, too. */
  readonly started: readonly LoadServer[];
  /** Starts one more; resolves once it listens. */
  start(): Promise<LoadServer>;
  close(): Promise<void>;
}

export interface LoadServer {
  readonly origin: string;
  readonly program: RunningProgram;
  /** What it logged so far. */
  log(): LogLine[];
  /** Until it says that it is ready. */
  untilReady(): Promise<void>;
}

export interface LogLine {
  /** As pino counts: 40 is a warning, 50 an error. A line that is none of the log's is an error. */
  readonly level: number;
  readonly text: string;
}

export const ADMINISTRATOR = { email: 'administrator@example.com', password: PASSWORD };
/** `PUBLIC_URL`: where browsers that are signed in to these servers say they come from. */
export const PUBLIC_ORIGIN = 'http://auth.example.com';

const ENVIRONMENT = {
  LATCHKEY_SECRET: SERVER_SECRET,
  PUBLIC_URL: PUBLIC_ORIGIN,
  ADMIN_EMAIL: ADMINISTRATOR.email,
  ADMIN_PASSWORD: ADMINISTRATOR.password,
  // Short, so that retries of an outage come after it: what keeps them from looking like theft is not their haste.
  REFRESH_GRACE_SECONDS: '2',
  // Each user has an address of their own, which clients or a proxy tell: one address may not sign up and fail so often.
  TRUST_PROXY: '1',
};

/** Compiles the program; what `environment` says goes before what such servers have in common. */
export async function createLoadServers(storeUrl: string, environment: Environment = {}): Promise<LoadServers> {
  const program = await buildProgram();
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-load-'));
  const programs: RunningProgram[] = [];
  const started: LoadServer[] = [];
  return {
    started,
    async start() {
      const running = program.start({ folder, environment: { ...ENVIRONMENT, STORE_URL: storeUrl, ...environment } });
      programs.push(running);
      const { origin } = new URL(await running.ready());
      const server: LoadServer = {
        ...{ origin, program: running },
        log: () => readLog(running.output.stderr),
        untilReady: () => eventually(async () => (await fetch(`${origin}/readyz`)).ok),
      };
      started.push(server);
      return server;
    },
    async close() {
      programs.forEach(({ kill }) => kill('SIGKILL'));
      await Promise.all(programs.map(({ ended }) => ended));
      program.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const readLog = (output: string): LogLine[] =>
  output
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => ({ level: levelOf(text), text }));

function levelOf(text: string): number {
  try {
    return (JSON.parse(text) as { readonly level: number }).level;
  } catch {
    return 50;
  }
}
