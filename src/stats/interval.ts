/** An interval that covers the true difference with the stated confidence. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * The value at a fraction of sorted numbers, between neighbours by straight line (Hyndman and Fan's type 7, numpy's default).
 * @param sorted ascending, at least one
 */
export function quantile(sorted: Float64Array, fraction: number): number {
  const at = Math.min(Math.max(fraction, 0), 1) * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? Number.NaN;
  return low + (at - below) * (high - low);
}

/**
 * The percentile bootstrap interval (Efron, 1979): the middle `confidence` of the resampled differences.
 * @param draws a difference a resample; not changed
 */
export function percentileInterval(draws: Float64Array, confidence: number): Interval {
  const sorted = draws.slice().sort();
  const tail = (1 - confidence) / 2;
  return { low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) };
}

/**
 * The same interval about `observed`, each half as many times as wide: few seeds need wider tails than the draws have.
 * @param times 1 leaves it as it is
 */
export function widened(interval: Interval, observed: number, times: number): Interval {
  if (times === 1) return interval;
  return { low: observed + times * (interval.low - observed), high: observed + times * (interval.high - observed) };
}
