import { ScidocsError, throwIfAborted } from "../../errors.ts";
import type { RunControl } from "../../progress.ts";
import type { Mt19937 } from "../../stats/random/mt19937.ts";
import { breathe } from "../../threads/breathe.ts";
import { easyNegatives } from "./easyNegatives.ts";
import type { NeighbourGraph } from "./neighbourGraph.ts";
import type { PaperIndex, UnfitReason } from "./paperIndex.ts";
import { type BarrenReason, type SamplerSettings, sampleQuery } from "./sampler.ts";

/** The triplets of one list of queries, as numbers of a {@link PaperIndex}, in the order in which they were drawn. */
export interface DrawnTriplets {
  /** Query, positive and negative of each triplet that is kept, one after the other. */
  readonly papers: readonly number[];
  /** Whether each triplet's negative is a hard one. */
  readonly hard: readonly boolean[];
  readonly counts: TripletCounts;
}

/** What became of a list of queries; every query and every triplet is in one of the counts. */
export interface TripletCounts {
  readonly queries: number;
  /** Queries of which triplets are kept. */
  readonly fruitful: number;
  /** Queries of which no triplet was drawn, by reason. */
  readonly barren: Partial<Record<BarrenReason, number>>;
  /** Queries of which triplets were drawn and all dropped. */
  readonly emptied: number;
  /** Triplets drawn. */
  readonly drawn: number;
  readonly kept: number;
  readonly keptHard: number;
  /** Triplets that were dropped, by what their first unfit paper lacks. */
  readonly dropped: Partial<Record<UnfitReason, number>>;
  /** Up to five ids of papers for whose sake triplets were dropped, by reason. */
  readonly unfitPapers: Partial<Record<UnfitReason, readonly string[]>>;
}

/** Ids named as examples for each reason. */
const examples = 5;

/** Triplets of a list at most: they stand in memory, and a training of more would take years. */
const mostTriplets = 25_000_000;

/** Queries between two looks at the stop signal. */
const stretch = 500;

/**
 * Draws the triplets of some queries in order, and drops those that name a paper without what training needs.
 * @param random goes on from where the last list left it
 * @param most triplets that a list may have
 * @throws ScidocsError `BAD_INPUT` for a list of more, `INTERRUPTED`
 */
export async function drawTriplets(
  queries: readonly string[],
  graph: NeighbourGraph,
  index: PaperIndex,
  settings: SamplerSettings,
  random: Mt19937,
  stage: string,
  control: RunControl = {},
  most = mostTriplets,
): Promise<DrawnTriplets> {
  const papers: number[] = [];
  const hard: boolean[] = [];
  const barren: Partial<Record<BarrenReason, number>> = {};
  const dropped: Partial<Record<UnfitReason, number>> = {};
  const unfitPapers: Partial<Record<UnfitReason, string[]>> = {};
  let [fruitful, emptied, drawn, keptHard] = [0, 0, 0, 0];

  const drop = (paper: number, reason: UnfitReason): void => {
    dropped[reason] = (dropped[reason] ?? 0) + 1;
    const named = unfitPapers[reason] ?? [];
    const id = index.ids[paper]!;
    if (named.length < examples && !named.includes(id)) unfitPapers[reason] = [...named, id];
  };

  for (const [position, queryId] of queries.entries()) {
    if (position % stretch === 0) {
      control.onProgress?.({ stage, done: position, total: queries.length, unit: "queries" });
      await breathe(control);
    }
    const neighbours = graph.neighbours(queryId);
    if (neighbours === null) {
      barren.absent = (barren.absent ?? 0) + 1;
      continue;
    }
    const query = index.numberOf(queryId);
    const before = hard.length;
    const reason = sampleQuery(
      neighbours,
      () => easyNegatives(index.paperCount, query, neighbours.ids),
      settings,
      random,
      (positive, negative, isHard) => {
        drawn += 1;
        const triplet = [query, positive, negative];
        // The reference looks all three up before it looks at a title.
        const missing = triplet.find((paper) => index.unfit(paper) === "notInMetadata");
        const unfit = missing ?? triplet.find((paper) => index.unfit(paper) !== null);
        if (unfit !== undefined) {
          drop(unfit, index.unfit(unfit)!);
          return;
        }
        papers.push(...triplet);
        hard.push(isHard);
        if (hard.length > most) throw tooMany(most, settings);
        if (isHard) keptHard += 1;
      },
    );
    if (reason !== null) barren[reason] = (barren[reason] ?? 0) + 1;
    else if (hard.length > before) fruitful += 1;
    else emptied += 1;
  }
  throwIfAborted(control.signal);
  control.onProgress?.({ stage, done: queries.length, total: queries.length, unit: "queries" });
  const counts = { queries: queries.length, fruitful, barren, emptied, drawn, kept: hard.length, keptHard };
  return { papers, hard, counts: { ...counts, dropped, unfitPapers } };
}

function tooMany(most: number, { samplesPerQuery }: SamplerSettings): ScidocsError {
  return new ScidocsError(
    "BAD_INPUT",
    `a list has more than ${most} triplets with ${samplesPerQuery} of a query, more than fit: draw fewer of each (--samples_per_query), or split the list`,
  );
}
