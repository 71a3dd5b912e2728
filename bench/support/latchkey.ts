import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { bundleProgram } from '../../deploy/bundle.js';
import { SERVER_CORE } from './cores.js';
import { mailSink } from './mail-sink.js';
import { startServerProcess, type ServerProcess } from './server-process.js';

/** Latchkey as it is published, with an administrator who is signed in. */
export interface Latchkey extends ServerProcess {
  readonly accessToken: string;
}

const ADMINISTRATOR = { email: 'admin@example.com', password: 'correct horse battery' };
const SIGN_IN = 'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }';

const ROOT = join(import.meta.dirname, '../..');

async function makeProgram(folder: string): Promise<string> {
  await bundleProgram(folder);
  return join(ROOT, folder, 'main.js');
}

/** The same program, that does not wait until SQLite has its commits on the disk: nobody can have that but a benchmark. */
async function makeProgramWithoutDurability(): Promise<string> {
  // Beside `schema`, and below `node_modules`, as the other one is.
  const program = await makeProgram('dist/not-durable/dist');
  cpSync(join(ROOT, 'schema'), join(ROOT, 'dist/not-durable/schema'), { recursive: true });
  const chunks = join(dirname(program), 'program');
  let changed = 0;
  for (const name of readdirSync(chunks)) {
    // A long string goes on in the next line, behind a backslash.
    const text = readFileSync(join(chunks, name), 'utf8').replaceAll('\\\n', '');
    const replaced = text.replaceAll('PRAGMA synchronous = FULL', 'PRAGMA synchronous = NORMAL');
    if (replaced === text) continue;
    writeFileSync(join(chunks, name), replaced);
    changed += 1;
  }
  if (changed === 0) throw new Error('the program does not say how durable it is');
  return program;
}

/** Starts it on SQLite, or where `STORE_URL` says; on the servers' core, unless others are named. */
export async function startLatchkey(
  environment: Readonly<Record<string, string>> = {},
  cores = SERVER_CORE,
  { isDurable } = { isDurable: true },
): Promise<Latchkey> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
  const program = await (isDurable ? makeProgram('dist') : makeProgramWithoutDurability());
  const server = await startServerProcess({
    args: [program, 'serve'],
    ...{ folder, cores },
    environment: {
      LATCHKEY_SECRET: randomBytes(32).toString('base64'),
      PUBLIC_URL: 'https://auth.example.com',
      SMTP_URL: await mailSink(),
      ADMIN_EMAIL: ADMINISTRATOR.email,
      ADMIN_PASSWORD: ADMINISTRATOR.password,
      ...environment,
    },
  });
  const response = await fetch(`${server.origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: SIGN_IN, variables: { input: ADMINISTRATOR } }),
  });
  const { data } = (await response.json()) as { readonly data: { readonly signIn: { readonly accessToken: string } } };
  return {
    ...server,
    accessToken: data.signIn.accessToken,
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
