import { COMMANDS } from '../../src/cli/commands.js';
import { EXIT, EXIT_MEANINGS } from '../../src/cli/exit-codes.js';
import { helpFor } from '../../src/cli/help.js';
import { code, head, page, table } from './markdown.js';

const INTRODUCTION = `What \`npx latchkey COMMAND --help\` says. Commands go beside running servers, with the same [configuration](../configuration.md);
without one, it is \`serve\`. With \`--json\`, what a command answers is one line of JSON on standard output, a
refusal too: \`{"error":{"code":…,"message":…}}\`; but wrong usage is told by text on standard error.`;

/** The command line, for people. */
export const commandPage = (): string =>
  page([
    head('Commands', '`src/cli`'),
    INTRODUCTION,
    table(
      ['command', 'what it does'],
      COMMANDS.map(({ name, summary }) => [`[${code(`latchkey ${name}`)}](#latchkey-${name})`, summary]),
    ),
    ...COMMANDS.flatMap(({ name }) => [`## latchkey ${name}`, ['```text', helpFor(name).trimEnd(), '```'].join('\n')]),
    '## Exit codes',
    table(
      ['code', 'when'],
      (Object.keys(EXIT) as (keyof typeof EXIT)[]).map((name) => [code(String(EXIT[name])), EXIT_MEANINGS[name]]),
    ),
  ]);
