import { cpus } from 'node:os';

const ROUNDS = 15;

/** What this process holds, in MB (10⁶ bytes): the heap, and the buffers beside it. Needs `--expose-gc`. */
export function heldMegabytes(): number {
  if (globalThis.gc === undefined) throw new Error('Run this with --expose-gc.');
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1e6;
}

/**
 * What one act takes of the processor, so that what else the machine does counts for less: the median of several
 * rounds over all of these, each of which has to answer what is expected.
 */
export function medianNanoseconds<Value>(values: readonly Value[], act: (value: Value) => boolean): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    // Answers that nobody looks at would be optimized away, and the act with them.
    let answered = 0;
    const before = process.cpuUsage();
    for (const value of values) if (act(value)) answered += 1;
    const elapsed = nanosecondsSince(before);
    if (answered !== values.length) throw new Error(`${values.length - answered} answers were not as expected.`);
    return elapsed / values.length;
  });
  return median(rounds);
}

/** The same for acts that are waited for, one after the other. */
export async function medianNanosecondsAwaited<Value>(
  values: readonly Value[],
  act: (value: Value) => Promise<boolean>,
): Promise<number> {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    let answered = 0;
    const before = process.cpuUsage();
    for (const value of values) if (await act(value)) answered += 1;
    rounds.push(nanosecondsSince(before) / values.length);
    if (answered !== values.length) throw new Error(`${values.length - answered} answers were not as expected.`);
  }
  return median(rounds);
}

function nanosecondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) * 1_000;
}

/** Of several figures, the one in the middle. */
export const median = (numbers: readonly number[]): number =>
  numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)] ?? NaN;

/** Prints what was measured, with the machine and the versions: as a table, or as JSON with `--json`. */
export function printResults(results: Readonly<Record<string, Readonly<Record<string, number>>>>): void {
  if (process.argv.includes('--json')) {
    console.log(JSON.stringify(results));
    return;
  }
  const { node, v8, openssl } = process.versions;
  console.log(`node ${node}, V8 ${v8}, OpenSSL ${openssl}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`);
  const rounded = Object.entries(results).map(([name, numbers]) => [name, mapNumbers(numbers)] as const);
  console.table(Object.fromEntries(rounded));
}

const mapNumbers = (numbers: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, Number(value.toPrecision(3))]));
