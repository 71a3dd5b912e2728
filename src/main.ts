#!/usr/bin/env node
import type { Logger } from 'pino';
import { createApp, type App } from './app.js';
import { withSigningKeys, withStores } from './app-commands.js';
import { parseKeysCommand, runKeysCommand } from './cli/keys.js';
import { parseSchemaCommand, runSchemaCommand } from './cli/schema.js';
import { UsageError } from './cli/usage-error.js';
import { parseUserCommand, runUserCommand } from './cli/user.js';
import { ConfigurationError, readConfig, readProcessEnvironment } from './config.js';
import { AuthError } from './domain/errors.js';
import { describeSchema } from './graphql/schema-report.js';
import { createLog } from './log.js';

const HELP = `latchkey: the session server for GraphQL on MongoDB

Usage: latchkey serve
       latchkey keys list|rotate|reencrypt [--json]
       latchkey user import FILE|- [--json]
       latchkey user export [FILE] [--json]
       latchkey schema print|check [FILE…] [--json]

Commands:
  serve                     start the server (also without a command)
  keys list                 show the signing keys of the store
  keys rotate [--revoke]    let the next key sign at once; with --revoke, for a key that leaked, refuse
                            what every key so far has signed: clients refresh, nobody is signed out
  keys reencrypt            encrypt the signing keys under the first LATCHKEY_SECRET
  user import FILE          add the users of a file of NDJSON, a user a line; who is there already is left alone,
                            so that it can be run again; bad lines are reported by number, and the rest goes on
  user export [FILE]        write every user with their password hash, in the form that import takes
  schema print [FILE…]      print Latchkey's schema, with these files of SDL merged into it
  schema check [FILE…]      list each field with who may have it, those that nothing protects, and what would
                            stop the start; with --fail-on unprotected, those that nothing protects fail too

Commands on keys and users go beside running servers; --json prints one line of JSON.
It is configured by environment variables, or a file .env in the current folder; the README
lists them. Exit codes: 0 stopped or done, 1 a check failed, 64 usage, 69 store or port not to be had, 78 configuration.
`;

/** As in sysexits.h. */
const EXIT = { usage: 64, unavailable: 69, configuration: 78 } as const;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Runs the server until a signal stops it, be it while it starts. */
async function serve(): Promise<void> {
  const config = readConfig(readProcessEnvironment());
  const log = createLog(config);
  let app: App | null = null;
  const signals = stopOnSignals(log, async () => app?.close());
  try {
    app = await createApp(config, { log });
    const url = await app.listen();
    if (signals.isStopping()) return;
    if (app.setUpCode !== null) say(`latchkey set-up code: ${app.setUpCode}`);
    process.stdout.write(`latchkey ready at ${url}\n`);
  } catch (error) {
    // A server that is closed while it begins to listen fails at that, and the signal has said how this ends.
    if (!signals.isStopping()) throw error;
  }
}

/** Runs a command on the store's signing keys. */
async function manageKeys(args: readonly string[]): Promise<void> {
  const command = parseKeysCommand(args);
  const config = readConfig(readProcessEnvironment());
  const text = await withSigningKeys(config, createLog(config), (keys) => runKeysCommand(command, keys));
  process.stdout.write(text);
}

/** Runs a command on the store's users. */
async function manageUsers(args: readonly string[]): Promise<void> {
  const command = parseUserCommand(args);
  const config = readConfig(readProcessEnvironment());
  const { text, exitCode } = await withStores(config, (stores) => runUserCommand(command, stores));
  process.stdout.write(text);
  process.exitCode = exitCode;
}

/** Looks at a schema; needs neither configuration nor store. */
async function inspectSchema(args: readonly string[]): Promise<void> {
  const { text, exitCode } = await runSchemaCommand(parseSchemaCommand(args), describeSchema);
  process.stdout.write(text);
  process.exitCode = exitCode;
}

/** Once a signal comes, closes what is open, and exits with 0. */
function stopOnSignals(log: Logger, close: () => Promise<void>): { readonly isStopping: () => boolean } {
  let isStopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    log.info({ signal }, 'stopping');
    await close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => void stop(signal));
  return { isStopping: () => isStopping };
}

/** Says in a line what kept the command from its end, where it is something that an operator can mend. */
function explain(error: unknown): number {
  if (error instanceof UsageError) {
    say(`latchkey: ${error.message}\n\n${HELP}`);
    return EXIT.usage;
  }
  if (error instanceof ConfigurationError) {
    say(`latchkey: ${error.message}`);
    return EXIT.configuration;
  }
  if (error instanceof AuthError && error.code === 'SERVICE_UNAVAILABLE') {
    const cause = error.cause instanceof Error ? error.cause.message : 'no answer';
    say(`latchkey: the store of STORE_URL cannot be reached: ${cause}`);
    return EXIT.unavailable;
  }
  if (error instanceof Error && 'syscall' in error && /^(read|write)$/.test(String(error.syscall))) {
    // Whoever read what we print has seen enough, or a disk is full or broken.
    if (!('code' in error && error.code === 'EPIPE')) say(`latchkey: ${error.message}`);
    return EXIT.unavailable;
  }
  if (error instanceof Error && 'syscall' in error && /^(listen|getaddrinfo)$/.test(String(error.syscall))) {
    say(`latchkey: cannot listen: ${error.message}`);
    return EXIT.unavailable;
  }
  throw error;
}

/** Runs the command that the arguments name. */
async function run([command = 'serve', ...others]: readonly string[]): Promise<void> {
  if (['--help', '-h', 'help'].includes(command)) {
    process.stdout.write(HELP);
    return;
  }
  if (command === 'serve' && others.length === 0) return serve();
  if (command === 'keys') return manageKeys(others);
  if (command === 'user') return manageUsers(others);
  if (command === 'schema') return inspectSchema(others);
  throw new UsageError(`no such command: ${[command, ...others].join(' ')}`);
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  process.exit(explain(error));
}
