import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SERVER_CORE } from './cores.js';
import { askGraphql } from './graphql.js';
import { mailSink } from './mail-sink.js';
import { bundleOurs } from './programs.js';
import { startServerProcess, type ServerProcess } from './server-process.js';

/** Latchkey as it is published, with an administrator who is signed in. */
export interface Latchkey extends ServerProcess {
  readonly accessToken: string;
}

const ADMINISTRATOR = { email: 'admin@example.com', password: 'correct horse battery' };
/** Makes the administrator whom `signInAdministrator` signs in. */
export const ADMINISTRATOR_ENVIRONMENT = {
  ADMIN_EMAIL: ADMINISTRATOR.email,
  ADMIN_PASSWORD: ADMINISTRATOR.password,
} as const;
const SIGN_IN = 'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }';

/** Where whoever has made the program for several benchmarks says that it is. */
const PROGRAM_VARIABLE = 'LATCHKEY_BENCH_PROGRAM';
let made: Promise<string> | null = null;

/** What is published, made once, also for the benchmarks that this process starts; gone when it ends. */
export async function ourProgram(): Promise<string> {
  return process.env[PROGRAM_VARIABLE] ?? (await (made ??= makeProgram()));
}

async function makeProgram(): Promise<string> {
  const { path, remove } = await bundleOurs();
  process.once('exit', remove);
  process.env[PROGRAM_VARIABLE] = path;
  return path;
}

/** Starts it on SQLite, or where `STORE_URL` says; on the servers' core, unless others are named. */
export async function startLatchkey(
  environment: Readonly<Record<string, string>> = {},
  cores = SERVER_CORE,
): Promise<Latchkey> {
  return startOnLatchkey([await ourProgram(), 'serve'], environment, cores);
}

/** Starts a program that has Latchkey in it, in a folder of its own, and signs its administrator in. */
export async function startOnLatchkey(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  cores = SERVER_CORE,
): Promise<Latchkey> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
  const server = await startServerProcess({
    ...{ args, folder, cores },
    environment: {
      LATCHKEY_SECRET: randomBytes(32).toString('base64'),
      PUBLIC_URL: 'https://auth.example.com',
      SMTP_URL: await mailSink(),
      ...ADMINISTRATOR_ENVIRONMENT,
      ...environment,
    },
  });
  return {
    ...server,
    accessToken: await signInAdministrator(server.origin),
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An access token of the administrator that the environment makes. */
export async function signInAdministrator(origin: string): Promise<string> {
  const { signIn } = await askGraphql<{ readonly signIn: { readonly accessToken: string } }>(origin, {
    query: SIGN_IN,
    variables: { input: ADMINISTRATOR },
  });
  return signIn.accessToken;
}
