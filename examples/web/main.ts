/** The session server with the newspaper's own fields, and Vite before it: `npm run example:web`. */
import { createServer as createViteServer } from 'vite';
import { ACCOUNTS, addAccounts, ADMIN_ENV } from './server/accounts.js';
import { startNewspaper } from './server/newspaper.js';
import { createConfig } from './vite.config.js';

const port = Number(process.env['PORT'] ?? 5173);
const url = `http://localhost:${port}`;
const newspaper = await startNewspaper({
  port: Number(process.env['API_PORT'] ?? 4000),
  env: { STORE_URL: 'file:./data/newspaper.db', ...ADMIN_ENV, ...process.env, PUBLIC_URL: url },
});
await addAccounts(newspaper.origin);

const vite = await createViteServer({ ...createConfig(newspaper.origin), configFile: false, logLevel: 'warn' });
vite.config.server.port = port;
await vite.listen(port);
console.log(`the newspaper is at ${url}`);
for (const { email, password, role } of ACCOUNTS) console.log(`  ${role.padEnd(6)} ${email}  ${password}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void Promise.all([vite.close(), newspaper.close()]).then(() => process.exit(0)));
}
