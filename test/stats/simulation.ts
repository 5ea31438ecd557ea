import type { Generator } from "../../src/stats/random/generator.ts";

/** Largest distance between the empirical distribution of the values and the uniform one on [0, 1]. */
export function kolmogorovSmirnov(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  let distance = 0;
  for (const [i, value] of sorted.entries()) {
    distance = Math.max(distance, value - i / sorted.length, (i + 1) / sorted.length - value);
  }
  return distance;
}

/** The distance that uniform values exceed with probability 0.01 (asymptotic). */
export function kolmogorovSmirnovLimit(count: number): number {
  return 1.63 / Math.sqrt(count);
}

/** A draw from a discrete distribution given by cumulative probabilities. */
export function drawIndex(random: Generator, cumulative: readonly number[]): number {
  const at = random.uniform();
  const found = cumulative.findIndex((edge) => at < edge);
  return found === -1 ? cumulative.length - 1 : found;
}
