import type { Mt19937 } from "../../stats/random/mt19937.ts";

/** How triplets are drawn. The defaults are the reference's. */
export interface SamplerSettings {
  /** Share of a query's triplets whose negative is a neighbour too (rounded up to whole triplets). */
  readonly ratioHardNegatives: number;
  /** Triplets of one query. */
  readonly samplesPerQuery: number;
  /** How far apart the counts of positive and hard negative must be, as a share of the spread of the query's counts. */
  readonly marginFraction: number;
  readonly seed: number;
}

/** More triplets of one query would repeat one another, and a stop would wait for them. */
export const mostSamplesPerQuery = 1_000_000;

export const defaultSampler: SamplerSettings = {
  ratioHardNegatives: 0.3,
  samplesPerQuery: 5,
  marginFraction: 0.5,
  seed: 321,
};

/** A query's neighbours by count, largest first; equal counts in the order of the file. */
export interface Neighbours {
  readonly ids: Int32Array;
  readonly counts: Float64Array;
}

/** The papers that are neither neighbours nor the query: they stand in an order that a position picks from. */
export interface EasyNegatives {
  readonly size: number;
  readonly at: (position: number) => number;
}

/** Why a query gives no triplet. */
export const barrenReasons = {
  absent: "not in the graph",
  noNeighbours: "no neighbours",
  fewNeighbours: "fewer than 3 neighbours",
  equalCounts: "no margin: all neighbours have the same count, or the margin fraction is 0",
  noPositive: "no neighbour's count is above the margin",
  noEasyNegative: "no paper is left for an easy negative",
} as const;
export type BarrenReason = keyof typeof barrenReasons;

/** Takes a triplet's positive and negative. */
export type OnTriplet = (positive: number, negative: number, hard: boolean) => void;

/** Index of the first item that fails a test which holds for a prefix only. */
function prefixLength(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `numpy.random.randint(size)`: one of 0 to size - 1; nothing is drawn where there is no choice. */
function below(size: number, random: Mt19937): number {
  return random.interval(size - 1);
}

/**
 * Draws the triplets of one query as the reference does (`triplet_sampling_parallel.py`, one job), draw for draw: hard
 * ones first, whose negative is a neighbour with a clearly smaller count, then easy ones, whose negative is any paper
 * that is no neighbour.
 *
 * Where the reference ends with an error, for a query without neighbours or one that leaves no easy negative, this one
 * draws nothing for the missing part and says why.
 * @param easy called only where easy negatives are drawn
 * @returns why there is no triplet at all; null where there is one
 */
export function sampleQuery(
  neighbours: Neighbours,
  easy: () => EasyNegatives,
  settings: SamplerSettings,
  random: Mt19937,
  onTriplet: OnTriplet,
): BarrenReason | null {
  const { ids, counts } = neighbours;
  const length = ids.length;
  if (length === 0) return "noNeighbours";
  const top = counts[0]!;
  const lowest = counts[length - 1]!;
  const spread = length > 1 ? top - lowest : 0;
  let margin = settings.marginFraction * spread;
  if (Number.isInteger(top) && Number.isInteger(lowest) && spread === 1) margin = Math.ceil(margin);
  if (length < 3) return "fewNeighbours";
  if (margin === 0) return "equalCounts";

  let drawn = 0;
  const firstHard = prefixLength(length, (index) => !(counts[index]! < top - margin));
  const hardCount = length - firstHard;
  if (hardCount > 0) {
    const wanted = Math.ceil(settings.ratioHardNegatives * settings.samplesPerQuery);
    const rounds = Math.min(wanted, firstHard * hardCount);
    for (let round = 0; round < rounds; round++) {
      const negative = firstHard + below(hardCount, random);
      const positives = prefixLength(length, (index) => counts[index]! > counts[negative]! + margin);
      if (positives === 0) continue;
      onTriplet(ids[below(positives, random)]!, ids[negative]!, true);
      drawn += 1;
    }
  }

  const positives = prefixLength(length, (index) => counts[index]! > margin + lowest);
  if (positives > 0 && drawn < settings.samplesPerQuery) {
    const negatives = easy();
    if (negatives.size === 0) return drawn > 0 ? null : "noEasyNegative";
    for (; drawn < settings.samplesPerQuery; drawn++) {
      const positive = ids[below(positives, random)]!;
      onTriplet(positive, negatives.at(below(negatives.size, random)), false);
    }
  }
  return drawn > 0 ? null : "noPositive";
}
