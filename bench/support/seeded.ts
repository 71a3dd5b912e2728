/** Numbers from 0 to 1, always the same for one seed. Mulberry32. @see https://github.com/cprosche/mulberry32 */
export function createRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Quantiles that were measured, over so many rounds. */
export interface Measured {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly rounds: number;
}

/**
 * Draws from the distribution that has these quantiles: between them, and beyond both ends, it goes on by a power of
 * what is left, 1 - p. What is rarer than once in all the rounds was not measured, and is not drawn.
 */
export function drawMeasured({ p50, p90, p99, rounds }: Measured, random: () => number): () => number {
  const early = Math.log(p90 / p50) / Math.log(0.5 / 0.1);
  const late = Math.log(p99 / p90) / Math.log(0.1 / 0.01);
  return () => {
    const left = Math.max(1 - random(), 1 / rounds);
    return left > 0.1 ? p50 * (0.5 / left) ** early : p90 * (0.1 / left) ** late;
  };
}
