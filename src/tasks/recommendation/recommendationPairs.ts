import type { Click, Split } from "../../datasets/types.ts";
import { ScidocsError } from "../../errors.ts";

/** At most so many triples come from one click. */
const triplesPerClick = 10;

/** A query and its distinct candidates, whose pairs are numbered on from `firstPair`. */
export interface QueryPairs {
  readonly queryId: string;
  readonly candidateIds: readonly string[];
  readonly firstPair: number;
}

/** One click in terms of pairs. */
export interface ClickPairs {
  readonly clickedPair: number;
  /** The other shown papers in displayed order; a paper shown twice counts twice, as in the reference. */
  readonly otherPairs: Int32Array;
  /** Displayed position of the clicked paper, from 1. */
  readonly clickedPosition: number;
}

/** The (query, candidate) pairs that some clicks need, each once, and the clicks in terms of them. */
export interface PairPlan {
  readonly queries: readonly QueryPairs[];
  readonly pairCount: number;
  readonly clicks: readonly ClickPairs[];
}

/**
 * Numbers the pairs of clicks, so that each pair's features are computed once however often it was shown.
 * @param split whose clicks they are, for messages
 * @throws ScidocsError `BAD_INPUT` for a click on a paper that was not shown; the reference stops there too
 */
export function planPairs(clicks: readonly Click[], split: "train" | Split): PairPlan {
  const candidatesOf = new Map<string, Map<string, number>>();
  for (const [row, { queryId, clickedId, shownIds }] of clicks.entries()) {
    if (!shownIds.includes(clickedId)) {
      throw new ScidocsError(
        "BAD_INPUT",
        `recommendation, ${split} click ${row + 1} (query ${queryId}): the clicked paper ${clickedId} is not among those shown; correct or remove the row`,
      );
    }
    let candidates = candidatesOf.get(queryId);
    if (!candidates) {
      candidates = new Map();
      candidatesOf.set(queryId, candidates);
    }
    for (const id of shownIds) if (!candidates.has(id)) candidates.set(id, candidates.size);
  }

  const queries: QueryPairs[] = [];
  const firstPairOf = new Map<string, number>();
  let pairCount = 0;
  for (const [queryId, candidates] of candidatesOf) {
    queries.push({ queryId, candidateIds: [...candidates.keys()], firstPair: pairCount });
    firstPairOf.set(queryId, pairCount);
    pairCount += candidates.size;
  }

  const pairOf = (queryId: string, candidateId: string): number =>
    firstPairOf.get(queryId)! + candidatesOf.get(queryId)!.get(candidateId)!;
  return {
    queries,
    pairCount,
    clicks: clicks.map(({ queryId, clickedId, shownIds }) => ({
      clickedPair: pairOf(queryId, clickedId),
      otherPairs: Int32Array.from(shownIds.filter((id) => id !== clickedId).map((id) => pairOf(queryId, id))),
      clickedPosition: shownIds.indexOf(clickedId) + 1,
    })),
  };
}

/**
 * What the network is trained on: for each click the clicked paper against each other one shown, in displayed order, at
 * most 10 a click. Pairs of pair numbers, clicked then other, in click order.
 */
export function clickTriples(plan: PairPlan): Int32Array {
  const triples: number[] = [];
  for (const { clickedPair, otherPairs } of plan.clicks) {
    for (const otherPair of otherPairs.subarray(0, triplesPerClick)) triples.push(clickedPair, otherPair);
  }
  return Int32Array.from(triples);
}

/** For each click, how many other papers scored higher than the clicked one, those with the same score counting one half. */
export function rankedAbove(plan: PairPlan, scores: Float32Array): number[] {
  return plan.clicks.map(({ clickedPair, otherPairs }) => {
    const clickedScore = scores[clickedPair]!;
    let above = 0;
    for (const pair of otherPairs) {
      if (scores[pair]! > clickedScore) above += 1;
      else if (scores[pair]! === clickedScore) above += 0.5;
    }
    return above;
  });
}
