import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readLines, type Line } from '../../src/cli/lines.js';
import { parseSessionCommand } from '../../src/cli/session.js';
import { UsageError } from '../../src/cli/usage-error.js';
import { parseUserCommand, type UserCommand } from '../../src/cli/user-command.js';
import { parseUserRecord } from '../../src/cli/user-record.js';

describe('latchkey user', () => {
  test.each<[string, UserCommand]>([
    ['import users.ndjson', { act: 'import', file: 'users.ndjson', isJson: false }],
    ['import - --json', { act: 'import', file: '-', isJson: true }],
    ['export', { act: 'export', file: null, isJson: false }],
    ['--json show ann', { act: 'show', user: 'ann', isJson: true }],
    [
      'create a@b.c --role ADMIN --role EDITOR --role ADMIN',
      {
        ...{ act: 'create', email: 'a@b.c', roles: ['ADMIN', 'EDITOR'] },
        ...{ emailVerified: false, hasPassword: true, isJson: false },
      },
    ],
    ['grant ann EDITOR', { act: 'grant', user: 'ann', role: 'EDITOR', isJson: false }],
    ['show --json -- -an-id-of-yours', { act: 'show', user: '-an-id-of-yours', isJson: true }],
    ['delete ann --yes', { act: 'delete', user: 'ann', isJson: false }],
    [
      'ban ann --until 2030-01-31T12:00:00+02:00 --reason=why',
      {
        ...{ act: 'ban', user: 'ann', reason: 'why', publicReason: null },
        ...{ until: new Date('2030-01-31T10:00:00Z'), isJson: false },
      },
    ],
    [
      'list --role EDITOR --limit 5 --after ann --created-after 2020-01-01',
      {
        ...{ act: 'list', limit: 5, after: 'ann', isJson: false },
        filter: { role: 'EDITOR', createdAfter: new Date('2020-01-01') },
      },
    ],
  ])('takes %j', (line, command) => {
    expect(parseUserCommand(line.split(' '))).toEqual(command);
  });

  test.each([
    ...['', 'reticulate', 'constructor', 'import', 'import a b', 'export a b', 'create', 'show', 'show a b'],
    ...['grant ann', 'grant ann 1X', 'delete ann', 'list ann', 'list --limit 0', 'list --limit x'],
    ...['list --role A --role B', 'ban ann --until soon', 'ban ann --until 2030-13-01', 'unban ann --reason x'],
    ...['create a@b.c --password secret', 'export --yes', 'list --json=yes'],
  ])('refuses %j', (line) => {
    expect(() => parseUserCommand(line.split(' ').filter((part) => part !== ''))).toThrow(UsageError);
  });
});

describe('latchkey session', () => {
  test('takes a list of a user, and an end of one, of a user\u2019s, or of all', () => {
    const lines = [
      'list ann',
      'revoke id',
      'revoke -- -id',
      'revoke --user ann',
      'revoke --user=-ann',
      'revoke --all --json',
    ];
    const parsed = lines.map((line) => parseSessionCommand(line.split(' ')));
    expect(parsed).toEqual([
      { act: 'list', user: 'ann', isJson: false },
      { act: 'revoke', whose: 'one', id: 'id', isJson: false },
      { act: 'revoke', whose: 'one', id: '-id', isJson: false },
      { act: 'revoke', whose: 'user', user: 'ann', isJson: false },
      { act: 'revoke', whose: 'user', user: '-ann', isJson: false },
      { act: 'revoke', whose: 'all', isJson: true },
    ]);
  });

  test.each([
    '',
    'list',
    'list a b',
    'list --all',
    'revoke',
    'revoke id --all',
    'revoke --all --user a',
    'revoke id more',
  ])('refuses %j', (line) => {
    expect(() => parseSessionCommand(line.split(' ').filter((part) => part !== ''))).toThrow(UsageError);
  });
});

describe('the lines of an import', () => {
  const read = async (chunks: readonly Buffer[], most = 1_000): Promise<Line[]> => {
    const lines: Line[] = [];
    for await (const line of readLines(Readable.from(chunks) as AsyncIterable<Buffer>, most)) lines.push(line);
    return lines;
  };

  test('are the same, however the file comes in pieces', async () => {
    const text = fc.array(fc.stringMatching(/^[a-zé🦊]{0,5}$/u), { maxLength: 6 }).map((lines) => lines.join('\n'));
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat(40)), async (given, cuts) => {
        const bytes = Buffer.from(given);
        const places = [...new Set([0, ...cuts.filter((cut) => cut < bytes.length), bytes.length])].sort(
          (a, b) => a - b,
        );
        const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
        const expected = given === '' ? [] : given.replace(/\n$/, '').split('\n');
        expect(await read(chunks)).toEqual(expected.map((line, index) => ({ number: index + 1, text: line })));
      }),
    );
  });

  test('that are too long, or no UTF-8, are told as such, and those behind them are read', async () => {
    const chunks = ['x'.repeat(9), 'x\nshort\n', Buffer.from([0xff, 0x0a]), 'last'].map((part) => Buffer.from(part));
    expect(await read(chunks, 9)).toEqual([
      { number: 1, text: null },
      { number: 2, text: 'short' },
      { number: 3, text: null },
      { number: 4, text: 'last' },
    ]);
  });
});

describe('a line of an import', () => {
  const parse = (fields: unknown) => parseUserRecord(JSON.stringify(fields), new Date(0));
  test.each([
    ['no object', 5, null],
    ['an unknown field', { email: 'a@b.c', admin: true }, null],
    ['no address', {}, 'email'],
    ['an address of two', { email: 'a@b.c,d@e.f' }, 'email'],
    ['a password in the place of its hash', { email: 'a@b.c', passwordHash: 'correct horse' }, 'passwordHash'],
    ['half a character', { email: 'a@b.c', id: '\ud83d' }, 'id'],
    ['a NUL', { email: 'a@b.c', id: 'a\0b' }, 'id'],
    ['a role that is no name', { email: 'a@b.c', roles: ['$gt'] }, 'roles.0'],
    ['an operator of MongoDB', { email: { $gt: '' } }, 'email'],
    ['a day for a time', { email: 'a@b.c', createdAt: '2020-01-01' }, 'createdAt'],
    ['a reason that is a book', { email: 'a@b.c', ban: { reason: 'x'.repeat(2_001) } }, 'ban.reason'],
    ['an account kept elsewhere without an id', { email: '', passwordHash: '*' }, 'email'],
    ['an account without address or check', { email: '', id: 'x' }, 'email'],
  ])('with %s is refused, by its field', (_name, fields, field) => {
    expect(parse(fields)).toMatchObject({ kind: 'fault', fault: { field } });
  });

  test('names its prototype in vain', () => {
    expect(parseUserRecord('{"email":"a@b.c","__proto__":{"roles":["ADMIN"]}}', new Date(0))).toMatchObject({
      kind: 'fault',
    });
  });
});
