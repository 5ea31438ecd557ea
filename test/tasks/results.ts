import type { ClassificationResult } from "../../src/tasks/classification/classificationResult.ts";
import type { FamilyTask } from "../../src/tasks/familyTask.ts";
import type { PaperCounts } from "../../src/tasks/paperCounts.ts";
import type { RankingResult } from "../../src/tasks/ranking/rankingResult.ts";
import type { RecommendationResult } from "../../src/tasks/recommendation/recommendationResult.ts";

/** A task to hold results against each other by. */
export const someTask: FamilyTask = { id: "topics", label: "Topics", folder: "topics" };

const papers: PaperCounts = { expected: 9, embedded: 9, missing: 0, emptyVector: 0, emptyText: null, truncated: null };

/** A classification result of the given rows: papers by letter, classes "zero", "one" and so on. */
export function classified(
  paper: string,
  truth: readonly number[],
  prediction: readonly number[],
  change: Partial<ClassificationResult> = {},
): ClassificationResult {
  return {
    kind: "classification",
    papers,
    macroF1: 0.5,
    accuracy: 0.5,
    classifier: "svm",
    solver: "auto",
    bestC: 1,
    candidates: [],
    unconvergedClasses: 0,
    trainRows: 100,
    trainRowsMissing: 0,
    classes: ["zero", "one", "two"].map((name, label) => ({ label, name })),
    rows: { paper: [...paper], truth: [...truth], prediction: [...prediction] },
    ...change,
  };
}

/** A ranking result with the given values per query, queries by letter. */
export function ranked(
  query: string,
  averagePrecision: readonly number[],
  ndcg: readonly number[] = averagePrecision,
  change: Partial<RankingResult> = {},
): RankingResult {
  return {
    kind: "ranking",
    papers,
    queries: query.length,
    queriesScored: query.length,
    queriesLeftOut: 0,
    candidatesUnranked: 0,
    queriesWithoutRelevant: 0,
    map: 0.5,
    ndcg: 0.6,
    ties: { queriesAffected: 0, lowestMap: 0.5, highestMap: 0.5 },
    rows: {
      query: [...query],
      averagePrecision: [...averagePrecision],
      ndcg: [...ndcg],
      order: [...query].map(() => [0]),
      relevance: [...query].map(() => [1]),
    },
    ...change,
  };
}

/**
 * A recommendation result: clicks of queries and clicked papers by letter, at positions from 1 on, and how many papers stood above
 * each clicked one under each seed (7, 8 and so on).
 */
export function recommended(
  query: string,
  clicked: string,
  rankedAbove: readonly (readonly number[])[],
  change: Partial<RecommendationResult> = {},
): RecommendationResult {
  return {
    kind: "recommendation",
    papers,
    papersWithoutMetadata: 0,
    clicks: query.length,
    trainClicks: 10,
    trainTriples: 20,
    ndcg: 0.5,
    precisionAt1: 0.25,
    ndcgSd: 0.01,
    precisionAt1Sd: 0.02,
    seeds: rankedAbove.map((_, index) => ({
      seed: 7 + index,
      ndcg: 0.5 + index / 100,
      precisionAt1: 0.25 + index / 100,
      bestEpoch: 1,
      validationLoss: 0.1,
    })),
    baselines: {
      displayedOrder: { ndcg: 0.4, precisionAt1: 0.15 },
      untrained: { ndcg: 0.41, precisionAt1: 0.16 },
    },
    rows: {
      query: [...query],
      clicked: [...clicked],
      clickedPosition: [...query].map((_, click) => 1 + click),
      weight: [...query].map(() => 1),
      rankedAbove: rankedAbove.map((above) => [...above]),
    },
    ...change,
  };
}
