/** As the first lines of a page. */
export const head = (title: string, sources: string): string =>
  `<!-- Generated from ${sources} by \`npm run docs\`. Do not edit. -->\n\n# ${title}`;

export const code = (text: string): string => `\`${text}\``;

/** Rows under titles; columns in which no row has anything are left out. No rows: nothing. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const shown = titles.map((_title, index) => rows.some((row) => row[index] !== ''));
  const line = (cells: readonly string[]): string =>
    `| ${cells
      .filter((_cell, index) => shown[index])
      .map(inCell)
      .join(' | ')} |`;
  return rows.length === 0 ? '' : [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n');
}

const inCell = (text: string): string => text.replaceAll(/\s*\n\s*/g, ' ').replaceAll('|', '\\|');

/** Parts of a page, those that are empty left out. */
export const page = (parts: readonly string[]): string => parts.filter((part) => part !== '').join('\n\n');
