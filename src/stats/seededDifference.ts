import type { PairedStatistic, SeedPart } from "./pairedStatistic.ts";
import { weightedMeans } from "./weightedMeans.ts";

/** What one run scored on the shared clicks: per metric, per training seed, per click, in [0, 1]. */
export interface SeededScores {
  /** `metrics[m][s][i]`: metric m of click i under the network trained from seed s. */
  readonly metrics: readonly (readonly Float64Array[])[];
}

/** Mean of the rows, one value a click. */
function meanOverSeeds(seeds: readonly Float64Array[], clicks: number): Float64Array {
  const mean = new Float64Array(clicks);
  for (const scores of seeds) for (let i = 0; i < clicks; i++) mean[i]! += scores[i]! / seeds.length;
  return mean;
}

/**
 * Deviations of each seed's weighted mean from the mean over seeds, scaled so that averaging them with
 * random multipliers of variance 1 varies as much as the mean over S seeds does. Part of a deviation comes from the
 * clicks, by the interaction of click and seed, and is already in the resampling of clicks; it is taken out here.
 */
function seedDeviations(seeds: readonly Float64Array[], weights: Float64Array, weightSum: number): Float64Array {
  const count = seeds.length;
  const values = new Float64Array(count);
  if (count < 2) return values;
  const clicks = weights.length;
  const clickMean = meanOverSeeds(seeds, clicks);
  let noise = 0;
  for (const [s, scores] of seeds.entries()) {
    for (let i = 0; i < clicks; i++) values[s]! += (weights[i]! * (scores[i]! - clickMean[i]!)) / weightSum;
    for (let i = 0; i < clicks; i++) {
      const residual = scores[i]! - clickMean[i]! - values[s]!;
      noise += (weights[i]! * residual) ** 2;
    }
  }
  noise /= weightSum ** 2 * (count - 1);
  const variance = values.reduce((sum, value) => sum + value ** 2, 0) / (count - 1);
  if (variance === 0) return values;
  const scale = Math.sqrt(Math.max(0, 1 - noise / variance) * (count / (count - 1)));
  for (let s = 0; s < count; s++) values[s]! *= scale;
  return values;
}

/**
 * Differences of propensity-weighted means over clicks and training seeds: the recommendation columns. Chance enters twice,
 * by the clicks that were logged and by the seeds that were trained from; the seeds stand apart, for so few of them need
 * wider tails than clicks do (`fewSeeds.ts`).
 * @param weights weight of each click, positive
 * @param pairedSeeds whether seed s of A and of B are the same number: the same start and shuffles, so that they are
 *   compared pair by pair
 */
export function seededDifference(
  weights: Float64Array,
  a: SeededScores,
  b: SeededScores,
  pairedSeeds: boolean,
): PairedStatistic {
  const items = weights.length;
  const columns = a.metrics.length;
  if (items === 0 || columns !== b.metrics.length) throw new RangeError("two runs need the same clicks and metrics");
  const weightSum = weights.reduce((sum, weight) => sum + weight, 0);
  const coefficients = new Float64Array(items * columns);
  const parts = new Map<SeedPart["side"], Float64Array[]>();
  const seedsOf = { a: a.metrics[0]?.length ?? 0, b: b.metrics[0]?.length ?? 0 };
  const paired = pairedSeeds && seedsOf.a === seedsOf.b;
  for (let m = 0; m < columns; m++) {
    const seedsA = a.metrics[m]!;
    const seedsB = b.metrics[m]!;
    const meanA = meanOverSeeds(seedsA, items);
    const meanB = meanOverSeeds(seedsB, items);
    for (let i = 0; i < items; i++) coefficients[i * columns + m] = (weights[i]! * (meanB[i]! - meanA[i]!)) / weightSum;
    const sides: [SeedPart["side"], readonly Float64Array[]][] = paired
      ? [["both", seedsA.map((scores, s) => scores.map((value, i) => seedsB[s]![i]! - value))]]
      : [
          ["a", seedsA],
          ["b", seedsB],
        ];
    for (const [side, seeds] of sides) {
      parts.set(side, [...(parts.get(side) ?? []), seedDeviations(seeds, weights, weightSum)]);
    }
  }
  const observed = new Float64Array(columns);
  for (let m = 0; m < columns; m++) for (let i = 0; i < items; i++) observed[m]! += coefficients[i * columns + m]!;
  return {
    ...weightedMeans(observed, weights, coefficients),
    seedParts: [...parts].map(([side, deviations]) => ({
      side,
      seeds: side === "b" ? seedsOf.b : seedsOf.a,
      deviations,
    })),
  };
}
