#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import type { App } from './app.js';
import { isCommandName, type CommandName } from './cli/commands.js';
import { helpFor } from './cli/help.js';
import { parseKeysCommand, runKeysCommand } from './cli/keys.js';
import { toJson, type CommandOutcome } from './cli/outcome.js';
import { expectFailingOutput, print } from './cli/output.js';
import { readNewPassword } from './cli/password-input.js';
import { asksForJson, refusalOf, type Refusal } from './cli/refusal.js';
import { parseSchemaCommand, runSchemaCommand } from './cli/schema.js';
import { parseSessionCommand, runSessionCommand } from './cli/session.js';
import { UsageError } from './cli/usage-error.js';
import { runUserCommand, type UserTools } from './cli/user.js';
import { parseUserCommand } from './cli/user-command.js';
import { readConfig, readProcessEnvironment } from './config.js';
import { createLog } from './log.js';
import { STOP_MS, stopOnSignals } from './signals.js';

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function answer({ text, exitCode }: CommandOutcome): Promise<void> {
  await print(text);
  process.exitCode = exitCode;
}

// What only one command needs is read by that command: another would wait half a second for it.

/** Runs the server until a signal stops it, be it while it starts. */
async function serve(args: readonly string[]): Promise<void> {
  if (args.length > 0) throw new UsageError(`serve: takes nothing, not ${args.join(' ')}`);
  // Garbage is collected when the heap has grown by half over what lives; left to itself, V8 lets it become four times that.
  setFlagsFromString('--heap-growing-percent=50');
  const config = readConfig(readProcessEnvironment());
  const log = createLog(config);
  let app: App | null = null;
  const mostMs = config.shutdownDelaySeconds * 1000 + STOP_MS;
  const signals = stopOnSignals({ log, close: async () => app?.close(), mostMs });
  try {
    const { createApp } = await import('./app.js');
    app = await createApp(config, { log });
    const url = await app.listen();
    if (signals.isStopping()) return;
    if (app.setUpCode !== null) say(`latchkey set-up code: ${app.setUpCode}`);
    await print(`latchkey ready at ${url}\n`);
  } catch (error) {
    // A server that is closed while it begins to listen fails at that, and the signal has said how this ends.
    if (!signals.isStopping()) throw error;
  }
}

/** Runs a command on the store's signing keys. */
async function manageKeys(args: readonly string[]): Promise<void> {
  const command = parseKeysCommand(args);
  const config = readConfig(readProcessEnvironment());
  const { withSigningKeys } = await import('./app-commands.js');
  const options = { config, log: createLog(config), makesStore: command.act === 'rotate' };
  await print(await withSigningKeys(options, (keys) => runKeysCommand(command, keys)));
}

/** Runs a command on the store's users, or on their sessions. */
async function manageUsers(makesStore: boolean, act: (tools: UserTools) => Promise<CommandOutcome>): Promise<void> {
  const config = readConfig(readProcessEnvironment());
  const { withAdministration } = await import('./app-commands.js');
  const readPassword = (): Promise<string> => readNewPassword(process.stdin);
  await answer(
    await withAdministration({ config, log: createLog(config), makesStore }, (tools) =>
      act({ ...tools, readPassword }),
    ),
  );
}

/** Looks at a schema; needs neither configuration nor store. */
async function inspectSchema(args: readonly string[]): Promise<void> {
  const command = parseSchemaCommand(args);
  const { describeSchema } = await import('./graphql/schema-report.js');
  await answer(await runSchemaCommand(command, describeSchema));
}

/** Looks for what is wrong. */
async function doctor(args: readonly string[]): Promise<void> {
  const { parseDoctorCommand, reportDiagnosis } = await import('./cli/doctor.js');
  const command = parseDoctorCommand(args);
  const { diagnose } = await import('./app-doctor.js');
  await answer(reportDiagnosis(command, await diagnose(() => readConfig(readProcessEnvironment()))));
}

/** Looks at the store's version, or brings it up to date. */
async function migrate(args: readonly string[]): Promise<void> {
  const { parseMigrateCommand, runMigrateCommand } = await import('./cli/migrate.js');
  const command = parseMigrateCommand(args);
  const config = readConfig(readProcessEnvironment());
  const { withMigrating } = await import('./app-commands.js');
  await answer(await withMigrating(config, (tools) => runMigrateCommand(command, tools)));
}

/** Prints what makes a shell complete commands. */
async function complete(args: readonly string[]): Promise<void> {
  const { completionFor, parseCompletionCommand } = await import('./cli/completion.js');
  await print(completionFor(parseCompletionCommand(args)));
}

/** What each command does with what stands behind it. */
const COMMANDS: Readonly<Record<CommandName, (args: readonly string[]) => Promise<void>>> = {
  serve,
  async user(args) {
    const command = parseUserCommand(args);
    await manageUsers(['create', 'import'].includes(command.act), (tools) => runUserCommand(command, tools));
  },
  async session(args) {
    const command = parseSessionCommand(args);
    await manageUsers(false, (tools) => runSessionCommand(command, tools));
  },
  keys: manageKeys,
  schema: inspectSchema,
  doctor,
  migrate,
  completion: complete,
};

/** Tells what kept the command from its end, in the way that was asked for. Answers the exit code. */
async function tell(
  { exitCode, code, message, text = message, isText = false }: Refusal,
  isJson: boolean,
): Promise<number> {
  // One that cannot be printed has its exit code.
  if (isJson && !isText) await print(toJson({ error: { code, message } })).catch(() => null);
  else if (text !== '') say(`latchkey: ${text}`);
  return exitCode;
}

const isHelp = (word: string): boolean => word === '--help' || word === '-h';

/** Of this package, which lies beside the program's folder. */
function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    readonly version: string;
  };
  return version;
}

/** Runs the command that the arguments name. */
async function run([command = 'serve', ...others]: readonly string[]): Promise<void> {
  if (['--version', '-V'].includes(command)) return print(`${readVersion()}\n`);
  const isHelpAsked = command === 'help' || [command, ...others].some(isHelp);
  const [name] = [command, ...others].filter((word) => word !== 'help' && !isHelp(word));
  if (isHelpAsked && name === undefined) return print(helpFor(undefined));
  if (name === undefined || !isCommandName(name)) {
    throw new UsageError(`no such command: ${[command, ...others].join(' ')}`);
  }
  return isHelpAsked ? print(helpFor(name)) : COMMANDS[name](others);
}

const given = process.argv.slice(2);
expectFailingOutput();
try {
  await run(given);
} catch (error) {
  const refusal = refusalOf(error, given);
  if (refusal === null) throw error;
  process.exit(await tell(refusal, asksForJson(given)));
}
