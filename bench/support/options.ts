/** What `--NAME=NUMBER` on the command line says. */
export function numberOption(name: string, otherwise: number): number {
  const word = process.argv.find((each) => each.startsWith(`--${name}=`));
  if (word === undefined) return otherwise;
  const value = Number(word.slice(name.length + 3));
  if (!Number.isFinite(value) || value <= 0) throw new RangeError(`${word}: a number above 0 is expected`);
  return value;
}

/** Whether the command line says `--NAME`. */
export const hasOption = (name: string): boolean => process.argv.includes(`--${name}`);
