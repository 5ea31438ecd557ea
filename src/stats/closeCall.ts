import type { Interval } from "./interval.ts";
import { normalQuantile } from "./normal.ts";

/**
 * How sure draws must be to settle something: one in a thousand that the truth lies outside. Differences are standardised by what the
 * same draws vary, which adds up to a fifth to the error that a share has by itself, so that the tail is taken at a tenth of that.
 */
const z = normalQuantile(0.00005);

/**
 * Where a share of so many independent draws may lie, half the width of its interval. For a p-value: what another seed of the draws may
 * add or take away.
 */
export function shareError(share: number, draws: number): number {
  return z * Math.sqrt((share * (1 - share)) / draws);
}

/** Whether so many draws leave open on which side of a limit the share is that they estimate: a p-value and its level. */
export function isCloseCall(share: number, limit: number, draws: number): boolean {
  return Math.abs(share - limit) <= shareError(limit, draws);
}

/** Between which fractions of the sorted draws the value at a fraction may lie. */
export function fractionsAround(fraction: number, draws: number): Interval {
  const error = shareError(fraction, draws);
  return { low: fraction - error, high: fraction + error };
}

/** `0.0253 ± 0.0016`: a p-value near its level, with as many digits as its error has a use for. */
export function closePText(p: number, level: number, draws: number): string {
  const error = shareError(level, draws);
  const digits = Math.min(10, Math.max(3, 1 - Math.floor(Math.log10(error))));
  return `${p.toFixed(digits)} ± ${error.toFixed(digits)}`;
}
