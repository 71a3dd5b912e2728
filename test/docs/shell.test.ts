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

/** What no answer to a request of a document may say, whatever it expects: then the document is wrong, or we are. */
const WRONG_ANSWER = /^(INTERNAL_SERVER_ERROR|GRAPHQL_\w+|BAD_REQUEST|CSRF_BLOCKED)$/;

/** Codes in answers that no line of the document expects: it has to name each as often as it comes, as by `grep CODE`. */
function unexpectedCodes(output: string, blocks: readonly Block[]): string[] {
  const script = blocks.flatMap(({ language, text }) => (language === 'sh' ? text : [])).join('\n');
  const codes = [...output.matchAll(/"code":"(\w+)"/g)].map(([, code = '']) => code);
  const isExpected = (code: string, index: number): boolean =>
    codes.slice(0, index).filter((each) => each === code).length < script.split(new RegExp(`\\b${code}\\b`)).length - 1;
  const withoutCode = output.split('"errors":[').length - 1 > codes.length ? ['an error without a code'] : [];
  return [...withoutCode, ...codes.filter((code, index) => WRONG_ANSWER.test(code) || !isExpected(code, index))];
}

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
function faultOf({ code, output, logged }: ShellOutcome, { blocks }: Pick<MarkdownDocument, 'blocks'>): string | null {
  const unexpected = unexpectedCodes(output, blocks);
  const isRight = code === 0 && unexpected.length === 0 && logged.length === 0;
  return isRight ? null : [`exit code ${code}, unexpected: ${unexpected.join(', ')}`, output, ...logged].join('\n');
}

describe('the commands of', () => {
  const told = listDocuments().filter(({ path, blocks }) => !TRIED_ELSEWHERE.includes(path) && blocks.some(isRun));
  test.each(told.map((document) => [document.path, document] as const))(
    '%s do what they are there for',
    async (_path, document) => {
      expect(faultOf(await run(document), document)).toBeNull();
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
    const example = document('```sh', 'PORT=4000 npx latchkey serve', asked, '# GRAPHQL_VALIDATION_FAILED', '```');
    const outcome = await run(example);
    expect(outcome.code).toBe(0);
    expect(faultOf(outcome, example)).toContain('unexpected: GRAPHQL_VALIDATION_FAILED');
  });

  test('a refusal, unless the document expects it', async () => {
    const mutation = 'mutation{grantRole(userId:\\"x\\",role:ADMIN){user{id}}}';
    const asked = `curl -sS localhost:4000/graphql -H 'content-type: application/json' -d '{"query":"${mutation}"}'`;
    const of = (line: string) => document('```sh', 'PORT=4000 npx latchkey serve', line, '```');
    const [careless, careful, twice] = [
      of(asked),
      of(`${asked} | grep UNAUTHENTICATED`),
      of(`${asked}; ${asked} # UNAUTHENTICATED`),
    ];
    expect(faultOf(await run(careless), careless)).toContain('unexpected: UNAUTHENTICATED');
    expect(faultOf(await run(careful), careful)).toBeNull();
    expect(faultOf(await run(twice), twice)).toContain('unexpected: UNAUTHENTICATED');
  });
});
