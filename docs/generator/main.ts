/**
 * The reference, from what is in the code: `npm run docs` writes `docs/reference` from `schema/*.graphql`, from the table of
 * commands and from the docstrings of what the package exports; `npm run docs:check` writes nothing and fails where a page
 * would differ.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, type FormatConfig } from 'oxfmt';
import { commandPage } from './commands.js';
import { graphqlPage } from './graphql.js';
import { libraryPages } from './library.js';

const FOLDER = join(import.meta.dirname, '../../docs/reference');

const pages = new Map<string, string>([
  ['graphql.md', graphqlPage()],
  ['commands.md', commandPage()],
  ...(await libraryPages()),
]);

const isCheck = process.argv.includes('--check');
const settings = JSON.parse(readFileSync(join(FOLDER, '../../.oxfmtrc.json'), 'utf8')) as FormatConfig;
mkdirSync(FOLDER, { recursive: true });
const before = new Map(readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')]));

function differ(name: string, act: () => void): void {
  if (!isCheck) {
    act();
    return;
  }
  process.stderr.write(`docs/reference/${name} is not that of the code: run \`npm run docs\` and commit it\n`);
  process.exitCode = 1;
}

for (const [name, text] of pages) {
  const { code: formatted } = await format(name, text, settings);
  if (before.get(name) !== formatted) differ(name, () => writeFileSync(join(FOLDER, name), formatted));
}
for (const name of before.keys()) {
  if (!pages.has(name)) differ(name, () => rmSync(join(FOLDER, name)));
}
