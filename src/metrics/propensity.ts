import { ScidocsError } from "../errors.ts";

/**
 * Click propensities scaled so that their mean is 1, in single precision throughout as the reference has them.
 * @param propensities one a displayed position, from position 1 on
 * @throws ScidocsError `BAD_INPUT` when there is none or one is not a positive number
 */
export function normalisedPropensities(propensities: ArrayLike<number>): Float32Array {
  const normalised = Float32Array.from(propensities);
  const bad = normalised.findIndex((propensity) => !(propensity > 0 && propensity < Number.POSITIVE_INFINITY));
  if (normalised.length === 0 || bad >= 0) {
    const found = normalised.length === 0 ? "there is none" : `position ${bad + 1} has ${propensities[bad]}`;
    throw new ScidocsError("BAD_INPUT", `the click propensities must be positive numbers: ${found}`);
  }
  let sum = 0;
  for (const propensity of normalised) sum = Math.fround(sum + propensity);
  return normalised.map((propensity) => Math.fround(Math.fround(propensity * normalised.length) / sum));
}

/** nDCG of a ranking with one relevant item, from how many stand above it (a tied one counts one half). */
export function ndcgOfClick(rankedAbove: number): number {
  return 1 / Math.log2(2 + rankedAbove);
}

/** 1 where nothing stands above the clicked paper, nor beside it. */
export function precisionAt1OfClick(rankedAbove: number): number {
  return rankedAbove === 0 ? 1 : 0;
}

/**
 * The propensity-adjusted mean of a per-click measure: sum(weight * value) / sum(weight). Clicks far down the list were
 * less likely to be seen, and weigh more. Both sums run in single precision, in click order, as in the reference.
 * @param weights 1 / normalised propensity of the clicked position
 */
export function propensityAdjustedMean(weights: ArrayLike<number>, values: ArrayLike<number>): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    sum = Math.fround(sum + Math.fround(weights[i]! * Math.fround(values[i]!)));
    total = Math.fround(total + weights[i]!);
  }
  return Math.fround(sum / total);
}

/** The recommendation task's two columns, in [0, 1]. */
export interface AdjustedScores {
  readonly ndcg: number;
  readonly precisionAt1: number;
}

/** Propensity-adjusted nDCG and P@1 from, for each click, its weight and how many papers were ranked above the clicked one. */
export function adjustedScores(weights: ArrayLike<number>, rankedAbove: ArrayLike<number>): AdjustedScores {
  const above = Array.from(rankedAbove);
  return {
    ndcg: propensityAdjustedMean(weights, above.map(ndcgOfClick)),
    precisionAt1: propensityAdjustedMean(weights, above.map(precisionAt1OfClick)),
  };
}
