import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../http/support/eventually.js';
import { PASSWORD } from '../http/support/people.js';
import { buildProgram, type RunningProgram } from '../process/support/program.js';
import { SERVER_SECRET } from '../support/server.js';

/** Latchkey servers on one store, each a process of its own, with an administrator. */
export interface FailoverServers {
  readonly origins: readonly string[];
  readonly programs: readonly RunningProgram[];
  /** What they logged so far, by server. */
  log(server: number): LogLine[];
  /** Until each of them says that it is ready. */
  untilReady(): Promise<void>;
  close(): Promise<void>;
}

export interface LogLine {
  /** As pino counts: 40 is a warning, 50 an error. A line that is none of the log's is an error. */
  readonly level: number;
  readonly text: string;
}

export const ADMINISTRATOR = { email: 'administrator@example.com', password: PASSWORD };

const ENVIRONMENT = {
  LATCHKEY_SECRET: SERVER_SECRET,
  PUBLIC_URL: 'http://auth.example.com',
  ADMIN_EMAIL: ADMINISTRATOR.email,
  ADMIN_PASSWORD: ADMINISTRATOR.password,
  // Short, so that retries of an outage come after it: what keeps them from looking like theft is not their haste.
  REFRESH_GRACE_SECONDS: '2',
};

/** Compiles the program, and starts it so many times, one after the other: they share an administrator. */
export async function startServers(storeUrl: string, count: number): Promise<FailoverServers> {
  const program = await buildProgram();
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-failover-'));
  const programs: RunningProgram[] = [];
  const close = async (): Promise<void> => {
    programs.forEach(({ kill }) => kill('SIGKILL'));
    await Promise.all(programs.map(({ ended }) => ended));
    program.remove();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const origins: string[] = [];
    for (let server = 0; server < count; server += 1) {
      const started = program.start({ folder, environment: { ...ENVIRONMENT, STORE_URL: storeUrl } });
      programs.push(started);
      origins.push(new URL(await started.ready()).origin);
    }
    return {
      ...{ origins, programs, close },
      log: (server) => readLog(programs[server]?.output.stderr ?? ''),
      async untilReady() {
        for (const origin of origins) await eventually(async () => (await fetch(`${origin}/readyz`)).ok);
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
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
