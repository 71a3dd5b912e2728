/** Languages of blocks, and what a block of each is held to. */
export const KINDS = {
  ts: 'types',
  tsx: 'types',
  graphql: 'schema',
  sh: 'run',
  json: 'parsed',
  jsonl: 'parsed',
  yaml: 'parsed',
  mermaid: 'diagram',
  // What comes out of a program, and what only another product can read.
  text: 'not tried',
  diff: 'not tried',
  http: 'not tried',
  // What stands in a file `.env`.
  ini: 'configuration',
  nginx: 'not tried',
} as const;

/** Words that may stand behind a language. */
export const WORDS = ['file', 'needs'];

/** What no test here has, so that shell blocks that need it are read and not run. MongoDB is had by most. */
export const SHELL_NEEDS = ['docker', 'kubernetes', 'mongo-tools', 'foreign', 'mongodb'];

/** Packages that documents name and that are not installed here: `foreign.d.ts` declares what is used of them. */
export const FOREIGN_PACKAGES = [
  ...['@graphql-codegen/cli', 'better-auth', 'connect-mongo', 'express-session', 'next', 'supertokens-node'],
];
