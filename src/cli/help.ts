import { COMMANDS, type CommandDescription } from './commands.js';
import { EXIT, EXIT_MEANINGS } from './exit-codes.js';

const WIDTH = 120;
const USAGE = 'Usage: ';

/** What there is to know about a command; without one, or for one that is not known, about all of them. */
export function helpFor(command: string | undefined): string {
  const described = COMMANDS.find(({ name }) => name === command);
  return described === undefined ? GENERAL : helpOf(described);
}

function helpOf({ name, about, forms, details }: CommandDescription): string {
  const lines = forms.flatMap((form) => wrapped(`latchkey ${name} ${form}`.trimEnd()));
  return [`${about}\n`, usage(lines), ...(details === '' ? [] : [details])].join('\n');
}

const usage = (lines: readonly string[]): string =>
  lines.map((line, index) => `${index === 0 ? USAGE : ' '.repeat(USAGE.length)}${line}\n`).join('');

/** The parts of a form, on as many lines as they need; an option stays with its value. */
function wrapped(form: string): string[] {
  const [start = '', ...parts] = form.split(/ (?=\[|--)/);
  const lines = [start];
  for (const part of parts) {
    const line = `${lines.at(-1)} ${part}`;
    if (USAGE.length + line.length <= WIDTH) lines[lines.length - 1] = line;
    else lines.push(`${' '.repeat(start.length)} ${part}`);
  }
  return lines;
}

function commandList(): string {
  const rows = [
    ...COMMANDS.map(({ name, acts, summary }) => [`latchkey ${name} ${acts}`.trimEnd(), summary] as const),
    ['latchkey COMMAND --help', 'more about one of them, with examples'] as const,
    ['latchkey --version', 'the version'] as const,
  ];
  const width = Math.max(...rows.map(([left]) => left.length)) + 4;
  return usage(rows.map(([left, right]) => `${left.padEnd(width)}${right}`));
}

const exitCodes = (): string =>
  (Object.keys(EXIT) as (keyof typeof EXIT)[]).map((name) => `${EXIT[name]} ${EXIT_MEANINGS[name]}`).join(', ');

const GENERAL = `latchkey: the session server for GraphQL on MongoDB

${commandList()}
Commands go beside running servers. With --json, what a command answers is one line of JSON on standard output, a
refusal too: {"error":{"code":…,"message":…}}; but wrong usage is told by text on standard error.
It is configured by environment variables, or a file .env in the current folder; docs/configuration.md lists them.
Exit codes: ${exitCodes()}.
`;
