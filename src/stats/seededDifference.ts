import type { PairedStatistic } from "./pairedStatistic.ts";
import type { Generator } from "./random/generator.ts";

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
 * by the clicks that were logged and by the seeds that were trained from, and a draw varies both.
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
  const width = columns + 1;
  // A click's weight and weighted differences lie side by side.
  const interleaved = new Float64Array(items * width);
  for (let i = 0; i < items; i++) interleaved[i * width] = weights[i]!;
  /** Per metric, per side (one side where seeds are paired), per seed. */
  const deviations: Float64Array[][] = [];
  for (let m = 0; m < columns; m++) {
    const seedsA = a.metrics[m]!;
    const seedsB = b.metrics[m]!;
    const meanA = meanOverSeeds(seedsA, items);
    const meanB = meanOverSeeds(seedsB, items);
    for (let i = 0; i < items; i++) interleaved[i * width + m + 1] = weights[i]! * (meanB[i]! - meanA[i]!);
    const paired = pairedSeeds && seedsA.length === seedsB.length;
    const sides = paired
      ? [seedsA.map((scores, s) => scores.map((value, i) => seedsB[s]![i]! - value))]
      : [seedsA, seedsB];
    deviations.push(sides.map((seeds) => seedDeviations(seeds, weights, weightSum)));
  }
  const observed = new Float64Array(columns);
  for (let m = 0; m < columns; m++) {
    for (let i = 0; i < items; i++) observed[m]! += interleaved[i * width + m + 1]! / weightSum;
  }

  /**
   * Adds to `out` what other seeds would have changed. Deviations from a mean sum to zero, so that normal multipliers act
   * as a smooth resampling of so few seeds. The metrics of one network share its seed's draw.
   */
  const addSeeds = (random: Generator, out: Float64Array): void => {
    for (let side = 0; side < (deviations[0]?.length ?? 0); side++) {
      const seeds = deviations[0]![side]!.length;
      for (let s = 0; s < seeds; s++) {
        const times = random.normal();
        for (let m = 0; m < columns; m++) out[m]! += (times * deviations[m]![side]![s]!) / seeds;
      }
    }
  };

  const sums = new Float64Array(width);
  const bootstrap = (random: Generator, out: Float64Array): void => {
    sums.fill(0);
    const perBit = items / 2 ** 32;
    for (let draw = 0; draw < items; draw++) {
      const start = Math.floor(random.bits() * perBit) * width;
      for (let column = 0; column < width; column++) sums[column]! += interleaved[start + column]!;
    }
    for (let m = 0; m < columns; m++) out[m] = sums[m + 1]! / sums[0]!;
    addSeeds(random, out);
  };

  const exchange = (random: Generator, out: Float64Array): void => {
    out.fill(0);
    let coins = 0;
    for (let i = 0; i < items; i++) {
      if ((i & 31) === 0) coins = random.bits();
      const sign = 1 - 2 * (coins & 1);
      coins >>>= 1;
      for (let m = 0; m < columns; m++) out[m]! += (sign * interleaved[i * width + m + 1]!) / weightSum;
    }
    addSeeds(random, out);
  };

  return { items, observed, bootstrap, exchange };
}
