/** What `docs/benchmarks.md` holds of figures: tables between marks, `<!-- figures of NAME -->` and `<!-- end -->`. */
import { cpus, loadavg } from 'node:os';
import { AIMS, type Aim } from './questions.js';

/** By row, then by column. */
export type Results = Readonly<Record<string, Readonly<Record<string, number>>>>;

const AIMS_NAME = 'all that is to be reached';

/** The page with these figures in the place of those that it has under the name. Throws where it has no place for them. */
export function withFigures(page: string, name: string, results: Results): string {
  return replaceBetween(page, name, () => `${machine()}\n\n${tableOf(results)}`);
}

/** The page with a line for each aim of this question in the table of aims; those of other questions stay. */
export function withAims(page: string, question: string, results: Results): string {
  return replaceBetween(page, AIMS_NAME, (before) => {
    const lines = AIMS.map((aim) => {
      const found = aim.question === question ? results[aim.row]?.[aim.column] : undefined;
      const [says, aimed] = [aim.says, boundOf(aim)];
      const earlier = before.split('\n').find((line) => cellsOf(line)[0] === says);
      const reached = found === undefined ? ((earlier && cellsOf(earlier)[2]) ?? 'not measured') : wordsFor(aim, found);
      return [says, aimed, reached];
    });
    return markdownTable(['beside', 'to be reached', 'reached'], lines);
  });
}

const boundOf = ({ least, most }: Aim): string => (least === undefined ? `at most ${most}` : `at least ${least}`);

function wordsFor({ least, most }: Aim, figure: number): string {
  const isReached = figure >= (least ?? -Infinity) && figure <= (most ?? Infinity);
  return isReached ? rounded(figure) : `**${rounded(figure)}: not reached**`;
}

function replaceBetween(page: string, name: string, textFor: (before: string) => string): string {
  const [begin, end] = [`<!-- figures of ${name} -->`, '<!-- end -->'];
  const from = page.indexOf(begin);
  const to = page.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`docs/benchmarks.md has no place for figures of ${name}`);
  const before = page.slice(from + begin.length, to);
  return `${page.slice(0, from + begin.length)}\n\n${textFor(before)}\n\n${page.slice(to)}`;
}

function machine(): string {
  const { node, v8 } = process.versions;
  const model = cpus()[0]?.model ?? 'unknown';
  const load = loadavg()[0]?.toFixed(1) ?? '';
  const date = new Date().toISOString().slice(0, 10);
  return `Measured on ${date}: Node ${node}, V8 ${v8}, ${cpus().length} × ${model}, load average ${load} in the end.`;
}

function tableOf(results: Results): string {
  const columns = [...new Set(Object.values(results).flatMap(Object.keys))];
  const lines = Object.entries(results).map(([row, figures]) => [
    row,
    ...columns.map((column) => {
      const figure = figures[column];
      return figure === undefined ? '' : rounded(figure);
    }),
  ]);
  return markdownTable(['', ...columns.map(wordsOf)], lines);
}

/** `cpuMicroseconds` is read as: cpu microseconds. */
const wordsOf = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const rounded = (figure: number): string => Number(figure.toPrecision(3)).toLocaleString('en');

function markdownTable(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = head.map((name, column) =>
    Math.max(3, name.length, ...lines.map((cells) => cells[column]?.length ?? 0)),
  );
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [row(head), rule, ...lines.map(row)].join('\n');
}

const cellsOf = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
