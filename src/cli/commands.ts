/** A command as people and shells are told of it. What it does stands in `main.ts`, under the same name. */
export interface CommandDescription {
  readonly name: string;
  /** Its acts in short, for the list of commands. */
  readonly acts: string;
  readonly summary: string;
  /** A line or two above its usage. */
  readonly about: string;
  /**
   * What may stand behind its name, a way of use each. In capitals is what the user puts there, in brackets what may be
   * left out; the completion of shells is read from it too.
   */
  readonly forms: readonly string[];
  /** Every form takes `--json`, whether or not it says so. */
  readonly takesJson: boolean;
  /** What there is to know besides; empty: nothing. */
  readonly details: string;
}

const SERVE = {
  name: 'serve',
  acts: '',
  summary: 'start the server (also without a command)',
  about: 'Starts the server, which runs until SIGTERM or SIGINT: then it finishes what runs, and exits with 0.',
  forms: [''],
  takesJson: false,
  details: `It makes what its store lacks, and its first signing keys. At a first start it prints a set-up code on standard error:
who signs up with it becomes the first administrator.

Examples:
  latchkey serve
  PORT=8080 PUBLIC_URL=https://auth.example.com STORE_URL=mongodb://localhost/app latchkey serve
`,
} as const satisfies CommandDescription;

const USER = {
  name: 'user',
  acts: 'ACT …',
  summary: 'accounts: create, list, show, ban, unban, grant, withdraw, delete, import, export',
  about: 'Accounts. Running servers refuse at once what a command ends; the audit log hears of it, without an actor.',
  forms: [
    'create EMAIL [--role ROLE]… [--verified] [--no-password]',
    'list [--email PART] [--role ROLE] [--banned] [--created-after TIME] [--created-before TIME] [--limit N] [--after USER]',
    'show USER',
    'ban USER [--reason TEXT] [--public-reason TEXT] [--until TIME]',
    'unban USER',
    'grant USER ROLE',
    'withdraw USER ROLE',
    'delete USER --yes',
    'import FILE|-',
    'export [FILE]',
  ],
  takesJson: true,
  details: `Where there is no store, create and import make one; the others say so, and exit with 69.
USER is an id or an e-mail address, id:ID where it may be both; TIME a day or a time, such as 2030-01-31 or
2030-01-31T12:00:00Z. All take --json. An id of yours that begins with a hyphen comes behind --.

  create      The password is asked for, or is the first line of standard input: never an argument. --no-password: none,
              until the user asks for a reset. --verified: mail to the address is known to arrive.
  list        Oldest first, 50 at most, or --limit; --after goes on behind a user.
  ban         Every session ends. The reason is for administrators and moderators, the public one for the user. Without
              --until it holds for good. Again, it replaces the ban before.
  delete      Nothing that tells who it was stays, but for the audit log, which has the id. The last administrator
              stays.
  import      Adds the users of a file of NDJSON, a user a line. Who is there already is left alone, so that it can be
              run again; bad lines are reported by number, and the rest goes on. docs/import.md describes the lines.
  export      Every user with the hash of their password, as import takes them; into a file of mode 600.

Examples:
  latchkey user create ann@example.com --role ADMIN
  printf '%s\\n' "$PASSWORD" | latchkey user create bob@example.com --verified --json
  latchkey user ban bob@example.com --reason 'spam in #general' --public-reason Spam --until 2030-01-31
  latchkey user list --banned --json
  latchkey user export users.ndjson && STORE_URL=mongodb://localhost/app latchkey user import users.ndjson
`,
} as const satisfies CommandDescription;

const SESSION = {
  name: 'session',
  acts: 'ACT …',
  summary: 'sessions: list, revoke',
  about: 'Sessions. Running servers refuse at once what a command ends; the audit log hears of it, without an actor.',
  forms: ['list USER', 'revoke SESSION', 'revoke --user USER', 'revoke --all'],
  takesJson: true,
  details: `USER is an id or an e-mail address; SESSION an id, as the list shows them. All take --json.
An id of yours that begins with a hyphen comes behind --, or as --user=ID.

  list           The live sessions of a user, the one used last first.
  revoke         Ends one session, those of a user, or with --all everybody's: to be run when the store was restored
                 from a backup, since it then knows nothing of what was revoked after that.

Examples:
  latchkey session list ann@example.com
  latchkey session revoke --user ann@example.com
`,
} as const satisfies CommandDescription;

const KEYS = {
  name: 'keys',
  acts: 'ACT …',
  summary: 'signing keys: list, rotate, reencrypt',
  about: 'Signing keys, beside running servers.',
  forms: ['list', 'rotate [--revoke]', 'reencrypt'],
  takesJson: true,
  details: `All take --json.

  list                 Show the signing keys of the store.
  rotate [--revoke]    Let the next key sign at once; with --revoke, for a key that leaked, refuse what every key so far
                       has signed: clients refresh, nobody is signed out.
  reencrypt            Encrypt the signing keys under the first LATCHKEY_SECRET.

Examples:
  latchkey keys list --json
  LATCHKEY_SECRET="$NEW,$OLD" latchkey keys reencrypt
`,
} as const satisfies CommandDescription;

const SCHEMA = {
  name: 'schema',
  acts: 'ACT …',
  summary: 'the GraphQL schema: print, check',
  about: 'The GraphQL schema. Needs neither configuration nor store.',
  forms: ['print [FILE…]', 'check [FILE…] [--fail-on unprotected]'],
  takesJson: true,
  details: `Both take --json.

  print      Print Latchkey's schema, with these files of SDL merged into it.
  check      List each field with who may have it, those that nothing protects, and what would stop the start; with
             --fail-on unprotected, those that nothing protects fail too.

Examples:
  latchkey schema print > schema.graphql
  latchkey schema check blog.graphql --fail-on unprotected
`,
} as const satisfies CommandDescription;

const DOCTOR = {
  name: 'doctor',
  acts: '',
  summary: 'look for what is wrong, and how to mend it',
  about:
    'Looks at the configuration, the store and what is in it, and changes nothing. What it finds comes with its cure.',
  forms: ['[--json]'],
  takesJson: true,
  details: `It looks at: configuration, with what it names: trusted documents, the administrator to be made, HOST, the mail
server; strength of secrets, cookies that browsers would refuse, trusted proxies; the database with its version, members
and write concern, or the file with its damage; indexes, there and used; clocks; signing keys and their age.

Exit codes: 0 healthy, warnings or not; 1 something is to be mended; 69 the store cannot be reached; 78 configuration.

  --json     One line: {"healthy":…,"findings":[{"level":"error","area":…,"code":…,"message":…,"cure":…}]}

Examples:
  latchkey doctor
  latchkey doctor --json | jq -r '.findings[] | select(.level != "ok") | .code'
`,
} as const satisfies CommandDescription;

const MIGRATE = {
  name: 'migrate',
  acts: '',
  summary: 'bring the store up to date',
  about:
    'Brings the store up to date, beside running servers: tables, collections, indexes. A server that starts does the same.',
  forms: ['[--check] [--json]'],
  takesJson: true,
  details: `Done twice, or by several at once, it comes to the same. A store that a newer Latchkey made is refused and left as it
is, by this command and by every other: exit code 78.

  --check    Change nothing: exit code 1 where there is something to do, 0 where there is not.

Examples:
  latchkey migrate && latchkey serve
  latchkey migrate --check --json
`,
} as const satisfies CommandDescription;

const COMPLETION = {
  name: 'completion',
  acts: 'SHELL',
  summary: 'completion for a shell: bash, zsh, fish',
  about: 'Prints what makes a shell complete commands and options of latchkey.',
  forms: ['bash', 'zsh', 'fish'],
  takesJson: false,
  details: `It holds for a latchkey on the PATH, as npm install --global makes it, or PATH="$PWD/node_modules/.bin:$PATH".

  bash    source <(latchkey completion bash)         in ~/.bashrc
  zsh     source <(latchkey completion zsh)          in ~/.zshrc, behind compinit
  fish    latchkey completion fish | source          in ~/.config/fish/config.fish
`,
} as const satisfies CommandDescription;

/** Every command, in the order of the help. The next one is a row here, and a row in `main.ts`. */
export const COMMANDS = [SERVE, USER, SESSION, KEYS, SCHEMA, DOCTOR, MIGRATE, COMPLETION] as const;

export type CommandName = (typeof COMMANDS)[number]['name'];

export const isCommandName = (text: string): text is CommandName => COMMANDS.some(({ name }) => name === text);
