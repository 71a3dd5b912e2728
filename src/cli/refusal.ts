import { ConfigurationError } from '../config.js';
import { AuthError } from '../domain/errors.js';
import { COMMANDS, isCommandName } from './commands.js';
import { EXIT, exitCodeOfSignal } from './exit-codes.js';
import { UsageError } from './usage-error.js';

const pointToHelp = (command: string): string =>
  isCommandName(command) ? `See latchkey ${command} --help.` : 'See latchkey --help.';

/** What kept a command from its end, where it is something that an operator can mend. */
export interface Refusal {
  readonly exitCode: number;
  /** For programs: that of GraphQL or of the doctor, or else the system's. */
  readonly code: string;
  readonly message: string;
  /** How it is told to people, where it is not the message alone; empty: not at all. */
  readonly text?: string;
  /** Whether it is told by text alone, also where JSON was asked for. */
  readonly isText?: boolean;
}

/**
 * What an error comes to for whoever gave these arguments; `null`: nobody has foreseen it.
 */
export function refusalOf(error: unknown, [command = '']: readonly string[]): Refusal | null {
  if (error instanceof UsageError) {
    const { message } = error;
    const text = `${message}\n${pointToHelp(command)}`;
    return { exitCode: EXIT.usage, code: 'USAGE', message, text, isText: true };
  }
  if (error instanceof ConfigurationError) {
    return { exitCode: EXIT.configuration, code: 'CONFIGURATION_WRONG', message: error.message };
  }
  if (error instanceof AuthError && error.code === 'SERVICE_UNAVAILABLE') {
    const cause = error.cause instanceof Error ? error.cause.message : 'no answer';
    const message = `the store of STORE_URL cannot be reached: ${cause}`;
    return { exitCode: EXIT.unavailable, code: error.code, message };
  }
  if (error instanceof AuthError && error.code !== 'INTERNAL_SERVER_ERROR') {
    const { code, message } = error;
    return { exitCode: EXIT.refused, code, message, text: `${code}: ${message}` };
  }
  return error instanceof Error && 'syscall' in error ? systemRefusalOf(error) : null;
}

function systemRefusalOf(error: Error & { readonly syscall: unknown; readonly code?: unknown }): Refusal | null {
  const { message } = error;
  const [code, call] = [String(error.code), String(error.syscall)];
  // Whoever read what we print has seen enough: Node lets the signal by that ends other programs.
  if (code === 'EPIPE') return { exitCode: exitCodeOfSignal('SIGPIPE'), code, message, text: '', isText: true };
  if (call === 'write') return { exitCode: EXIT.unavailable, code, message, isText: true };
  if (call === 'read') return { exitCode: EXIT.unavailable, code, message };
  if (!['listen', 'getaddrinfo'].includes(call)) return null;
  return { exitCode: EXIT.unavailable, code, message: `cannot listen: ${message}` };
}

/** Whether the arguments ask for JSON of a command that has it. */
export const asksForJson = ([command, ...others]: readonly string[]): boolean =>
  COMMANDS.some(({ name, takesJson }) => name === command && takesJson) &&
  others.slice(0, others.includes('--') ? others.indexOf('--') : undefined).includes('--json');
