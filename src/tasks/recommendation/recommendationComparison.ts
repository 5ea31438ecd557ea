import { ScidocsError } from "../../errors.ts";
import { ndcgOfClick, precisionAt1OfClick } from "../../metrics/propensity.ts";
import { type SeededScores, seededDifference } from "../../stats/seededDifference.ts";
import type { FamilyTask } from "../familyTask.ts";
import { type PairedRows, sharedItems, valuesAt } from "../pairedRows.ts";
import type { Discrepancy, FamilyComparison } from "../taskFamily.ts";
import type { RecommendationResult } from "./recommendationResult.ts";

/** A click's metrics from how many papers were scored above the clicked one, in the order of the columns. */
const clickMetrics = [ndcgOfClick, precisionAt1OfClick];

function clickKeys(result: RecommendationResult): string[] {
  const { query, clicked, clickedPosition } = result.rows;
  return query.map((id, click) => `${id}\n${clicked[click]}\n${clickedPosition[click]}`);
}

function seededScores(result: RecommendationResult, indices: Int32Array): SeededScores {
  return {
    metrics: clickMetrics.map((metric) => result.rows.rankedAbove.map((above) => valuesAt(above, indices).map(metric))),
  };
}

function meanOverSeeds(seeds: readonly Float64Array[], items: number): Float64Array {
  return Float64Array.from(
    { length: items },
    (_, item) => seeds.reduce((sum, scores) => sum + scores[item]!, 0) / seeds.length,
  );
}

function pair({ id }: FamilyTask, a: RecommendationResult, b: RecommendationResult): PairedRows | null {
  const rows = sharedItems(clickKeys(a), clickKeys(b));
  if (rows.a.length === 0 || a.rows.rankedAbove.length === 0 || b.rows.rankedAbove.length === 0) return null;
  const weights = valuesAt(a.rows.weight, rows.a);
  const weightsB = valuesAt(b.rows.weight, rows.b);
  if (weights.some((weight, click) => Math.abs(weight - weightsB[click]!) > 1e-9 * weight)) {
    throw new ScidocsError("BAD_INPUT", `${id}: clicks weigh otherwise in B than in A: their propensities differ`);
  }
  const scoresA = seededScores(a, rows.a);
  const scoresB = seededScores(b, rows.b);
  const sameSeeds = a.seeds.length === b.seeds.length && a.seeds.every((run, s) => run.seed === b.seeds[s]?.seed);
  return {
    items: Array.from(rows.a, (index) => ({
      paperId: a.rows.query[index]!,
      clickedId: a.rows.clicked[index] ?? null,
    })),
    values: clickMetrics.map((_, metric) => ({
      a: meanOverSeeds(scoresA.metrics[metric]!, rows.a.length),
      b: meanOverSeeds(scoresB.metrics[metric]!, rows.a.length),
    })),
    statistic: seededDifference(weights, scoresA, scoresB, sameSeeds),
  };
}

function discrepancies({ id }: FamilyTask, a: RecommendationResult, b: RecommendationResult): Discrepancy[] {
  const found: Discrepancy[] = [];
  const [seedsA, seedsB] = [a.seeds.map((run) => run.seed), b.seeds.map((run) => run.seed)];
  if (seedsA.join() !== seedsB.join()) {
    const message = `${id} seeds: ${seedsA.join(", ")} in A, ${seedsB.join(", ")} in B; they are compared as two samples`;
    // More or fewer from the same one on is usual; others may have been sought until they did well.
    const goOn = seedsA.every((seed, index) => seedsB.length <= index || seedsB[index] === seed);
    found.push({ severity: goOn ? "note" : "warning", message });
  }
  if (a.seeds.length === 1 || b.seeds.length === 1) {
    const message = `${id}: one seed only, so that its interval leaves out how much a seed changes`;
    found.push({ severity: "warning", message });
  }
  return found;
}

/** Recommendation results click by click, and over their training seeds. */
export const recommendationComparison: FamilyComparison<RecommendationResult> = {
  unit: "clicks",
  seedCount: ({ seeds }) => seeds.length,
  movers: { items: "Clicks", measure: "nDCG", coarse: true },
  itemCount: (result) => result.rows.query.length,
  pair,
  nothing: (result) => {
    // Infinitely many ranked above earn nothing in either metric.
    const last = result.rows.query.map(() => Number.POSITIVE_INFINITY);
    return { ...result, seeds: result.seeds.slice(0, 1), rows: { ...result.rows, rankedAbove: [last] } };
  },
  discrepancies,
};
