/**
 * What two runs of one task offer to resampling: differences "B minus A" of the task's columns, which can be recomputed
 * with items (queries, papers, clicks) counted more or less often, or with A and B exchanged on some of them. All columns of
 * a task are recomputed on the SAME draw, so that their joint distribution, and with it the average's, is kept.
 */
export interface PairedStatistic {
  /** Items that both runs scored. */
  readonly items: number;
  /** Difference of each column over all items. */
  readonly observed: Float64Array;
  /** Writes each column's difference with item i counted `counts[i]` times to `out`. */
  readonly counted: (counts: Uint8Array, out: Float64Array) => void;
  /** Writes each column's difference with A and B exchanged on the items whose sign is -1 to `out`. */
  readonly exchanged: (signs: Int8Array, out: Float64Array) => void;
  /**
   * Where a column's exchanged difference is a plain sum of `sign x coefficient`: the coefficients, item by item, the columns of one item
   * side by side. Sums of several pairs of runs then follow from each other.
   */
  readonly coefficients: Float64Array | null;
  /** The same for labels, whose measure is no sum: what each run has in the exchanged items, and what follows of it. */
  readonly labels: ExchangedLabels | null;
  /** Where training seeds make a column vary too: what is known of it, side by side; empty elsewhere. */
  readonly seedParts: readonly SeedPart[];
}

/** Labels of two runs for the same items. */
export interface ExchangedLabels {
  readonly a: RunLabels;
  readonly b: RunLabels;
  /** Writes the difference that follows from both runs' {@link labelCounts} over the exchanged items. */
  readonly difference: (a: Float64Array, b: Float64Array, out: Float64Array) => void;
}

/** One run's labels, as indices of classes. */
export interface RunLabels {
  readonly classes: number;
  readonly truth: Int32Array;
  readonly given: Int32Array;
}

/** Over the items whose sign is -1: how often a run gives each class, then how often rightly. `into` has twice as many places as classes. */
export function labelCounts({ classes, truth, given }: RunLabels, signs: Int8Array, into: Float64Array): void {
  into.fill(0);
  for (let item = 0; item < given.length; item++) {
    if (signs[item]! > 0) continue;
    const label = given[item]!;
    into[label]! += 1;
    if (label === truth[item]) into[classes + label]! += 1;
  }
}

/**
 * The seeds of one run, or of both where seed s of A and of B are the same number and are compared pair by pair. Averaging the deviations
 * with random multipliers of variance 1 varies a column as much as training from other seeds does.
 */
export interface SeedPart {
  /** Whose seeds: A's, B's, or pairs of them. */
  readonly side: "a" | "b" | "both";
  readonly seeds: number;
  /** `deviations[column][seed]`; zeros where one seed tells nothing. */
  readonly deviations: readonly Float64Array[];
}

/** Whether the seeds' part is unknown: a run from one seed does not tell how much another would change. */
export function fromOneSeed(statistic: PairedStatistic): boolean {
  return statistic.seedParts.some(({ seeds }) => seeds < 2);
}

/** Adds to `out` what other seeds would have changed, by one multiplier of variance 1 a seed. The columns share it. */
export function addSeeds(part: SeedPart, multipliers: Float64Array, out: Float64Array): void {
  for (let column = 0; column < out.length; column++) {
    const deviations = part.deviations[column]!;
    let sum = 0;
    for (let s = 0; s < part.seeds; s++) sum += multipliers[s]! * deviations[s]!;
    out[column]! += sum / part.seeds;
  }
}

/** Variance that the seeds give to a weighted sum of columns, part by part. */
export function seedVariance(part: SeedPart, weightOf: (column: number) => number): number {
  let variance = 0;
  for (let s = 0; s < part.seeds; s++) {
    let sum = 0;
    for (const [column, deviations] of part.deviations.entries()) sum += weightOf(column) * deviations[s]!;
    variance += (sum / part.seeds) ** 2;
  }
  return variance;
}
