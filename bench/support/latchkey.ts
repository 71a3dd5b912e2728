import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleProgram } from '../../deploy/bundle.js';
import { SERVER_CORE } from './cores.js';
import { startServerProcess, type ServerProcess } from './server-process.js';

/** Latchkey as it is published, with an administrator who is signed in. */
export interface Latchkey extends ServerProcess {
  readonly accessToken: string;
}

const ADMINISTRATOR = { email: 'admin@example.com', password: 'correct horse battery' };
const SIGN_IN = 'mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }';

/** Starts it on SQLite, or where `STORE_URL` says; on the servers' core, unless others are named. */
export async function startLatchkey(
  environment: Readonly<Record<string, string>> = {},
  cores = SERVER_CORE,
): Promise<Latchkey> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
  await bundleProgram('dist');
  const server = await startServerProcess({
    args: [join(import.meta.dirname, '../../dist/main.js'), 'serve'],
    ...{ folder, cores },
    environment: {
      LATCHKEY_SECRET: randomBytes(32).toString('base64'),
      PUBLIC_URL: 'https://auth.example.com',
      SMTP_URL: 'smtp://127.0.0.1:1',
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
