import { fractionsAround } from "./closeCall.ts";
import { fewSeedsQuantile, noSeeds, type SeedShare } from "./fewSeeds.ts";
import { type Interval, percentileInterval, quantile, widened } from "./interval.ts";
import { normalQuantile } from "./normal.ts";
import { fromOneSeed, type PairedStatistic, type SeedPart, seedVariance } from "./pairedStatistic.ts";
import { standardDeviation } from "./power.ts";
import type { ResampledTask, Resamples } from "./resample.ts";

/** One difference with its draws and what the seeds have in it. */
export interface Drawn {
  readonly observed: number;
  readonly counted: Float64Array;
  readonly exchanged: Float64Array;
  readonly seedVariances: readonly { readonly variance: number; readonly degreesOfFreedom: number }[];
  readonly oneSeed: boolean;
}

/** Variances that the seeds give to a weighted sum of columns. */
export function seedVariances(
  parts: readonly SeedPart[],
  weightOf: (column: number) => number,
): Drawn["seedVariances"] {
  return parts.map((part) => ({ variance: seedVariance(part, weightOf), degreesOfFreedom: part.seeds - 1 }));
}

/** The columns of a task with their draws. */
export function columnsDrawn(statistic: PairedStatistic, resamples: Resamples): Drawn[] {
  return Array.from(statistic.observed.keys(), (column) => ({
    observed: statistic.observed[column]!,
    counted: resamples.counted[column]!,
    exchanged: resamples.exchanged[column]!,
    seedVariances: seedVariances(statistic.seedParts, (other) => (other === column ? 1 : 0)),
    oneSeed: fromOneSeed(statistic),
  }));
}

/** The mean over all columns, draw by draw: what tasks share was drawn together, and varies together here. */
export function meanDrawn(tasks: readonly ResampledTask[], drawn: readonly (readonly Drawn[])[]): Drawn {
  const all = drawn.flat();
  const mean = (pick: (one: Drawn) => Float64Array): Float64Array => {
    const sum = new Float64Array(pick(all[0]!).length);
    for (const one of all) for (const [r, value] of pick(one).entries()) sum[r]! += value / all.length;
    return sum;
  };
  return {
    observed: all.reduce((sum, one) => sum + one.observed / all.length, 0),
    counted: mean((one) => one.counted),
    exchanged: mean((one) => one.exchanged),
    seedVariances: tasks.flatMap(({ statistic }) => seedVariances(statistic.seedParts, () => 1 / all.length)),
    oneSeed: all.some((one) => one.oneSeed),
  };
}

/** The seeds' share of a variance, with Welch's degrees of freedom where two runs have seeds of their own. */
export function seedShare(parts: Drawn["seedVariances"], totalVariance: number): SeedShare {
  const known = parts.filter(({ variance, degreesOfFreedom }) => variance > 0 && degreesOfFreedom > 0);
  const variance = known.reduce((sum, part) => sum + part.variance, 0);
  if (variance === 0 || totalVariance === 0) return noSeeds;
  const spread = known.reduce((sum, part) => sum + part.variance ** 2 / part.degreesOfFreedom, 0);
  return { share: Math.min(1, variance / totalVariance), degreesOfFreedom: variance ** 2 / spread };
}

/** Percentile bootstrap interval, as wide as few seeds ask. */
export function intervalOf(drawn: Drawn, confidence: number): Interval {
  return widened(percentileInterval(drawn.counted, confidence), drawn.observed, timesWider(drawn, confidence));
}

/** Where the lower end of {@link intervalOf} may lie: draws tell it only so exactly. */
export function lowEndOf(drawn: Drawn, confidence: number): Interval {
  const sorted = drawn.counted.slice().sort();
  const { low, high } = fractionsAround((1 - confidence) / 2, sorted.length);
  const ends = { low: quantile(sorted, low), high: quantile(sorted, high) };
  return widened(ends, drawn.observed, timesWider(drawn, confidence));
}

function timesWider(drawn: Drawn, confidence: number): number {
  const seeds = seedShare(drawn.seedVariances, standardDeviation(drawn.counted) ** 2);
  return fewSeedsQuantile(1 - confidence, seeds) / normalQuantile((1 - confidence) / 2);
}
