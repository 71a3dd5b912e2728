import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS, type CommandDescription } from '../../../src/cli/commands.js';
import { variables } from '../../../src/config-variables.js';
import { ROOT, type MarkdownDocument, type Piece } from './documents.js';

/** What the configuration reads from the environment. */
export const CONFIGURATION: readonly string[] = Object.keys(variables.shape);

/** Names of other products and of a document's own shell, which documents may speak of. */
const FOREIGN_NAMES: readonly string[] = ['BACKUP_URI', 'RESTORE_URI', 'SPARE_URI'];

/** Where a name of ours has to occur to be one. */
const SOURCES = [
  ...['src', 'schema', 'test', 'bench', 'examples', 'deploy', '.ci/run', 'Dockerfile', 'docker-compose.yml'],
  ...['codegen.ts', 'package.json', '.env.example'],
];

const NAME = /(?<![\w$])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?!\w)|(?<![\w$-])[A-Z][A-Z0-9]+(?==)/g;

const namesIn = (text: string): string[] => text.match(NAME) ?? [];

let known: ReadonlySet<string> | null = null;

/** Every name in capitals that the code has, the tests of documents left out. */
function knownNames(): ReadonlySet<string> {
  if (known !== null) return known;
  const files = SOURCES.flatMap((source) => {
    const path = join(ROOT, source);
    if (!statSync(path).isDirectory()) return [path];
    const inside = readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => join(path, name));
    return inside.filter(
      (file) => /\.(tsx?|m?js|json|graphql|ya?ml|conf)$/.test(file) && !/test.docs|node_modules/.test(file),
    );
  });
  const words = files.flatMap((file) => readFileSync(file, 'utf8').match(/(?<![\w$])[A-Z][A-Z0-9_]+(?!\w)/g) ?? []);
  known = new Set([...words, ...CONFIGURATION, ...FOREIGN_NAMES]);
  return known;
}

/** A command line that sets variables for a program of ours. */
const SET_FOR_US = /^\s*((?:[A-Z][A-Z0-9_]*=(?:'[^']*'|"[^"]*"|\S*) +)+)(?:npm start|(?:npx )?latchkey\b)/gm;

/** Names in capitals that a document tells, and nothing of ours knows. */
export function nameFaults({ path, inlineCode, blocks }: MarkdownDocument): string[] {
  const unknown = inlineCode.flatMap(({ line, text }) =>
    namesIn(text)
      .filter((name) => !knownNames().has(name))
      .map((name) => `${path}:${line}: ${name} is no name of ours`),
  );
  const set = blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(({ line, text }) =>
      [...text.matchAll(SET_FOR_US)]
        .flatMap(([, names = '']) => names.match(/(?<![\w'"$])[A-Z][A-Z0-9_]*(?==)/g) ?? [])
        .filter((name) => !CONFIGURATION.includes(name))
        .map((name) => `${path}:${line}: ${name} is no variable of the configuration`),
    );
  return [...unknown, ...set];
}

/** Lines of the program, in place of commands. */
const OUTPUT = /^(ready at|set-up code)/;

const COMMAND = /(?:^|[|&;(]\s*|\bexec +(?:-\S+ +)*\S+ +|^.*=\S+ +)(?:npx )?latchkey +([^|;&)#\n]+)/gm;

/** What the command line would not know of the commands that a document tells; those of blocks are run where they can be. */
export function commandFaults({ path, inlineCode, blocks }: MarkdownDocument): string[] {
  const shell = blocks.filter(({ language }) => language === 'sh');
  return [...inlineCode, ...shell].flatMap(({ line, text }: Piece) =>
    [...text.matchAll(COMMAND)]
      .map(([, command = '']) => command.trim())
      .filter((command) => !OUTPUT.test(command))
      .flatMap((command) => faultOf(command) ?? [])
      .map((fault) => `${path}:${line}: ${fault}`),
  );
}

function faultOf(command: string): string | null {
  const [name = '', ...others] = command.split(/\s+/);
  if (name.startsWith('-') || /^[A-Z…]/.test(name)) return null;
  const described: CommandDescription | undefined = COMMANDS.find((each) => each.name === name);
  if (described === undefined) return `there is no command ${JSON.stringify(name)}`;
  const acts = described.forms.flatMap((form) => /^[a-z]+/.exec(form) ?? []);
  const [act = ''] = others;
  if (acts.length > 0 && /^[a-z]/.test(act) && !acts.includes(act)) return `${name} has no act ${JSON.stringify(act)}`;
  const forms = described.forms.filter((form) => !acts.includes(act) || form.split(' ', 1)[0] === act);
  const options = new Set(['--help', '-h', '--', ...forms.flatMap((form) => form.match(/--[a-z-]+/g) ?? [])]);
  if (described.takesJson) options.add('--json');
  const stray = others
    .map((word) => word.split('=', 1)[0] ?? '')
    .find((word) => /^-./.test(word) && !options.has(word));
  return stray === undefined ? null : `${name} ${act} has no option ${stray}`;
}
