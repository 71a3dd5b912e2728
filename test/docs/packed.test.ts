import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { listDocuments, parseDocument, ROOT, type MarkdownDocument } from './support/documents.js';

/** What the package has, by the paths that npm would pack; what is compiled may be missing here, and no document links to it. */
let packed: readonly string[];
beforeAll(() => {
  const words = ['pack', '--dry-run', '--json', '--ignore-scripts', '--offline'];
  const answer = execFileSync('npm', words, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const [{ files }] = JSON.parse(answer) as [{ readonly files: readonly { readonly path: string }[] }];
  packed = files.map(({ path }) => path);
});

const isPacked = (target: string): boolean =>
  packed.includes(target) || packed.some((path) => path.startsWith(`${target.replace(/\/$/, '')}/`));

/** Links to files that whoever has the package has not. */
function strayLinks({ path, links }: MarkdownDocument): string[] {
  return links
    .filter(({ text }) => !/^(?:[a-z][a-z0-9+.-]*:|#)/i.test(text))
    .map(({ line, text }) => ({ line, target: join(dirname(path), decodeURI(text.split('#')[0] ?? '')) }))
    .filter(({ target }) => !isPacked(target))
    .map(({ line, target }) => `${path}:${line}: ${target} is not in the package`);
}

test('no link of a document in the package leads out of it', () => {
  const documents = listDocuments().filter(({ path }) => packed.includes(path));
  const paths = documents.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining(['README.md', 'SECURITY.md', 'docs/backup.md', 'examples/web/README.md']),
  );
  expect(documents.flatMap(strayLinks)).toEqual([]);
});

test('a link that does would be found, also one to a folder or a picture', () => {
  const document = parseDocument(
    'docs/example.md',
    '[a](../src/main.ts) [b](../test) ![c](none.png) [d](mail.md) [e](../deploy)',
  );
  expect(strayLinks(document)).toHaveLength(3);
});
