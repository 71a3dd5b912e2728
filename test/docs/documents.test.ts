import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { parseEnv } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { readConfig, type Environment } from '../../src/config.js';
import { inPlace, listDocuments, parseDocument, piecesOf, placeOf, type Block } from './support/documents.js';
import { KINDS, SHELL_NEEDS, WORDS } from './support/kinds.js';
import { linkFaults } from './support/links.js';
import { commandFaults, CONFIGURATION, nameFaults } from './support/names.js';
import { graphqlFaults } from './support/schema-blocks.js';

const documents = listDocuments();
const blocks = documents.flatMap((document) => document.blocks);
const ofKind = (kind: (typeof KINDS)[keyof typeof KINDS], among = blocks): Block[] =>
  among.filter(({ language }) => Object.hasOwn(KINDS, language) && KINDS[language as keyof typeof KINDS] === kind);

/** A document of a test's own, to see that what is wrong in one is found. */
const documentOf = (...lines: string[]) => parseDocument('example.md', lines.join('\n'));

test('there are documents, with blocks', () => {
  const paths = documents.map(({ path }) => path);
  expect(paths).toEqual(expect.arrayContaining(['README.md', 'docs/directives.md', 'examples/blog/README.md']));
  expect(blocks.length).toBeGreaterThan(40);
});

describe('blocks', () => {
  function faultsOf({ language, words, ...block }: Block): string[] {
    const place = placeOf(block);
    if (!Object.hasOwn(KINDS, language)) return [`${place}: has no language that is known: ${language}`];
    const stray = Object.keys(words).filter((word) => !WORDS.includes(word));
    const needs = language === 'sh' ? SHELL_NEEDS : [];
    const needed = words['needs'];
    return [
      ...stray.map((word) => `${place}: ${word} is no word that is known`),
      ...(needed === undefined || needs.includes(needed) ? [] : [`${place}: nobody knows what ${needed} is`]),
    ];
  }

  test('have a language that is known, and say in known words what they need', () => {
    expect(blocks.flatMap(faultsOf)).toEqual([]);
  });

  test.each([
    ['```', 'has no language'],
    ['```py', 'has no language'],
    ['```sh needs=moon', 'nobody knows what moon is'],
    ['```ts needs=docker', 'nobody knows what docker is'],
    ['```ts twoslash', 'twoslash is no word'],
  ])('%s is found', (fence, fault) => {
    expect(documentOf(fence, 'x', '```').blocks.flatMap(faultsOf)).toEqual([expect.stringContaining(fault)]);
  });

  test('each need that is known is one of a block', () => {
    const needed = new Set(blocks.map(({ words }) => words['needs']));
    expect(SHELL_NEEDS.filter((name) => !needed.has(name))).toEqual([]);
  });
});

describe('JSON and YAML', () => {
  function parse({ language, text }: Block): void {
    if (language === 'json') JSON.parse(text);
    else if (language === 'jsonl') text.split('\n').forEach((line) => void JSON.parse(line));
    else for (const { errors } of parseAllDocuments(text)) for (const error of errors) throw error;
  }
  const isParsed = (block: Block): boolean => {
    try {
      parse(block);
      return true;
    } catch {
      return false;
    }
  };

  test('of every block is parsed', () => {
    expect(
      ofKind('parsed')
        .filter((block) => !isParsed(block))
        .map(placeOf),
    ).toEqual([]);
  });

  test.each(['json', 'jsonl', 'yaml'])('that is broken is found: %s', (language) => {
    const { blocks: broken } = documentOf(`\`\`\`${language}`, '{ "a": 1 }', '{ "a": ', '```');
    expect(ofKind('parsed', [...broken]).filter(isParsed)).toEqual([]);
    expect(broken).toHaveLength(1);
  });
});

describe('configuration', () => {
  const SECRET = 'the output of: openssl rand -base64 32';

  /** Read as the program reads a file `.env`. */
  function configurationFaults(block: Block): string[] {
    const made = randomBytes(32).toString('base64');
    const environment = parseEnv(block.text.replace(SECRET, made)) as Environment;
    const unknown = Object.keys(environment).filter((name) => !CONFIGURATION.includes(name));
    try {
      readConfig(environment);
      return unknown.map((name) => `${placeOf(block)}: there is no variable ${name}`);
    } catch (error) {
      return [`${placeOf(block)}: ${(error as Error).message}`];
    }
  }

  test('of every block is one that a server starts with', () => {
    const [first, ...others] = ofKind('configuration');
    expect([first?.document, first?.text.includes(`LATCHKEY_SECRET=${SECRET}`)]).toEqual([
      'docs/configuration.md',
      true,
    ]);
    expect([first!, ...others].flatMap(configurationFaults)).toEqual([]);
  });

  test.each([
    ['SIGNUP=open', 'there is no variable SIGNUP'],
    ['TRUST_PROXY=yes', 'TRUST_PROXY: must be'],
    ['STORE_URL=mongodb://mongo/latchkey', 'LATCHKEY_SECRET: is required'],
  ])('that is not is found: %s', (text, fault) => {
    const { blocks: wrong } = documentOf('```ini', text, '```');
    expect(wrong.flatMap(configurationFaults)).toEqual([expect.stringContaining(fault)]);
  });
});

describe('GraphQL', () => {
  const inDocument = (path: string): Block[] => ofKind('schema').filter(({ document }) => document === path);

  test('of every document goes with our schema', () => {
    expect(documents.flatMap(({ path }) => graphqlFaults(inDocument(path)))).toEqual([]);
  });

  test.each([
    ['type Query { mine: Int }', 'Query'],
    ['extend type Query { mine: Int @hasRole(anyOf: [NOBODY]) }', 'NOBODY'],
    ['extend type Query { mine: Mine @public }', 'Mine'],
    ['{ viewer { id name } }', 'example.md:4: Cannot query field "name"'],
    ['{ viewer', 'Syntax Error'],
  ])('that does not is found: %s', (text, fault) => {
    const { blocks: wrong } = documentOf('# Example', '', '```graphql', text, '```');
    expect(graphqlFaults(wrong)).toEqual([expect.stringContaining(fault)]);
  });

  test('may build on what readers do not see', () => {
    const given = ['<!-- given', 'type Mine { id: ID }', '-->'];
    const { blocks: whole } = documentOf(...given, '', '```graphql', 'extend type Query { mine: Mine @public }', '```');
    expect(graphqlFaults(whole)).toEqual([]);
  });
});

describe('what cannot be tried here', () => {
  const untried = blocks.filter(({ words }) => words['needs'] !== undefined);

  const shellFaults = (block: Block): string[] => {
    try {
      execFileSync('bash', ['-n'], { input: inPlace(piecesOf(block)), stdio: ['pipe', 'ignore', 'pipe'] });
      return [];
    } catch (error) {
      return [`${block.document}: ${(error as { stderr: Buffer }).stderr.toString()}`];
    }
  };

  test('is well formed at least', () => {
    expect(untried.flatMap(shellFaults)).toEqual([]);
  });

  test('is found where it is not', () => {
    const wrong = documentOf('```sh needs=docker', "docker run '", '```');
    expect(wrong.blocks.flatMap(shellFaults)).toEqual([expect.stringContaining('line 2: unexpected EOF')]);
  });
});

describe('links', () => {
  test('lead somewhere', () => {
    expect(documents.flatMap(linkFaults)).toEqual([]);
  });

  test.each(['missing.md', '#missing', 'README.md#missing', '../README.md', 'LICENSE#mit'])(
    'that do not are found: %s',
    (link) => {
      expect(linkFaults(documentOf(`[there](${link}) [here](https://example.com)`))).toHaveLength(1);
    },
  );
});

describe('names', () => {
  test('in capitals are names of ours', () => {
    expect(documents.flatMap(nameFaults)).toEqual([]);
  });

  test('of commands, acts and options are those of the command line', () => {
    expect(documents.flatMap(commandFaults)).toEqual([]);
  });

  test('of every variable of the configuration are told', () => {
    const told = documents
      .filter(({ path }) => ['README.md', 'docs/configuration.md'].includes(path))
      .flatMap(({ inlineCode }) => inlineCode.flatMap(({ text }) => text.match(/\w+/g) ?? []));
    expect(CONFIGURATION.filter((name) => !told.includes(name))).toEqual([]);
  });

  test.each([
    ['Set `SESION_TTL_SECONDS`.', nameFaults],
    ['Set `HOSTT=here`.', nameFaults],
    ['```sh\nPORTS=1 npx latchkey\n```', nameFaults],
    ['Run `latchkey users list`.', commandFaults],
    ['Run `npx latchkey user make`.', commandFaults],
    ['```sh needs=docker\ndocker compose exec latchkey-1 latchkey keys rotate --now\n```', commandFaults],
    ["```sh\nSTORE_URL='file:./x.db' npx latchkey user export --json --all\n```", commandFaults],
  ])('that are not are found: %s', (text, faultsOf) => {
    expect(faultsOf(documentOf(text))).toHaveLength(1);
  });
});
