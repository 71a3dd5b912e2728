import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { parseSchemaCommand, runSchemaCommand, type SchemaCommand } from '../../src/cli/schema.js';
import { UsageError } from '../../src/cli/usage-error.js';
import { describeSchema } from '../../src/graphql/schema-report.js';

const folder = mkdtempSync(join(tmpdir(), 'latchkey-schema-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let written = 0;
function write(sdl: string): string {
  const path = join(folder, `${written++}.graphql`);
  writeFileSync(path, sdl);
  return path;
}
const run = (line: string, ...sdl: string[]) =>
  runSchemaCommand(parseSchemaCommand([...line.split(' '), ...sdl.map(write)]), describeSchema);

interface Report {
  readonly faults: string[];
  readonly unprotected: string[];
  readonly fields: { readonly coordinate: string; readonly state: string; readonly requires: string[] }[];
}
const check = async (...sdl: string[]): Promise<Report> =>
  JSON.parse((await run('check --json', ...sdl)).text) as Report;

describe('latchkey schema', () => {
  test.each<[string, SchemaCommand]>([
    ['check', { act: 'check', files: [], failsOnUnprotected: false, isJson: false }],
    ['check a b --json', { act: 'check', files: ['a', 'b'], failsOnUnprotected: false, isJson: true }],
    ['check --fail-on unprotected a', { act: 'check', files: ['a'], failsOnUnprotected: true, isJson: false }],
    ['print a', { act: 'print', files: ['a'], failsOnUnprotected: false, isJson: false }],
  ])('takes %j', (line, command) => {
    expect(parseSchemaCommand(line.split(' '))).toEqual(command);
  });

  test.each([
    '',
    'lint a',
    'check --fail-on',
    'check --fail-on everything',
    'print --fail-on unprotected',
    'check --yes',
  ])('refuses %j', (line) => {
    expect(() => parseSchemaCommand(line.split(' ').filter((part) => part !== ''))).toThrow(UsageError);
  });

  test('refuses a file that is not there', async () => {
    await expect(runSchemaCommand(parseSchemaCommand(['check', join(folder, 'none')]), describeSchema)).rejects.toThrow(
      UsageError,
    );
  });
});

describe('latchkey schema check', () => {
  const sdl = `
    extend enum Role { EDITOR }
    interface Thing @auth { id: ID! }
    type Draft implements Thing @hasRole(anyOf: [EDITOR]) { id: ID! text(raw: Boolean @hasPermission(anyOf: ["draft:raw"])): String }
    type Note { id: ID! draft: Draft owner: String @owner(field: "by", orRole: [ADMIN]) }
    type Tag { name: String }
    union Any = Tag | Note
    input Filter { deep: [Filter] a: Int @auth(maxAgeSeconds: 60) }
    extend type Query { drafts: [Draft!] notes(f: Filter): [Note!] tag: Tag @public any: [Any] @auth }`;

  test('says of each field who may have it', async () => {
    const { fields, faults } = await check(sdl);
    const of = (coordinate: string) => fields.find((field) => field.coordinate === coordinate);
    expect(faults).toEqual([]);
    expect(of('Query.drafts')).toMatchObject({ state: 'protected', requires: ['role EDITOR'] });
    expect(of('Draft.text(raw:)')).toMatchObject({ state: 'protected', requires: ['permission draft:raw'] });
    expect(of('Filter.a')).toMatchObject({ requires: ['password proved within 60 s'] });
    expect(of('Note.owner')).toMatchObject({ requires: ['owner by "by" or role ADMIN'] });
    expect(of('Query.any')).toMatchObject({ state: 'protected', requires: ['signed in'] });
    expect(of('Query.tag')).toMatchObject({ state: 'public', requires: [] });
    expect(of('Tag.name')).toMatchObject({ state: 'inherited', requires: [] });
    expect(of('Query.viewer')).toMatchObject({ state: 'protected', requires: ['signed in'] });
  });

  test('finds what anyone reaches and nobody has decided about, also by interfaces and unions', async () => {
    expect((await check(sdl)).unprotected).toEqual(['Query.notes', 'Note.id']);
    const hidden =
      'extend type Query { any: U } union U = A type A { next: I } interface I { x: Int } type B implements I { x: Int y: Int }';
    expect((await check(hidden)).unprotected.sort()).toEqual(['A.next', 'B.x', 'B.y', 'I.x', 'Query.any']);
  });

  test('Latchkey’s own schema has no fault, and nothing that is unprotected', async () => {
    expect(await check()).toMatchObject({ faults: [], unprotected: [] });
    expect((await run('check --fail-on unprotected')).exitCode).toBe(0);
  });

  test('fails on what is unprotected where it is told to', async () => {
    expect((await run('check', sdl)).exitCode).toBe(0);
    expect((await run('check --fail-on unprotected', sdl)).exitCode).toBe(1);
    expect(
      (await run('check --fail-on unprotected', 'extend type Query { a: Int @public b: Int @auth }')).exitCode,
    ).toBe(0);
  });

  test('says what would stop the start, of several files, with the coordinate', async () => {
    const faults = async (...given: string[]) => (await check(...given)).faults;
    expect(await faults('extend type Query { a: Int @hasRole(anyOf: [ROOT]) }')).toEqual([
      expect.stringMatching(/^Query\.a: @hasRole names the role "ROOT"/),
    ]);
    expect(await faults('type User { id: ID }', 'extend enum Role { ADMIN }')).toEqual([
      ...[
        expect.stringMatching(/^User: is declared/),
        expect.stringMatching(/^User\.id: /),
        expect.stringMatching(/^Role\.ADMIN: /),
      ],
    ]);
    expect(await faults('extend type Query {')).toEqual([expect.stringMatching(/^\S+\.graphql:1:20: Syntax Error/)]);
    expect(await faults('extend type Query { a: Nothing }')).toEqual([expect.stringMatching(/Nothing/)]);
    expect((await run('check', 'extend type Query { a(b: Int = 1 @auth): Int }')).exitCode).toBe(1);
  });

  test('prints a table, the unprotected and the faults, for people', async () => {
    const { text } = await run('check', `${sdl} extend type Query { bad: Int @public @auth }`);
    const lines = text.split('\n');
    expect(lines[0]).toMatch(/^FIELD +WHO MAY HAVE IT$/);
    const column = lines[0]?.indexOf('WHO') ?? 0;
    expect(lines.find((line) => line.startsWith('Query.drafts '))?.slice(column)).toBe('role EDITOR');
    expect(lines.find((line) => line.startsWith('Tag.name '))?.slice(column)).toBe('as its object');
    expect(text).toMatch(/^Unprotected, .* \(2\):\n- Query\.notes\n- Note\.id$/m);
    expect(text).toMatch(/would not start on this schema:\n- Query\.bad: @public stands beside another rule/);
  });
});

test('latchkey schema print prints what would be served, directives and all', async () => {
  const { text, exitCode } = await run('print', 'extend type Query { a: Int @hasRole(anyOf: [ADMIN]) }');
  expect(exitCode).toBe(0);
  expect(text).toMatch(/^ {2}a: Int @hasRole\(anyOf: \[ADMIN\]\)$/m);
  expect(text).toMatch(/^directive @hasPermission\(/m);
  const again = JSON.parse((await run('print --json')).text) as { readonly sdl: string };
  expect(again.sdl).toMatch(/^type User /m);
  const broken = await run('print', 'extend type Query { a: Int @hasRole(anyOf: []) }');
  expect(broken).toMatchObject({ exitCode: 1, text: expect.stringMatching(/Query\.a: @hasRole needs/) });
});
