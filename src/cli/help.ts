const GENERAL = `latchkey: the session server for GraphQL on MongoDB

Usage: latchkey serve                 start the server (also without a command)
       latchkey user ACT …            accounts: create, list, show, ban, unban, grant, withdraw, delete, import, export
       latchkey session ACT …         sessions: list, revoke
       latchkey keys ACT …            signing keys: list, rotate, reencrypt
       latchkey schema ACT …          the GraphQL schema: print, check
       latchkey COMMAND --help        more about one of them, with examples

Commands go beside running servers. With --json, what a command answers is one line of JSON on standard output.
It is configured by environment variables, or a file .env in the current folder; the README
lists them. Exit codes: 0 stopped or done, 1 refused, or a check failed, 64 usage, 69 store or port not to be had,
78 configuration.
`;

const USER = `Accounts. Running servers refuse at once what a command ends; the audit log hears of it, without an actor.

Usage: latchkey user create EMAIL [--role ROLE]… [--verified] [--no-password]
       latchkey user list [--email PART] [--role ROLE] [--banned] [--created-after TIME] [--created-before TIME]
                          [--limit N] [--after USER]
       latchkey user show USER
       latchkey user ban USER [--reason TEXT] [--public-reason TEXT] [--until TIME]
       latchkey user unban USER
       latchkey user grant USER ROLE
       latchkey user withdraw USER ROLE
       latchkey user delete USER --yes
       latchkey user import FILE|-
       latchkey user export [FILE]

USER is an id or an e-mail address, id:ID where it may be both; TIME a day or a time, such as 2030-01-31 or
2030-01-31T12:00:00Z. All take --json. An id of yours that begins with a hyphen comes behind --.

  create      The password is asked for, or is the first line of standard input: never an argument. --no-password: none,
              until the user asks for a reset. --verified: mail to the address is known to arrive.
  list        Oldest first, 50 at most, or --limit; --after goes on behind a user.
  ban         Every session ends. The reason is for administrators and moderators, the public one for the user. Without
              --until it holds for good. Again, it replaces the ban before.
  delete      Nothing that tells who it was stays, but for the audit log, which has the id. The last administrator stays.
  import      Adds the users of a file of NDJSON, a user a line. Who is there already is left alone, so that it can be
              run again; bad lines are reported by number, and the rest goes on. docs/import.md describes the lines.
  export      Every user with the hash of their password, as import takes them; into a file of mode 600.

Examples:
  latchkey user create ann@example.com --role ADMIN
  printf '%s\\n' "$PASSWORD" | latchkey user create bob@example.com --verified --json
  latchkey user ban bob@example.com --reason 'spam in #general' --public-reason Spam --until 2030-01-31
  latchkey user list --banned --json
  latchkey user export users.ndjson && STORE_URL=mongodb://localhost/app latchkey user import users.ndjson
`;

const SESSION = `Sessions. Running servers refuse at once what a command ends; the audit log hears of it, without an actor.

Usage: latchkey session list USER
       latchkey session revoke SESSION
       latchkey session revoke --user USER
       latchkey session revoke --all

USER is an id or an e-mail address; SESSION an id, as the list shows them. All take --json.
An id of yours that begins with a hyphen comes behind --, or as --user=ID.

  list           The live sessions of a user, the one used last first.
  revoke         Ends one session, those of a user, or with --all everybody's: to be run when the store was restored
                 from a backup, since it then knows nothing of what was revoked after that.

Examples:
  latchkey session list ann@example.com
  latchkey session revoke --user ann@example.com
`;

const KEYS = `Signing keys, beside running servers.

Usage: latchkey keys list [--json]
       latchkey keys rotate [--revoke] [--json]
       latchkey keys reencrypt [--json]

  list                 Show the signing keys of the store.
  rotate [--revoke]    Let the next key sign at once; with --revoke, for a key that leaked, refuse what every key so far
                       has signed: clients refresh, nobody is signed out.
  reencrypt            Encrypt the signing keys under the first LATCHKEY_SECRET.
`;

const SCHEMA = `The GraphQL schema. Needs neither configuration nor store.

Usage: latchkey schema print [FILE…]
       latchkey schema check [FILE…] [--fail-on unprotected] [--json]

  print      Print Latchkey's schema, with these files of SDL merged into it.
  check      List each field with who may have it, those that nothing protects, and what would stop the start; with
             --fail-on unprotected, those that nothing protects fail too.
`;

/** What there is to know about a command; without one, or for one that is not known, about all of them. */
export function helpFor(command: string | undefined): string {
  switch (command) {
    case 'user':
      return USER;
    case 'session':
      return SESSION;
    case 'keys':
      return KEYS;
    case 'schema':
      return SCHEMA;
    default:
      return GENERAL;
  }
}
