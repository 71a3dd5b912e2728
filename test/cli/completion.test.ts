import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { COMMANDS } from '../../src/cli/commands.js';
import { completionFor, parseCompletionCommand } from '../../src/cli/completion.js';
import { helpFor } from '../../src/cli/help.js';
import { parseKeysCommand } from '../../src/cli/keys.js';
import { parseSchemaCommand } from '../../src/cli/schema.js';
import { parseSessionCommand } from '../../src/cli/session.js';
import { UsageError } from '../../src/cli/usage-error.js';
import { parseUserCommand } from '../../src/cli/user-command.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-completion-'));
  writeFileSync(join(folder, 'users of may.ndjson'), '');
  writeFileSync(join(folder, 'latchkey.bash'), completionFor('bash'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const BASH = String.raw`
source ./latchkey.bash
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_latchkey
((\${#COMPREPLY[@]} == 0)) || printf '%s\n' "\${COMPREPLY[@]}"
`.replaceAll(String.raw`\$`, '$');

/** What bash itself offers where the cursor stands behind these words. */
function offered(...words: string[]): string[] {
  const answer = execFileSync('bash', ['-uc', BASH, 'bash', 'latchkey', ...words], { cwd: folder, encoding: 'utf8' });
  return answer.split('\n').filter((line) => line !== '');
}

describe('the completion of bash', () => {
  test('offers the commands, and those that begin so', () => {
    expect(offered('')).toEqual([...COMMANDS.map(({ name }) => name), '--help', '--version']);
    expect(offered('se')).toEqual(['serve', 'session']);
  });

  test('offers the acts of a command, and the options of an act', () => {
    expect(offered('keys', '')).toEqual(['list', 'rotate', 'reencrypt', '--json', '--help']);
    expect(offered('keys', 'rotate', '--')).toEqual(['--revoke', '--json', '--help']);
    expect(offered('user', 'ban', 'ann@example.com', '--r')).toEqual(['--reason']);
    expect(offered('session', 'revoke', '--')).toEqual(['--user', '--all', '--json', '--help']);
    expect(offered('completion', '')).toEqual(['bash', 'zsh', 'fish', '--help']);
  });

  test('offers the values that there are, and none where the user alone knows', () => {
    expect(offered('schema', 'check', '--fail-on', '')).toEqual(['unprotected']);
    expect(offered('user', 'list', '--role', '')).toEqual([]);
  });

  test('offers files, whole names of them, where a file may stand, and nowhere else', () => {
    expect(offered('user', 'import', 'use')).toEqual(['users of may.ndjson']);
    expect(offered('user', 'import', '--')).toEqual(['--json', '--help']);
    expect(offered('user', 'show', 'use')).toEqual([]);
  });

  test('offers nothing behind what is no command', () => {
    expect(offered('reticulate', '')).toEqual([]);
  });
});

test.each(['', 'tcsh', 'bash zsh'])('latchkey completion refuses %j', (line) => {
  expect(() => parseCompletionCommand(line.split(' ').filter((word) => word !== ''))).toThrow(UsageError);
});

const PARSERS: Partial<Record<string, (args: readonly string[]) => unknown>> = {
  user: parseUserCommand,
  session: parseSessionCommand,
  keys: parseKeysCommand,
  schema: parseSchemaCommand,
};
const VALUES: Readonly<Record<string, string>> = { TIME: '2030-01-31', N: '5', ROLE: 'EDITOR' };

describe('what the help says', () => {
  const forms = COMMANDS.flatMap(({ name, forms: all }) => all.map((form) => [name, form] as const));
  const parsed = forms.filter(([name]) => PARSERS[name] !== undefined);

  test.each(parsed)('is what is taken: latchkey %s %s', (name, form) => {
    const full = form.replaceAll(/[[\]…]|\|-/g, '').replaceAll(/[A-Z]{1,}/g, (word) => VALUES[word] ?? 'x');
    const least = form
      .replaceAll(/ ?\[[^\]]*\]…?/g, '')
      .replaceAll(/\|-/g, '')
      .replaceAll(/[A-Z]{1,}/g, 'x');
    for (const line of [full, least, `${least} --json`]) {
      expect(() => PARSERS[name]?.(line.split(' '))).not.toThrow();
    }
  });

  test('has examples for each command; that of completion is its text', () => {
    for (const { name } of COMMANDS) {
      expect([name, helpFor(name)]).toEqual([
        name,
        expect.stringMatching(name === 'completion' ? /latchkey completion bash/ : /^Examples:\n {2}\S/m),
      ]);
    }
  });

  test('fits a terminal of 120 columns, and names each form and each command', () => {
    const all = [helpFor(undefined), ...COMMANDS.map(({ name }) => helpFor(name))];
    for (const line of all.join('\n').split('\n')) expect([line, line.length <= 120]).toEqual([line, true]);
    for (const [name, form] of forms) {
      expect(helpFor(name).replaceAll(/\s+/g, ' ')).toContain(`latchkey ${name} ${form}`.trimEnd());
    }
    for (const { name } of COMMANDS) expect(helpFor(undefined)).toMatch(new RegExp(`latchkey ${name} .* {2,}\\S`));
  });
});
