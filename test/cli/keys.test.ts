import { describe, expect, test } from '@jest/globals';
import { parseKeysCommand, type KeysCommand } from '../../src/cli/keys.js';
import { formatTable } from '../../src/cli/table.js';
import { UsageError } from '../../src/cli/usage-error.js';

describe('latchkey keys', () => {
  test.each<[string, KeysCommand]>([
    ['list', { act: 'list', revokes: false, isJson: false }],
    ['list --json', { act: 'list', revokes: false, isJson: true }],
    ['--json list', { act: 'list', revokes: false, isJson: true }],
    ['rotate', { act: 'rotate', revokes: false, isJson: false }],
    ['rotate --revoke --json', { act: 'rotate', revokes: true, isJson: true }],
    ['reencrypt --json', { act: 'reencrypt', revokes: false, isJson: true }],
  ])('takes %j', (line, command) => {
    expect(parseKeysCommand(line.split(' '))).toEqual(command);
  });

  test.each([
    '',
    'reticulate',
    'list more',
    'list --revoke',
    'reencrypt --revoke',
    'rotate --force',
    'rotate -r',
    'list --json=yes',
    'constructor',
  ])('refuses %j', (line) => {
    expect(() => parseKeysCommand(line.split(' ').filter((part) => part !== ''))).toThrow(UsageError);
  });
});

test('a table has its columns below each other, and no space at the end of a line', () => {
  const rows = [
    ['a', 'long', ''],
    ['longer', 'b', 'c'],
  ];
  expect(formatTable(['ID', 'B', 'C'], rows)).toBe(
    ['ID      B     C', 'a       long', 'longer  b     c', ''].join('\n'),
  );
  expect(formatTable(['ID', 'B'], [])).toBe('ID  B\n');
});
