import { COMMANDS, type CommandDescription } from './commands.js';
import { UsageError } from './usage-error.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof SHELLS)[number];

/**
 * Reads what stands behind `latchkey completion`.
 *
 * @throws UsageError
 */
export function parseCompletionCommand(args: readonly string[]): Shell {
  const [shell, ...others] = args;
  const found = SHELLS.find((name) => name === shell);
  if (found === undefined || others.length > 0) throw new UsageError(`completion: needs one of ${SHELLS.join(', ')}`);
  return found;
}

/** The script that makes this shell complete commands, acts and options: from the table that the help is made of. */
export function completionFor(shell: Shell): string {
  switch (shell) {
    case 'bash':
      return bashCompletion();
    case 'zsh':
      return zshCompletion();
    case 'fish':
      return fishCompletion();
  }
}

/** What may come next behind some words: behind `latchkey`, `latchkey user`, `latchkey user ban`. */
interface Place {
  readonly path: string;
  readonly words: readonly string[];
  /** Whether a file may stand there too. */
  readonly takesFile: boolean;
}

const HELP = '--help';

const unique = (words: readonly string[]): string[] => [...new Set(words)];

const actsOf = ({ forms }: CommandDescription): string[] => unique(forms.flatMap((form) => /^[a-z]+/.exec(form) ?? []));

const formsOf = ({ forms }: CommandDescription, act: string): string[] =>
  forms.filter((form) => form.split(' ', 1)[0] === act);

const optionsOf = (form: string): string[] => form.match(/--[a-z-]+/g) ?? [];

function places(): Place[] {
  const top = { path: '', words: [...COMMANDS.map(({ name }) => name), HELP, '--version'], takesFile: false };
  return [top, ...COMMANDS.flatMap(placesOf)];
}

function placesOf(command: CommandDescription): Place[] {
  const { name, forms, takesJson } = command;
  const acts = actsOf(command);
  const common = takesJson ? ['--json', HELP] : [HELP];
  const own = forms.filter((form) => !/^[a-z]/.test(form)).flatMap(optionsOf);
  return [
    { path: name, words: unique([...acts, ...own, ...common]), takesFile: false },
    ...acts.map((act) => {
      const ways = formsOf(command, act);
      const words = unique([...ways.flatMap(optionsOf), ...common]);
      return { path: `${name} ${act}`, words, takesFile: ways.some((form) => form.includes('FILE')) };
    }),
  ];
}

/** By what values may follow, parted by spaces. */
function valuedOptions(): ReadonlyMap<string, readonly string[]> {
  const forms = COMMANDS.flatMap((command: CommandDescription) => command.forms);
  const found = forms.flatMap((form) => [...form.matchAll(/(--[a-z-]+) (?:[A-Z]+|([a-z]+))/g)]);
  const byValues = new Map<string, string[]>();
  for (const [, name = '', values = ''] of found) byValues.set(values, unique([...(byValues.get(values) ?? []), name]));
  return byValues;
}

const summaryOf = (word: string): string => COMMANDS.find(({ name }) => name === word)?.summary ?? '';

/** For bash from 3.2 on, as macOS has it. */
function bashCompletion(): string {
  const values = [...valuedOptions()].map(
    ([words, names]) => `    ${names.join(' | ')}) COMPREPLY=($(compgen -W '${words}' -- "$word")); return ;;`,
  );
  const cases = places().map(
    ({ path, words, takesFile }) => `    '${path}') words='${words.join(' ')}'${takesFile ? '; file=yes' : ''} ;;`,
  );
  return `# bash completion of latchkey: source <(latchkey completion bash)
_latchkey() {
  local word="\${COMP_WORDS[COMP_CWORD]}" path='' words='' file='' IFS=$' \\t\\n'
  COMPREPLY=()
  case "\${COMP_WORDS[COMP_CWORD-1]}" in
${values.join('\n')}
  esac
  if ((COMP_CWORD == 2)); then path="\${COMP_WORDS[1]}"; fi
  if ((COMP_CWORD > 2)); then path="\${COMP_WORDS[1]} \${COMP_WORDS[2]}"; fi
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  if [[ -n $file && $word != -* ]]; then
    compopt -o filenames 2>/dev/null
    IFS=$'\\n'
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -F _latchkey latchkey
`;
}

function zshCompletion(): string {
  const values = [...valuedOptions()].map(
    ([words, names]) => `    ${names.join(' | ')}) ${words === '' ? '' : `compadd -- ${words}; `}return ;;`,
  );
  const cases = places().map(
    ({ path, words, takesFile }) =>
      `    '${path}') offered=(${words.map((word) => described(word, path === '')).join(' ')})${takesFile ? '; _files' : ''} ;;`,
  );
  return `#compdef latchkey
# zsh completion of latchkey: source <(latchkey completion zsh)
_latchkey() {
  local place=''
  local -a offered
  case "$words[CURRENT-1]" in
${values.join('\n')}
  esac
  if ((CURRENT == 3)); then place="$words[2]"; fi
  if ((CURRENT > 3)); then place="$words[2] $words[3]"; fi
  case "$place" in
${cases.join('\n')}
  esac
  _describe -V latchkey offered
}
if [[ "$funcstack[1]" == _latchkey ]]; then _latchkey "$@"; else compdef _latchkey latchkey; fi
`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

const described = (word: string, isCommand: boolean): string =>
  quoted(isCommand && summaryOf(word) !== '' ? `${word}:${summaryOf(word).replaceAll(':', String.raw`\:`)}` : word);

function fishCompletion(): string {
  const valued = new Map([...valuedOptions()].flatMap(([values, names]) => names.map((name) => [name, values])));
  const lines = places().flatMap(({ path, words, takesFile }) => {
    const when = `complete -c latchkey -n ${quoted(`__latchkey_at ${path}`.trimEnd())}`;
    const offers = words.map((word) => {
      if (!word.startsWith('--')) return `${when} -a ${word}${path === '' ? ` -d ${quoted(summaryOf(word))}` : ''}`;
      const values = valued.get(word);
      return `${when} -l ${word.slice(2)}${values === undefined ? '' : ` -x -a ${quoted(values)}`}`;
    });
    return takesFile ? [...offers, `${when} -F`] : offers;
  });
  return `# fish completion of latchkey: latchkey completion fish | source
function __latchkey_at
    set -l before (commandline -opc)
    set -e before[1]
    test "$before[1..2]" = "$argv"
end
complete -c latchkey -f
${lines.join('\n')}
`;
}
