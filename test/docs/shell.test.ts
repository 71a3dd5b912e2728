import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildProgram, type Program } from '../process/support/program.js';
import { mongoUri } from '../support/mongo.js';
import { createBackend } from '../support/stores.js';
import { listDocuments, parseDocument, type Block, type MarkdownDocument } from './support/documents.js';
import { linkPackages, runShell, type ShellOutcome } from './support/shell.js';

/** Whose blocks have a test of their own, which looks at what comes of them too. */
const TRIED_ELSEWHERE = ['docs/backup.md'];

/** What no answer to a request of a document may say: then the document is wrong, or we are. */
const WRONG_ANSWER = /"code":"(INTERNAL_SERVER_ERROR|GRAPHQL_\w+|BAD_REQUEST|CSRF_BLOCKED)"/;

const isRun = ({ language, words }: Block): boolean => language === 'sh' && (words['needs'] ?? 'mongodb') === 'mongodb';

let program: Program;
let modules: string;
beforeAll(async () => {
  program = await buildProgram({ withLibrary: true });
  modules = join(mkdtempSync(join(tmpdir(), 'latchkey-modules-')), 'node_modules');
  linkPackages(modules, program.folder);
});
afterAll(() => {
  rmSync(dirname(modules), { recursive: true, force: true });
  program.remove();
});

async function run({ blocks }: Pick<MarkdownDocument, 'blocks'>): Promise<ShellOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-document-'));
  const needsMongo = blocks.some(({ words }) => words['needs'] === 'mongodb') && mongoUri() !== undefined;
  const backend = needsMongo ? createBackend('MongoDB') : null;
  try {
    const relevant = blocks.filter(({ language, words }) => language === 'sh' || words['file'] !== undefined);
    return await runShell(relevant, { folder, program: program.folder, modules, mongoUrl: backend?.url ?? null });
  } finally {
    await backend?.destroy();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What went wrong, with all that was printed; null where all went well. */
function faultOf({ code, output, logged }: ShellOutcome): string | null {
  const isRight = code === 0 && !WRONG_ANSWER.test(output) && logged.length === 0;
  return isRight ? null : [`exit code ${code}`, output, ...logged].join('\n');
}

describe('the commands of', () => {
  const told = listDocuments().filter(({ path, blocks }) => !TRIED_ELSEWHERE.includes(path) && blocks.some(isRun));
  test.each(told.map((document) => [document.path, document] as const))(
    '%s do what they are there for',
    async (_path, document) => {
      expect(faultOf(await run(document))).toBeNull();
    },
  );
});

describe('what goes wrong in a document is told with its line:', () => {
  const document = (...lines: string[]) => parseDocument('example.md', ['# Example', ...lines].join('\n'));

  test('a command that fails', async () => {
    const { code, output } = await run(document('```sh', 'echo "$0"', '```', '```sh', 'npx latchkey keys turn', '```'));
    expect({ code, output }).toEqual({ code: 64, output: expect.stringContaining('line 6: npx latchkey keys turn') });
  });

  test('a script or a package that there is not', async () => {
    for (const command of ['npm run deploy', 'npm install left-pad', 'npm test -- test/none.test.ts', 'npx cowsay']) {
      const { code, output } = await run(document('```sh', command, '```'));
      expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining(`line 3: ${command}`) });
    }
  });

  test('a request that the server does not understand', async () => {
    const asked = `curl -sS localhost:4000/graphql -H 'content-type: application/json' -d '{"query":"{ nobody }"}'`;
    const outcome = await run(document('```sh', 'PORT=4000 npx latchkey serve', asked, '```'));
    expect(outcome.code).toBe(0);
    expect(faultOf(outcome)).toContain('GRAPHQL_VALIDATION_FAILED');
  });
});
