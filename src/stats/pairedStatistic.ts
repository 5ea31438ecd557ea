import type { Generator } from "./random/generator.ts";

/**
 * What two runs of one task offer to resampling: differences "B minus A" of the task's columns, which can be recomputed
 * on a resample of the items (queries, papers, clicks) or with A and B exchanged on a random half of them. All columns of
 * a task are recomputed on the SAME draw, so that their joint distribution, and with it the average's, is kept.
 */
export interface PairedStatistic {
  /** Independent items that both runs scored. */
  readonly items: number;
  /** Difference of each column over all items. */
  readonly observed: Float64Array;
  /** Draws items with replacement and writes each column's difference on them to `out`. */
  readonly bootstrap: (random: Generator, out: Float64Array) => void;
  /** Exchanges A and B on items chosen by fair coins and writes each column's difference to `out`. */
  readonly exchange: (random: Generator, out: Float64Array) => void;
}
